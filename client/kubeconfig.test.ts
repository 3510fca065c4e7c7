import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse, stringify } from 'yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  clientFromKubeconfig,
  credentialsOf,
  type KubeconfigFile,
  kubeconfigOf,
  kubeconfigPaths,
  loadKubeconfig,
  mergeIntoKubeconfig,
  removeFromKubeconfig,
  resolveContext,
  writeKubeconfig,
} from './kubeconfig.ts'
import { sendJson, startScriptedServer } from './testing/scripted-server.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
})
afterAll(() => rm(folder, { recursive: true }))

const config = (
  name: string,
  user: Record<string, unknown> = {},
  cluster: Record<string, unknown> = {},
): KubeconfigFile => ({
  'current-context': name,
  clusters: [{ name, cluster: { server: 'https://192.0.2.1:6443', ...cluster } }],
  users: [{ name, user }],
  contexts: [{ name, context: { cluster: name, user: name, namespace: 'shop' } }],
})

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, typeof content === 'string' ? content : stringify(content))
  return path
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

test.each([
  [{ flag: '/a', environment: '/b', home: '/h' }, ['/a']],
  [{ environment: '/b::/c', home: '/h' }, ['/b', '/c']],
  [{ environment: '', home: '/h' }, ['/h/.kube/config']],
])('kubeconfigPaths(%o)', (from, paths) => {
  expect(kubeconfigPaths(from)).toEqual(paths)
})

test.each([
  [{ as: 'jane' }, { user: 'jane' }],
  [
    { as: 'jane', 'as-uid': 'u', 'as-groups': ['a'] },
    { user: 'jane', uid: 'u', groups: ['a'] },
  ],
  [{}, undefined],
])('whom a user acts as: %j', async (user, impersonate) => {
  const found = await credentialsOf(resolveContext(kubeconfigOf(config('a', user))))
  expect(found.impersonate).toEqual(impersonate)
})

test.each([
  [{ 'as-groups': ['a'] }, /without a user; name one with --as/],
  [{ as: 'jane', 'as-user-extra': {} }, /as-user-extra is not supported/],
])('%j cannot be meant', async (user, message) => {
  const context = resolveContext(kubeconfigOf(config('a', user)))
  await expect(credentialsOf(context)).rejects.toThrow(message)
})

test('several files are one: the first that names a thing wins', async () => {
  const first = await file('first', { ...config('a', { token: '1' }), 'current-context': '' })
  const second = await file('second', {
    'current-context': 'b',
    users: [...(config('a', { token: '2' }).users ?? []), { name: 'b', user: { token: 'b' } }],
    clusters: config('b').clusters,
    contexts: config('b').contexts,
  })
  const merged = await loadKubeconfig([first, join(folder, 'nothing'), second])
  expect(merged.paths).toEqual([first, second])
  expect(resolveContext(merged)).toMatchObject({ name: 'b', namespace: 'shop' })
  expect(resolveContext(merged, 'a').user).toEqual({ token: '1' })
})

describe('errors say what and where', () => {
  test.each([
    [
      'no file',
      () => loadKubeconfig(['/nowhere/config']),
      /\/nowhere\/config does not exist.*KUBECONFIG/,
    ],
    ['no YAML', async () => loadKubeconfig([await file('bad', 'a: [')]), /bad is no YAML/],
    [
      'another kind',
      async () => loadKubeconfig([await file('pod', { kind: 'Pod' })]),
      /kind is Pod/,
    ],
    [
      'unknown context',
      async () => resolveContext(await loadKubeconfig([await file('c', config('a'))]), 'x'),
      /no context "x" in .*\/c; those that exist are a \(kubectl config get-contexts/,
    ],
    [
      'no current context',
      async () => resolveContext(kubeconfigOf({ ...config('a'), 'current-context': '' })),
      /no current context/,
    ],
    [
      'missing cluster',
      async () => resolveContext(kubeconfigOf({ ...config('a'), clusters: [] })),
      /names the cluster "a", which is not there/,
    ],
    [
      'missing user',
      async () => resolveContext(kubeconfigOf({ ...config('a'), users: null })),
      /names the user "a", which is not there/,
    ],
    [
      'server that is no URL',
      async () => resolveContext(kubeconfigOf(config('a', {}, { server: 'host:x:y' }))),
      /server that is no URL: host:x:y/,
    ],
    [
      'proxy',
      () => clientFromKubeconfig(kubeconfigOf(config('a', {}, { 'proxy-url': 'http://p' }))),
      /proxies are not supported/,
    ],
    [
      'password',
      () => clientFromKubeconfig(kubeconfigOf(config('a', { username: 'u', password: 'p' }))),
      /client certificate, a token/,
    ],
    [
      'missing certificate file',
      () => clientFromKubeconfig(kubeconfigOf(config('a', { 'client-key': 'k.pem' }), '/nowhere')),
      /cannot read \/nowhere\/k\.pem/,
    ],
    [
      'failing plugin',
      () =>
        clientFromKubeconfig(
          kubeconfigOf(
            config('a', {
              exec: {
                apiVersion: 'client.authentication.k8s.io/v1',
                command: '/bin/sh',
                args: ['-c', 'echo log in first >&2; exit 1'],
              },
            }),
          ),
        ),
      /user "a": its credential plugin failed: log in first/,
    ],
  ])('%s', async (_, act, message) => {
    await expect(act()).rejects.toThrow(message)
  })
})

test('credentials come from data, files and options of the cluster', async () => {
  await file('ca.pem', 'CA')
  const path = await file(
    'full',
    config(
      'a',
      { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY'), token: 't' },
      {
        'certificate-authority': 'ca.pem',
        'tls-server-name': 'api.example.test',
        'insecure-skip-tls-verify': true,
      },
    ),
  )
  const credentials = await credentialsOf(resolveContext(await loadKubeconfig([path])))
  expect(credentials).toEqual({
    ca: Buffer.from('CA'),
    cert: Buffer.from('CERT'),
    key: Buffer.from('KEY'),
    token: 't',
    serverName: 'api.example.test',
    insecure: true,
  })
})

test('tokens from a file and from a plugin reach the server', async () => {
  await using server = await startScriptedServer(({ response }) => sendJson(response, 200, {}))
  const tokenFile = await file('token', 'from-file\n')
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: '/bin/sh',
    args: ['-c', `echo '{"status":{"token":"from-plugin"}}'`],
  }
  for (const user of [{ tokenFile }, { exec }]) {
    await using client = await clientFromKubeconfig(
      kubeconfigOf(config('a', user, { server: server.url })),
    )
    await client.raw('/version')
  }
  expect(server.requests.map((r) => r.headers.authorization)).toEqual([
    'Bearer from-file',
    'Bearer from-plugin',
  ])
})

describe('writing', () => {
  test('keeps what is foreign, replaces by name, is private and leaves nothing beside it', async () => {
    const path = await file('mine', {
      ...config('a', { token: 'old', 'x-custom': 1 }),
      preferences: { colors: true },
    })
    const link = join(folder, 'link')
    await symlink(path, link)
    await mergeIntoKubeconfig(link, {
      users: [{ name: 'a', user: { token: 'new' } }],
      contexts: [{ name: 'b', context: { cluster: 'a', user: 'a' } }],
      currentContext: 'b',
    })
    expect(parse(await readFile(path, 'utf8'))).toMatchObject({
      kind: 'Config',
      preferences: { colors: true },
      'current-context': 'b',
      users: [{ name: 'a', user: { token: 'new' } }],
      contexts: [{ name: 'a' }, { name: 'b' }],
    })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await removeFromKubeconfig(link, { contexts: ['b'], users: ['a'], clusters: ['zz'] })
    const left = await loadKubeconfig([path])
    expect([left.currentContext, [...left.contexts.keys()], left.users.size]).toEqual([
      undefined,
      ['a'],
      0,
    ])
  })

  test('makes folders, and a file that kubectl reads', async () => {
    const path = join(folder, 'new', 'deep', 'config')
    await writeKubeconfig(path, config('a', { token: 't' }))
    const assets = process.env['KUBEBUILDER_ASSETS']
    if (assets === undefined) return
    const { stdout } = await promisify(execFile)(join(assets, 'kubectl'), [
      `--kubeconfig=${path}`,
      'config',
      'current-context',
    ])
    expect(stdout.trim()).toBe('a')
  })
})
