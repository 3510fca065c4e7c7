import { connect } from 'node:http2'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { createApiClient } from '#client/http-api-client.ts'
import { clientFromKubeconfig, kubeconfigOf } from '#client/kubeconfig.ts'
import type { ApiClient } from '#client/api-client.ts'
import { type ApiServer, startApiServer } from '../../federation-apiserver/server.ts'
import { send } from './api-requests.ts'

const logger = pino({ level: 'silent' })
const configMaps = '/api/v1/namespaces/default/configmaps'

describe('a server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'api-server-'))
  const tokenAuthFile = join(folder, 'tokens.csv')
  let server: ApiServer
  let admin: ApiClient
  let viewer: ApiClient

  const options = {
    dataDir: join(folder, 'data'),
    securePort: 0,
    bindAddress: '127.0.0.1',
    storage: { type: 'memory' },
    federation: true,
    clusterName: 'test',
    tokenAuthFile,
    maxRequestsInflight: 1,
  } as const

  beforeAll(async () => {
    writeFileSync(tokenAuthFile, 'secret-token,vera,1,"viewers"\n')
    server = await startApiServer(options, { logger })
    admin = await clientFromKubeconfig(kubeconfigOf(server.kubeconfig as never))
    viewer = createApiClient({
      server: server.url,
      credentials: { ca: server.caCertificate, token: () => Promise.resolve('secret-token') },
    })
  })
  afterAll(async () => {
    await viewer[Symbol.asyncDispose]()
    await admin[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  /** One request over HTTP/2, with the credentials given. */
  const overHttp2 = async (path: string, authorization?: string) => {
    const session = connect(server.url, { ca: server.caCertificate })
    try {
      const stream = session.request({ ':path': path, ...(authorization ? { authorization } : {}) })
      const status = new Promise<number>((resolve, reject) => {
        stream.on('response', (headers) => resolve(Number(headers[':status'])))
        stream.on('error', reject)
      })
      let text = ''
      for await (const chunk of stream.setEncoding('utf8')) text += String(chunk)
      return { status: await status, text }
    } finally {
      session.close()
    }
  }

  test('speaks HTTP/2 and HTTP/1.1 on one port', async () => {
    expect(await overHttp2('/healthz')).toEqual({ status: 200, text: 'ok' })
    expect((await admin.raw('/healthz')).body.toString()).toBe('ok')
  })

  test.each([
    ['nobody sees health', '/healthz', undefined, 200],
    ['nobody sees the version', '/version', undefined, 200],
    ['nobody sees nothing else', configMaps, undefined, 403],
    ['a token that nobody knows', '/version', 'Bearer wrong', 401],
    ['a token of the file, without rights', configMaps, 'Bearer secret-token', 403],
    ['a token of the file sees discovery', '/api', 'Bearer secret-token', 200],
  ])('%s', async (_, path, authorization, status) => {
    expect((await overHttp2(path, authorization)).status).toBe(status)
  })

  test('rights count from the moment they are given', async () => {
    const body = {
      metadata: { name: 'viewers' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'viewers' }],
    }
    const path = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
    expect((await send(admin, 'POST', path, { body })).code).toBe(201)
    expect((await send(viewer, 'GET', configMaps)).code).toBe(200)
    const write = await send(viewer, 'POST', configMaps, { body: { metadata: { name: 'x' } } })
    expect(write.body.message).toBe(
      'configmaps is forbidden: User "vera" cannot create resource "configmaps" in API group "" in the namespace "default"',
    )
    const as = await send(admin, 'GET', configMaps, { headers: { 'impersonate-user': 'nobody' } })
    expect(as.code).toBe(403)
  })

  test('what exceeds the limit is told to come back, administrators pass', async () => {
    // A revision of the future is waited for, so this request is in flight for a while.
    const slow = send(viewer, 'GET', `${configMaps}?resourceVersion=99999999`)
    const overload = async (): Promise<number> => {
      const answers = await Promise.all([1, 2, 3].map(() => send(viewer, 'GET', configMaps)))
      const refused = answers.find((answer) => answer.code === 429)
      expect(refused).toMatchObject({
        headers: { 'retry-after': '1' },
        body: { reason: 'TooManyRequests' },
      })
      return refused?.code ?? 0
    }
    expect(await overload()).toBe(429)
    expect((await send(admin, 'GET', configMaps)).code).toBe(200)
    expect((await slow).code).toBe(504)
    expect((await send(viewer, 'GET', configMaps)).code).toBe(200)
  })

  test('a client may ask for less time', async () => {
    const answer = await send(admin, 'GET', `${configMaps}?resourceVersion=99999999&timeout=100ms`)
    expect(answer).toMatchObject({ code: 504, body: { reason: 'Timeout' } })
  })

  test('every answer has an audit id and may not be cached', async () => {
    const { headers } = await send(admin, 'GET', configMaps)
    expect(headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(headers['cache-control']).toBe('no-cache, private')
  })

  test('hostile request lines are answered and harm nothing', async () => {
    for (const path of [
      '/api/v1/namespaces/%zz/configmaps',
      '/api/v1/namespaces/..%2f..%2fx',
      '//',
      '/apis/%00',
    ]) {
      const { status } = await overHttp2(path)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
    }
    expect((await send(admin, 'GET', '/healthz')).code).toBe(200)
  })

  test('requests that run when the server ends are answered', async () => {
    const other = await startApiServer({ ...options, dataDir: join(folder, 'other') }, { logger })
    await using client = await clientFromKubeconfig(kubeconfigOf(other.kubeconfig as never))
    await client.raw('/healthz')
    const running = send(client, 'GET', `${configMaps}?resourceVersion=99999999`)
    const session = connect(other.url, { ca: other.caCertificate })
    const ended = new Promise<string>((resolve) => session.once('close', () => resolve('closed')))
    await new Promise((resolve) => session.once('connect', resolve))
    await other[Symbol.asyncDispose]()
    expect((await running).code).toBe(504)
    expect(await ended).toBe('closed')
  })

  test('a taken port and unusable files are named', async () => {
    const busy = createServer()
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve))
    const address = busy.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const start = (more: object): Promise<ApiServer> =>
      startApiServer({ ...options, dataDir: join(folder, 'failing'), ...more }, { logger })
    await expect(start({ securePort: port })).rejects.toThrow(`port ${port} on 127.0.0.1 is taken`)
    busy.close()
    await expect(start({ clientCaFile: join(folder, 'none.crt') })).rejects.toThrow(
      '--client-ca-file',
    )
    await expect(start({ tokenAuthFile: join(folder, 'none.csv') })).rejects.toBeInstanceOf(
      UsageError,
    )
  })
})
