import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { freePorts } from '../framework/envtest.ts'
import { root, temporaryFolder } from '../framework/paths.ts'
import { type CommandResult, Program, run } from '../framework/process.ts'

const bin = (
  name: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CommandResult> =>
  run(process.execPath, [join(root, 'deploy', 'bin', `${name}.mjs`), ...args], {
    env,
    timeoutMs: 30_000,
  })

interface Kubeconfig {
  clusters: { name: string; cluster: { server: string; 'certificate-authority-data': string } }[]
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[]
  contexts: { name: string; context: { cluster: string; user: string } }[]
}

describe('bad input', () => {
  const folder = temporaryFolder('bad-input')
  const dataDir = join(folder, 'data')
  let server: Program
  let port = 0

  beforeAll(async () => {
    port = await freePorts(2)
    server = new Program('federation-server', [
      '--data-dir',
      dataDir,
      '--port',
      String(port),
      '--dns-port',
      String(port + 1),
    ])
    await server.prints(/ready/i)
  })

  afterAll(async () => {
    expect(await server.stop()).toBe(0)
    rmSync(folder, { recursive: true, force: true })
  })

  test.each([
    ['federation-server', ['--such-flag'], /unknown flag --such-flag/],
    ['federation-server', ['--port=http'], /port/],
    ['federation-server', ['extra'], /unknown argument "extra"/],
    ['federation-server', ['--token-auth-file=a'], /it is a flag of federation-apiserver/],
    [
      'federation-server',
      ['--oidc-issuer-url=https://a.test'],
      /OpenID Connect.* not accepted yet/,
    ],
    [
      'federation-apiserver',
      ['--audit-log-path', 'a'],
      /--audit-log-path is not supported: no audit/,
    ],
    ['federation-controller-manager', ['--cluster-signing-cert-file=a'], /not signed yet/],
    [
      'federation-server',
      ['--cluster-monitor-period=10'],
      /--cluster-monitor-period must be a duration/,
    ],
    ['federation-server', ['--prot=8443'], /unknown flag --prot \(did you mean --port\?\)/],
    [
      'federation-apiserver',
      ['--log-level=foo'],
      /: --log-level must be trace, debug, info, warn, error or silent, and is "foo"$/,
    ],
    [
      'federation-dns',
      ['--bind-address=notanip'],
      /: --bind-address must be an IP address such as 127\.0\.0\.1, and is "notanip"$/,
    ],
    ...['federation-apiserver', 'federation-server'].flatMap(
      (name): [string, string[], RegExp][] => [
        [
          name,
          [`--data-dir=${join(folder, 'no-etcd')}`, '--etcd-servers=http://127.0.0.1:1'],
          /: --etcd-servers=http:\/\/127\.0\.0\.1:1: no etcd answers there \(connect ECONNREFUSED 127\.0\.0\.1:1\); start it, or name the servers of one that runs$/,
        ],
        [
          name,
          [
            `--data-dir=${join(folder, 'no-etcd')}`,
            '--etcd-servers=https://127.0.0.1:1',
            '--etcd-cafile=/nowhere/ca.crt',
          ],
          /: --etcd-cafile=\/nowhere\/ca\.crt: cannot be read \(ENOENT.*\)$/,
        ],
      ],
    ),
    ['federation-server', ['--dns-zone-name=bad zone!'], /--dns-zone-name must be a domain name/],
    ['federation-server', ['--data-dir='], /--data-dir must name a folder/],
    ['federation-server', ['--data-dir=/dev/null/data'], /--data-dir=.* \(a file is in the way\)/],
    ['federation-server', ['--data-dir=/proc/data'], /--data-dir=\/proc\/data: .*; choose another/],
    ['federation-apiserver', ['--data-dir=/proc/data'], /--data-dir=\/proc\/data: .*; choose/],
    ['playground', ['--data-dir=/proc/data'], /--data-dir=\/proc\/data: .*; choose another/],
    ['federation-apiserver', ['--secure-port=-1'], /secure-port/],
    ['federation-dns', ['--such-flag'], /unknown flag --such-flag/],
    ['federation-controller-manager', ['--such-flag'], /unknown flag --such-flag/],
    ['kubefed', ['jion', 'eu-west'], /jion/],
  ])('%s %j is a usage error', async (name, args, message) => {
    const result = await bin(name, args)
    expect(result.stderr.trimEnd()).toMatch(message)
    expect(result.stderr).not.toMatch(/at .*\.ts:\d+/)
    expect(result.code).toBe(name === 'kubefed' ? result.code : 2)
    expect(result.code).not.toBe(0)
  })

  test.each([
    'kubefed',
    'federation-server',
    'federation-apiserver',
    'federation-controller-manager',
    'federation-dns',
  ])('%s --help', async (name) => {
    const result = await bin(name, ['--help'])
    expect(result).toMatchObject({ code: 0 })
    expect(result.stdout).toContain('--help')
  })

  test('a taken port that was asked for', async () => {
    const busy = createServer()
    const taken = await freePorts(2)
    await new Promise<void>((resolve) => busy.listen(taken, '127.0.0.1', resolve))
    const result = await bin('federation-server', [
      '--data-dir',
      join(folder, 'other'),
      '--port',
      String(taken),
      '--dns-port',
      String(taken + 1),
    ])
    busy.close()
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(String(taken))
    expect(result.stderr).toMatch(/taken/)
  })

  test('a second process on the same data folder', async () => {
    const result = await bin('federation-server', ['--data-dir', dataDir])
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(dataDir)
    expect(result.stderr).toContain('--data-dir')
    expect(server.exitCode).toBeNull()
  })

  test('a corrupt data folder is named and left as it is', async () => {
    const corrupt = join(folder, 'corrupt')
    const args = ['--data-dir', corrupt, '--port', '0', '--dns-port', '0']
    const first = new Program('federation-server', args)
    await first.prints(/ready/i)
    await first.stop()
    const database = readdirSync(corrupt, { recursive: true, encoding: 'utf8' }).find((f) =>
      /\.(db|sqlite)$/.test(f),
    )
    expect(database).toBeDefined()
    const path = join(corrupt, database ?? '')
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
    writeFileSync(path, 'this is no database, whatever its name says '.repeat(200))
    const before = readFileSync(path)
    const result = await bin('federation-server', args)
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(database)
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  describe('bodies', () => {
    const send = (options: {
      path?: string
      body: string | Buffer
      type?: string
    }): Promise<{ status: number; body: Record<string, unknown> }> => {
      const config = parse(readFileSync(join(dataDir, 'kubeconfig'), 'utf8')) as Kubeconfig
      const decode = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64')
      return new Promise((resolve, reject) => {
        const request = httpsRequest(
          {
            host: '127.0.0.1',
            port,
            method: 'POST',
            path: options.path ?? '/api/v1/namespaces/default/configmaps',
            headers: { 'content-type': options.type ?? 'application/json' },
            ca: decode(config.clusters[0]?.cluster['certificate-authority-data']),
            cert: decode(config.users[0]?.user['client-certificate-data']),
            key: decode(config.users[0]?.user['client-key-data']),
          },
          (response) => {
            const chunks: Buffer[] = []
            response.on('data', (chunk: Buffer) => chunks.push(chunk))
            response.on('end', () =>
              resolve({
                status: response.statusCode ?? 0,
                body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>,
              }),
            )
          },
        )
        request.on('error', reject)
        request.end(options.body)
      })
    }

    test.each([
      ['half a JSON', '{"metadata":', 'application/json', 400, 'BadRequest'],
      ['no JSON', 'hello', 'application/json', 400, 'BadRequest'],
      ['an array', '[]', 'application/json', 400, 'BadRequest'],
      ['broken YAML', 'a: [b', 'application/yaml', 400, 'BadRequest'],
      [
        'protobuf without magic',
        Buffer.from([1, 2, 3]),
        'application/vnd.kubernetes.protobuf',
        400,
        'BadRequest',
      ],
      [
        'truncated protobuf',
        Buffer.from([0x6b, 0x38, 0x73, 0, 0x0a, 0xff]),
        'application/vnd.kubernetes.protobuf',
        400,
        'BadRequest',
      ],
      ['an unknown type', '<a/>', 'text/xml', 415, 'UnsupportedMediaType'],
      [
        '4 MB',
        JSON.stringify({ metadata: { name: 'big' }, data: { text: 'x'.repeat(4 << 20) } }),
        'application/json',
        413,
        'RequestEntityTooLarge',
      ],
      [
        'another kind',
        '{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a"}}',
        'application/json',
        400,
        'BadRequest',
      ],
      ['a bad name', '{"metadata":{"name":"Bad_Name"}}', 'application/json', 422, 'Invalid'],
      ['no name', '{"metadata":{}}', 'application/json', 422, 'Invalid'],
      [
        'a wrong type',
        '{"metadata":{"name":"a"},"data":{"a":1}}',
        'application/json',
        400,
        'BadRequest',
      ],
    ])('%s', async (_, body, type, status, reason) => {
      const answer = await send({ body, type })
      expect(answer.status).toBe(status)
      expect(answer.body).toMatchObject({ kind: 'Status', status: 'Failure', reason, code: status })
      expect(String(answer.body['message'])).not.toBe('')
    })
  })

  test('an unreachable member is named, and nothing is left of the attempt', async () => {
    const dead = await freePorts(1)
    const config = parse(readFileSync(join(dataDir, 'kubeconfig'), 'utf8')) as Kubeconfig
    const [cluster, context] = [config.clusters[0], config.contexts[0]]
    if (cluster === undefined) throw new Error('the kubeconfig has no cluster')
    config.clusters.push({
      name: 'dead',
      cluster: { ...cluster.cluster, server: `https://127.0.0.1:${dead}` },
    })
    config.contexts.push({
      name: 'dead',
      context: { cluster: 'dead', user: context?.context.user ?? '' },
    })
    const path = join(folder, 'dead-kubeconfig')
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 })
    const result = await bin(
      'kubefed',
      ['join', 'dead', '--context=federation', '--host-cluster-context=federation'],
      { KUBECONFIG: path },
    )
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(String(dead))
    const again = await bin(
      'kubefed',
      ['join', 'dead', '--context=federation', '--host-cluster-context=federation'],
      { KUBECONFIG: path },
    )
    expect(again.stderr).toBe(result.stderr)
  })
})
