import { isExpired, isNotFound, StatusError } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { describe, expect, test } from 'vitest'
import { ConnectionError } from './api-client.ts'
import { createApiClient } from './http-api-client.ts'
import { sendJson, startScriptedServer } from './testing/scripted-server.ts'

const configMaps = { group: '', version: 'v1', resource: 'configmaps' }
const deployments = { group: 'apps', version: 'v1', resource: 'deployments' }
const object = (name: string, extra: object = {}): ApiObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
  ...extra,
})
const status = (code: number, reason: string) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: `said ${reason}`,
  reason,
  code,
})

async function caught(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('calls', () => {
  test('become the requests that the API expects', async () => {
    await using server = await startScriptedServer(({ response }) =>
      sendJson(response, 200, object('a')),
    )
    await using client = createApiClient({ server: server.url, credentials: { token: 't' } })
    const ref = { namespace: 'shop', name: 'a' }
    await client.get(deployments, ref, { subresource: 'scale' })
    await client.create(configMaps, object('a'), { dryRun: true, fieldManager: 'me' })
    await client.create(configMaps, object('a'), { subresource: 'token' })
    await client.update(configMaps, object('a'))
    await client.patch(configMaps, ref, { type: 'apply', body: { a: 1 } }, { force: true })
    await client.delete(configMaps, ref, {
      propagationPolicy: 'Orphan',
      preconditions: { uid: 'u' },
    })
    await client.get({ group: 'x.test', version: 'v1', resource: 'things' }, { name: 'a b/c' })
    const seen = server.requests.map((r) => [
      r.method,
      `${r.path}${r.query.size > 0 ? `?${r.query.toString()}` : ''}`,
      r.headers['content-type'],
      r.body,
    ])
    expect(seen).toEqual([
      ['GET', '/apis/apps/v1/namespaces/shop/deployments/a/scale', undefined, ''],
      [
        'POST',
        '/api/v1/namespaces/shop/configmaps?dryRun=All&fieldManager=me',
        'application/json',
        JSON.stringify(object('a')),
      ],
      ['POST', '/api/v1/namespaces/shop/configmaps/a/token', 'application/json', expect.anything()],
      ['PUT', '/api/v1/namespaces/shop/configmaps/a', 'application/json', expect.anything()],
      [
        'PATCH',
        '/api/v1/namespaces/shop/configmaps/a?force=true',
        'application/apply-patch+yaml',
        '{"a":1}',
      ],
      [
        'DELETE',
        '/api/v1/namespaces/shop/configmaps/a',
        'application/json',
        '{"propagationPolicy":"Orphan","preconditions":{"uid":"u"}}',
      ],
      ['GET', '/apis/x.test/v1/things/a%20b%2Fc', undefined, ''],
    ])
    expect(server.requests[0]?.headers.authorization).toBe('Bearer t')
    expect(server.requests[0]?.headers.accept).toBe('application/json')
  })

  test('a token function is asked at each call', async () => {
    await using server = await startScriptedServer(({ response }) =>
      sendJson(response, 200, object('a')),
    )
    let turn = 0
    const token = async (): Promise<string> => `t${++turn}`
    await using client = createApiClient({ server: server.url, credentials: { token } })
    await client.get(configMaps, { name: 'a' })
    await client.get(configMaps, { name: 'a' })
    expect(server.requests.map((r) => r.headers.authorization)).toEqual(['Bearer t1', 'Bearer t2'])
  })

  test('say whom they act as, once a group, also where a call has headers of its own', async () => {
    await using server = await startScriptedServer(({ response }) =>
      sendJson(response, 200, { ...object('a'), items: [], metadata: {} }),
    )
    const impersonate = { user: 'jane', uid: 'u', groups: ['a', 'b'] }
    await using client = createApiClient({ server: server.url, credentials: { impersonate } })
    await client.get(configMaps, { namespace: 'shop', name: 'a' })
    await client.list(configMaps, { metadataOnly: true })
    expect(server.requests[1]?.headers.accept).toContain('PartialObjectMetadataList')
    for (const { headers } of server.requests)
      expect(headers).toMatchObject({
        'impersonate-user': 'jane',
        'impersonate-uid': 'u',
        'impersonate-group': 'a, b',
      })
  })

  test('a path in the server URL stays in front', async () => {
    await using server = await startScriptedServer(({ response }) =>
      sendJson(response, 200, object('a')),
    )
    await using client = createApiClient({ server: `${server.url}/k8s/c1/`, credentials: {} })
    await client.get(configMaps, { name: 'a' })
    expect(server.requests[0]?.path).toBe('/k8s/c1/api/v1/configmaps/a')
  })

  test('a list fills in the type of its items', async () => {
    await using server = await startScriptedServer(({ response }) =>
      sendJson(response, 200, {
        kind: 'DeploymentList',
        apiVersion: 'apps/v1',
        metadata: { resourceVersion: '7' },
        items: [{ metadata: { name: 'a' } }],
      }),
    )
    await using client = createApiClient({ server: server.url, credentials: {} })
    const list = await client.list(deployments, {
      namespace: 'shop',
      limit: 5,
      labelSelector: 'a=b',
    })
    expect(list.items).toEqual([
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } },
    ])
    expect(server.requests[0]?.query.toString()).toBe('labelSelector=a%3Db&limit=5')
  })
})

describe('failures', () => {
  test.each([
    ['a Status', 404, JSON.stringify(status(404, 'NotFound')), 'NotFound', 'said NotFound'],
    ['a page of a proxy', 502, '<html>bad', '', 'the server answered with status 502: <html>bad'],
    ['no body', 403, '', 'Forbidden', 'the server answered with status 403'],
    [
      'broken JSON',
      500,
      '{"kind":',
      'InternalError',
      'the server answered with status 500: {"kind":',
    ],
  ])('%s becomes a StatusError', async (_, code, body, reason, message) => {
    await using server = await startScriptedServer(({ response }) =>
      response.writeHead(code).end(body),
    )
    await using client = createApiClient({ server: server.url, credentials: {} })
    const error = await caught(client.get(configMaps, { name: 'a' }))
    expect(error).toBeInstanceOf(StatusError)
    expect(error).toMatchObject({ code, reason, message })
  })

  test('Retry-After reaches the details', async () => {
    await using server = await startScriptedServer(({ response }) =>
      response.writeHead(429, { 'retry-after': '3' }).end('slow down'),
    )
    await using client = createApiClient({ server: server.url, credentials: {} })
    const error = await caught(client.get(configMaps, { name: 'a' }))
    expect(error).toMatchObject({ status: { details: { retryAfterSeconds: 3 } } })
  })

  test('no server is a ConnectionError that names the address', async () => {
    await using client = createApiClient({ server: 'http://127.0.0.1:1', credentials: {} })
    const error = await caught(client.get(configMaps, { name: 'a' }))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(String(error)).toContain('http://127.0.0.1:1/api/v1/configmaps/a: connect ECONNREFUSED')
  })

  test('a server that does not answer runs into the deadline; the next call is not hurt', async () => {
    await using server = await startScriptedServer(({ path, response }) => {
      if (!path.endsWith('hang')) sendJson(response, 200, object('a'))
    })
    await using client = createApiClient({
      server: server.url,
      credentials: {},
      timeoutMs: 60,
      connections: 1,
    })
    const error = await caught(client.get(configMaps, { name: 'hang' }))
    expect(error).toMatchObject({ name: 'ConnectionError', timeout: true })
    await expect(client.get(configMaps, { name: 'a' }, { timeoutMs: 5000 })).resolves.toMatchObject(
      {
        kind: 'ConfigMap',
      },
    )
  })

  test('the deadline also counts while a call waits for its turn', async () => {
    await using server = await startScriptedServer(() => {})
    await using client = createApiClient({ server: server.url, credentials: {}, maxInFlight: 1 })
    const controller = new AbortController()
    const first = caught(client.get(configMaps, { name: 'a' }, { signal: controller.signal }))
    const second = await caught(client.get(configMaps, { name: 'b' }, { timeoutMs: 30 }))
    expect(second).toMatchObject({ name: 'ConnectionError', timeout: true })
    controller.abort(new Error('enough'))
    expect(await first).toMatchObject({ message: 'enough' })
    expect(server.requests.length).toBeLessThanOrEqual(1)
  })

  test('a signal that aborts while the token is fetched ends the call and the watch', async () => {
    await using server = await startScriptedServer(() => {})
    const controller = new AbortController()
    const token = async (): Promise<string> => {
      controller.abort(new Error('enough'))
      return 't'
    }
    await using client = createApiClient({ server: server.url, credentials: { token } })
    const { signal } = controller
    expect(await Array.fromAsync(client.watch(configMaps, { signal }))).toEqual([])
    const late = new AbortController()
    const call = client.get(configMaps, { name: 'a' }, { signal: late.signal })
    late.abort(new Error('late'))
    expect(await caught(call)).toMatchObject({ message: 'late' })
    expect(server.requests).toEqual([])
  })

  test('a token that does not come or fails ends the call within its deadline', async () => {
    const hangs = (): Promise<string> => new Promise(() => {})
    const fails = async (): Promise<string> => {
      throw new Error('log in first')
    }
    await using hanging = createApiClient({
      server: 'http://127.0.0.1:1',
      credentials: { token: hangs },
    })
    await using failing = createApiClient({
      server: 'http://127.0.0.1:1',
      credentials: { token: fails },
    })
    expect(await caught(hanging.get(configMaps, { name: 'a' }, { timeoutMs: 20 }))).toMatchObject({
      name: 'ConnectionError',
      timeout: true,
    })
    expect(await caught(failing.get(configMaps, { name: 'a' }))).toMatchObject({
      name: 'ConnectionError',
      message: 'GET http://127.0.0.1:1/api/v1/configmaps/a: log in first',
    })
  })

  test('a read whose connection is cut is tried once more, a write is not', async () => {
    let cuts = 1
    await using server = await startScriptedServer(({ response }) => {
      if (cuts-- > 0) response.destroy()
      else sendJson(response, 200, object('a'))
    })
    await using client = createApiClient({ server: server.url, credentials: {} })
    await client.get(configMaps, { name: 'a' })
    cuts = 2
    expect(await caught(client.get(configMaps, { name: 'a' }))).toBeInstanceOf(ConnectionError)
    cuts = 1
    expect(await caught(client.create(configMaps, object('a')))).toBeInstanceOf(ConnectionError)
    expect(server.requests.map(({ method }) => method)).toEqual([
      'GET',
      'GET',
      'GET',
      'GET',
      'POST',
    ])
  })

  test('raw does not throw for the status', async () => {
    await using server = await startScriptedServer(({ response }) =>
      response.writeHead(503).end('no'),
    )
    await using client = createApiClient({ server: server.url, credentials: {} })
    const answer = await client.raw('/readyz', { headers: { Accept: 'text/plain' } })
    expect([answer.status, answer.body.toString()]).toEqual([503, 'no'])
    expect(server.requests[0]?.headers.accept).toBe('text/plain')
  })
})

describe('watch', () => {
  const lines = (...events: object[]): Buffer =>
    Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''))

  test('survives any cut of the bytes, inside characters too', async () => {
    const events = ['ä', '日本', '😀'].map((text) => ({
      type: 'ADDED',
      object: object('a', { data: { text } }),
    }))
    const bytes = lines(...events)
    for (const step of [1, 2, 3, 7, 64, bytes.length]) {
      await using server = await startScriptedServer(({ response }) => {
        response.writeHead(200)
        response.flushHeaders()
        for (let at = 0; at < bytes.length; at += step)
          response.write(bytes.subarray(at, at + step))
        response.end()
      })
      await using client = createApiClient({ server: server.url, credentials: {} })
      expect(await Array.fromAsync(client.watch(configMaps, {}))).toEqual(events)
    }
  })

  test('an ERROR event is thrown as its Status, after what came before it', async () => {
    await using server = await startScriptedServer(({ response }) =>
      response.end(
        lines(
          { type: 'ADDED', object: object('a') },
          { type: 'ERROR', object: status(410, 'Expired') },
        ),
      ),
    )
    await using client = createApiClient({ server: server.url, credentials: {} })
    const seen: string[] = []
    const error = await caught(
      (async () => {
        for await (const event of client.watch(configMaps, {})) seen.push(event.type)
      })(),
    )
    expect(seen).toEqual(['ADDED'])
    expect(isExpired(error)).toBe(true)
  })

  test('an answer that is not 2xx is thrown', async () => {
    await using server = await startScriptedServer(({ response }) =>
      sendJson(response, 404, status(404, 'NotFound')),
    )
    await using client = createApiClient({ server: server.url, credentials: {} })
    expect(isNotFound(await caught(Array.fromAsync(client.watch(configMaps, {}))))).toBe(true)
  })

  test('asks for bookmarks and passes what is asked', async () => {
    await using server = await startScriptedServer(({ response }) => response.end())
    await using client = createApiClient({ server: server.url, credentials: {} })
    const options = { namespace: 'shop', resourceVersion: '5', timeoutSeconds: 300 }
    await Array.fromAsync(client.watch(configMaps, options))
    expect(Object.fromEntries(server.requests[0]?.query ?? [])).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '5',
      timeoutSeconds: '300',
    })
  })

  test('leaving the loop and aborting both end the request', async () => {
    const closed: Promise<void>[] = []
    await using server = await startScriptedServer(({ response }) => {
      closed.push(new Promise((resolve) => response.on('close', resolve)))
      response.write(lines({ type: 'ADDED', object: object('a') }))
    })
    await using client = createApiClient({ server: server.url, credentials: {} })
    for await (const event of client.watch(configMaps, {})) {
      expect(event.type).toBe('ADDED')
      break
    }
    const controller = new AbortController()
    for await (const event of client.watch(configMaps, { signal: controller.signal })) {
      expect(event.type).toBe('ADDED')
      controller.abort()
    }
    await Promise.all(closed)
    expect(closed).toHaveLength(2)
  })

  test('one that brings no bytes is given up', async () => {
    await using server = await startScriptedServer(({ response }) => response.flushHeaders())
    await using client = createApiClient({ server: server.url, credentials: {}, watchIdleMs: 50 })
    const error = await caught(Array.fromAsync(client.watch(configMaps, {})))
    expect(error).toBeInstanceOf(ConnectionError)
  })

  test('many watches leave the calls their connections', async () => {
    await using server = await startScriptedServer(({ query, response }) => {
      if (query.has('watch')) response.write(lines({ type: 'ADDED', object: object('a') }))
      else sendJson(response, 200, object('a'))
    })
    await using client = createApiClient({ server: server.url, credentials: {}, connections: 1 })
    const controller = new AbortController()
    const watches = Array.from({ length: 30 }, () =>
      client.watch(configMaps, { signal: controller.signal })[Symbol.asyncIterator](),
    )
    await Promise.all(watches.map((watch) => watch.next()))
    await client.get(configMaps, { name: 'a' })
    controller.abort()
    await Promise.all(watches.map((watch) => watch.next()))
  })

  test('a reader that is slow holds the connection back and loses nothing', async () => {
    const total = 20_000
    await using server = await startScriptedServer(({ response }) => {
      for (let i = 0; i < total; i++)
        response.write(lines({ type: 'ADDED', object: object(`o${i}`) }))
      response.end()
    })
    await using client = createApiClient({ server: server.url, credentials: {} })
    let next = 0
    for await (const event of client.watch(configMaps, {})) {
      if (event.object.metadata.name !== `o${next}`) throw new Error(`lost o${next}`)
      if (next++ % 500 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(next).toBe(total)
  })
})
