import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApiServer } from '../../federation-apiserver/server.ts'
import { clientFromKubeconfig, type KubeconfigFile, kubeconfigOf } from '#client/kubeconfig.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { temporaryFolder } from '../framework/paths.ts'
import { send } from './api-requests.ts'

const configMaps = '/api/v1/namespaces/default/configmaps'
const pods = '/api/v1/namespaces/default/pods'
const definition = {
  metadata: { name: 'foos.example.test' },
  spec: {
    group: 'example.test',
    scope: 'Namespaced',
    names: { plural: 'foos', singular: 'foo', kind: 'Foo' },
    versions: [
      { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
    ],
  },
}

/** Each row of docs/compatibility.md that a request can show. */
describe('what docs/compatibility.md says', () => {
  let api: InProcessServer
  let member: InProcessServer
  beforeAll(async () => {
    ;[api, member] = await Promise.all([
      startInProcess({ federation: true }),
      startInProcess({ federation: false }),
    ])
    const accounts = '/api/v1/namespaces/default/serviceaccounts'
    await send(member.client, 'POST', accounts, { body: { metadata: { name: 'default' } } })
    const pod = { metadata: { name: 'a' }, spec: { containers: [{ name: 'a', image: 'a' }] } }
    expect((await send(member.client, 'POST', pods, { body: pod })).code).toBe(201)
  })
  afterAll(async () => {
    await api[Symbol.asyncDispose]()
    await member[Symbol.asyncDispose]()
  })

  test('a kind that is not distributed is stored with a warning', async () => {
    const body = { metadata: { name: 'a' }, spec: { minAvailable: 1 } }
    const path = '/apis/policy/v1/namespaces/default/poddisruptionbudgets'
    const answer = await send(api.client, 'POST', path, { body })
    expect(answer.code).toBe(201)
    expect(String(answer.headers['warning'])).toContain('not distributed by this version')
  })

  test('conversion webhooks are refused', async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
    const conversion = { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'] } }
    const body = { ...definition, spec: { ...definition.spec, conversion } }
    const answer = await send(api.client, 'POST', path, { body })
    expect(answer.code).toBe(422)
    expect(answer.body.message).toContain('spec.conversion.strategy: Forbidden')
  })

  test('webhooks are stored and not called', async () => {
    const webhook = {
      name: 'a.example.test',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      failurePolicy: 'Fail',
      clientConfig: { url: 'https://192.0.2.1/' },
      rules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }],
    }
    const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
    const body = { metadata: { name: 'a' }, webhooks: [webhook] }
    expect((await send(api.client, 'POST', path, { body })).code).toBe(201)
    const next = await send(api.client, 'POST', configMaps, { body: { metadata: { name: 'b' } } })
    expect(next.code).toBe(201)
  })

  test('alpha and beta versions are not served, but the own group', async () => {
    const { body } = await send(api.client, 'GET', '/apis')
    const groups = body['groups'] as { versions: { groupVersion: string }[] }[]
    const versions = groups.flatMap((g) => g.versions.map((v) => v.groupVersion))
    expect(versions).toContain('apps/v1')
    expect(versions.filter((v) => /v\d+(alpha|beta)/.test(v))).toEqual(['federation/v1beta1'])
  })

  test.each([
    ['log', 200, 404],
    ['exec?command=ls', 400, 404],
    ['attach', 400, 404],
    ['portforward', 400, 404],
    ['proxy', 404, 404],
  ] as const)('pods/%s: as if no node had it; not found on a node', async (path, free, bound) => {
    const pod = (name: string, spec: object) => ({
      metadata: { name },
      spec: { ...spec, containers: [{ name: 'main', image: 'a' }], serviceAccountName: 'default' },
    })
    const { client } = member
    await send(client, 'POST', pods, { body: pod('free', {}) })
    await send(client, 'POST', pods, { body: pod('bound', { nodeName: 'node' }) })
    const method = path === 'log' || path === 'proxy' ? 'GET' : 'POST'
    const code = async (name: string) =>
      (await send(client, method, `${pods}/${name}/${path}`)).code
    expect(await code('free')).toBe(free)
    expect(await code('bound')).toBe(bound)
    expect(await code('none')).toBe(404)
  })

  test('answers are protobuf for who prefers it, JSON when they are large or have no such form', async () => {
    const protobuf = 'application/vnd.kubernetes.protobuf'
    const typeOf = async (path: string): Promise<unknown> => {
      const headers = { accept: `${protobuf},application/json` }
      return (await send(api.client, 'GET', path, { headers })).headers['content-type']
    }
    expect(await typeOf('/api/v1/namespaces/default')).toBe(protobuf)
    expect(await typeOf('/apis/federation/v1beta1/clusters')).toBe('application/json')
    for (const name of ['large-1', 'large-2']) {
      const body = { metadata: { name }, data: { text: 'x'.repeat(600_000) } }
      await send(api.client, 'POST', configMaps, { body })
    }
    expect(await typeOf(`${configMaps}/large-1`)).toBe(protobuf)
    expect(await typeOf(configMaps)).toBe('application/json')
  })

  test('the federation gives Services a cluster IP, but no node port', async () => {
    const body = { metadata: { name: 'a' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } }
    const path = '/api/v1/namespaces/default/services'
    const specOf = async ({ client }: InProcessServer) =>
      (await send(client, 'POST', path, { body })).body.spec
    const port = { port: 80, protocol: 'TCP', targetPort: 80 }
    const clusterIP = expect.stringMatching(/^10\./) as string
    expect(await specOf(api)).toMatchObject({ clusterIP, ports: [port] })
    expect(await specOf(member)).toMatchObject({
      clusterIP,
      ports: [{ ...port, nodePort: expect.any(Number) as number }],
    })
  })

  test('answers carry Audit-Id, and version says whose it is', async () => {
    const answer = await send(api.client, 'GET', '/version')
    expect(answer.headers['audit-id']).toBeTypeOf('string')
    expect(answer.body['gitVersion']).toMatch(/^v1\.36\.\d+\+federation-/)
  })

  test('an object of more than 1 MiB is refused', async () => {
    const annotations = { big: 'x'.repeat(200 * 1024) }
    const data = { text: 'x'.repeat(900 * 1024) }
    const body = { metadata: { name: 'big', annotations }, data }
    expect((await send(api.client, 'POST', configMaps, { body })).code).toBe(413)
  })
})

test('docs/operations.md: a copy of the running SQLite, with pki and the key, is a backup', async () => {
  const folder = temporaryFolder('backup')
  const [from, to] = [join(folder, 'from'), join(folder, 'to')]
  const start = async (dataDir: string) => {
    await using stack = new AsyncDisposableStack()
    const server = stack.use(
      await startApiServer(
        {
          dataDir,
          securePort: 0,
          bindAddress: '127.0.0.1',
          storage: { type: 'sqlite', path: join(dataDir, 'federation.db') },
          federation: true,
          clusterName: 'federation',
          maxRequestsInflight: 400,
          maxMutatingRequestsInflight: 200,
        },
        { logger: pino({ level: 'silent' }) },
      ),
    )
    const config = kubeconfigOf(server.kubeconfig as KubeconfigFile)
    const client = stack.use(await clientFromKubeconfig(config))
    const owned = stack.move()
    return { client, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  }
  const secret = { metadata: { name: 'kept' }, stringData: { password: 'one two three' } }
  const secrets = '/api/v1/namespaces/default/secrets'
  await using first = await start(from)
  expect((await send(first.client, 'POST', secrets, { body: secret })).code).toBe(201)
  mkdirSync(to)
  const database = new DatabaseSync(join(from, 'federation.db'), { readOnly: true })
  await backup(database, join(to, 'federation.db'))
  database.close()
  for (const name of ['pki', 'encryption.key'])
    cpSync(join(from, name), join(to, name), { recursive: true })
  const later = { metadata: { name: 'later' } }
  expect((await send(first.client, 'POST', secrets, { body: later })).code).toBe(201)
  await using second = await start(to)
  const password = Buffer.from('one two three').toString('base64')
  expect((await send(second.client, 'GET', `${secrets}/kept`)).body['data']).toEqual({ password })
  expect((await send(second.client, 'GET', `${secrets}/later`)).code).toBe(404)
  rmSync(folder, { recursive: true, force: true })
})
