import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { collectGarbage } from '#component-base/program.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { eventually } from '../framework/eventually.ts'
import { parseMetrics } from '../framework/prometheus-text.ts'
import {
  endHeaders,
  endStream,
  frame,
  frameType,
  literal,
  RawConnection,
  requestHeaders,
} from '../framework/raw-connection.ts'
import { type Answer, send } from './api-requests.ts'

const configMaps = '/api/v1/namespaces/default/configmaps'
const configMap = (name: string, length = 0): string =>
  JSON.stringify({ metadata: { name }, ...(length > 0 ? { data: { a: 'x'.repeat(length) } } : {}) })

const request = (
  stream: number,
  path: string,
  {
    method = 'GET',
    more = [],
    open = false,
  }: { method?: string; more?: Buffer[]; open?: boolean } = {},
): Buffer =>
  frame(frameType.headers, {
    flags: endHeaders | (open ? 0 : endStream),
    stream,
    payload: requestHeaders(path, method, more),
  })

/** What is held: garbage that is still to be collected would be counted or not as the collector likes. */
function megabytes(): number {
  collectGarbage()
  return process.memoryUsage.rss() / 1e6
}

async function count(api: InProcessServer, family: string): Promise<number> {
  const { body } = await api.client.raw('/metrics')
  const samples = parseMetrics(body.toString()).get(family)?.samples ?? []
  return samples.reduce((sum, { value }) => sum + value, 0)
}

describe('too many requests at once', () => {
  let api: InProcessServer
  const as = (method: string, path: string, body?: string): Promise<Answer> =>
    send(api.client, method, path, {
      ...(body === undefined ? {} : { body }),
      headers: { 'impersonate-user': 'ann' },
    })
  beforeAll(async () => {
    const options = { maxRequestsInflight: 3, maxMutatingRequestsInflight: 2 }
    api = await startInProcess({ federation: true, options })
    const rbac = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
    const binding = {
      metadata: { name: 'ann' },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'cluster-admin',
      },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' }],
    }
    expect((await send(api.client, 'POST', rbac, { body: binding })).code).toBe(201)
    await eventually(async () => expect((await as('GET', configMaps)).code).toBe(200))
  })
  afterAll(() => api[Symbol.asyncDispose]())

  const tooMany = {
    code: 429,
    headers: { 'retry-after': '1' },
    body: { reason: 'TooManyRequests', details: { retryAfterSeconds: 1 } },
  }

  test('writes are refused with 429 while as many wait for their bodies; reads and administrators are not', async () => {
    using held = await RawConnection.open(api.server, 'h2')
    for (const stream of [1, 3])
      held.write(request(stream, configMaps, { method: 'POST', open: true }))
    await eventually(async () =>
      expect(await as('POST', configMaps, configMap('refused'))).toMatchObject(tooMany),
    )
    expect((await as('GET', configMaps)).code).toBe(200)
    expect((await send(api.client, 'POST', configMaps, { body: configMap('admin') })).code).toBe(
      201,
    )
    const of = (stream: number): Buffer =>
      frame(frameType.data, {
        flags: endStream,
        stream,
        payload: Buffer.from(configMap(`a${stream}`)),
      })
    held.write(of(1), of(3))
    await eventually(async () =>
      expect((await as('POST', configMaps, configMap('now'))).code).toBe(201),
    )
    expect(await count(api, 'apiserver_request_terminations_total')).toBeGreaterThan(0)
  })

  test('reads are refused with 429; watches neither count nor are refused', async () => {
    using watches = await RawConnection.open(api.server, 'h2')
    for (let stream = 1; stream < 20; stream += 2)
      watches.write(request(stream, `${configMaps}?watch=true`))
    await eventually(async () =>
      expect(await count(api, 'apiserver_longrunning_requests')).toBe(10),
    )
    expect((await as('GET', configMaps)).code).toBe(200)
    // They wait for a revision that will not come.
    const future = `${configMaps}?resourceVersion=999999999&resourceVersionMatch=NotOlderThan`
    const waiting = Array.from({ length: 3 }, () => send(api.client, 'GET', future))
    const answered = Promise.all(waiting)
    await eventually(async () => expect(await as('GET', configMaps)).toMatchObject(tooMany), {
      intervalMs: 20,
    })
    const watched = await api.client.raw(`${configMaps}?watch=true&timeoutSeconds=1`, {
      headers: { 'impersonate-user': 'ann' },
    })
    expect(watched.status).toBe(200)
    for (const { code } of await answered) expect(code).toBe(504)
    expect((await as('GET', configMaps)).code).toBe(200)
  })
})

describe('clients that mean no good', () => {
  let api: InProcessServer
  beforeAll(async () => {
    api = await startInProcess({ federation: true })
    for (let i = 0; i < 12; i++) {
      const { code } = await send(api.client, 'POST', configMaps, {
        body: configMap(`big-${i}`, 800_000),
      })
      expect(code).toBe(201)
    }
  })
  afterAll(() => api[Symbol.asyncDispose]())

  const many = (make: (i: number) => Buffer) => (from: number) =>
    Array.from({ length: 500 }, (_, i) => make(from + i))

  test.each<[string, readonly Buffer[], (from: number) => Buffer[], { closes: boolean }]>([
    [
      'streams that are reset at once (CVE-2023-44487)',
      [],
      many((i) =>
        Buffer.concat([
          request(2 * i + 1, '/apis'),
          frame(frameType.rstStream, { stream: 2 * i + 1, payload: Buffer.from([0, 0, 0, 8]) }),
        ]),
      ),
      { closes: true },
    ],
    [
      'headers that go on and on (CVE-2024-27983)',
      [frame(frameType.headers, { flags: endStream, stream: 1, payload: requestHeaders('/') })],
      many((i) =>
        frame(frameType.continuation, { stream: 1, payload: literal(`h${i}`, 'x'.repeat(90)) }),
      ),
      { closes: true },
    ],
    [
      'empty pieces of a body (CVE-2019-9518)',
      [request(1, configMaps, { method: 'POST', open: true })],
      many(() => frame(frameType.data, { stream: 1 })),
      { closes: true },
    ],
    ['settings (CVE-2019-9515)', [], many(() => frame(frameType.settings)), { closes: true }],
    [
      'pings (CVE-2019-9512)',
      [],
      many(() => frame(frameType.ping, { payload: Buffer.alloc(8) })),
      { closes: true },
    ],
    [
      'frames of unknown types',
      [],
      many(() => frame(0xfe, { payload: Buffer.alloc(100) })),
      { closes: false },
    ],
    [
      'windows that open by one octet',
      [],
      many(() => frame(frameType.windowUpdate, { payload: Buffer.from([0, 0, 0, 1]) })),
      { closes: false },
    ],
  ])('a flood of %s costs little, and nobody else notices', async (_, first, next, { closes }) => {
    const before = megabytes()
    const requests = await count(api, 'apiserver_request_total')
    using flood = await RawConnection.open(api.server, 'h2')
    // Answers to it pile up, as who floods does not read them.
    flood.socket.pause()
    flood.write(...first)
    for (let sent = 0; sent < 100_000 && !flood.closed; sent += 500) {
      await Promise.race([flood.flush(...next(sent)), sleep(1000)])
    }
    expect((await api.client.raw('/readyz')).status).toBe(200)
    if (closes) await eventually(() => expect(flood.closed).toBe(true))
    expect(megabytes() - before).toBeLessThan(100)
    expect((await count(api, 'apiserver_request_total')) - requests).toBeLessThan(2000)
  })

  test('of 1,500 streams on a connection 1,000 are open, the others refused', async () => {
    using connection = await RawConnection.open(api.server, 'h2')
    const streams = Array.from({ length: 1500 }, (_, i) => 2 * i + 1)
    const path = `${configMaps}?watch=true&fieldSelector=metadata.name%3Dnone`
    for (const stream of streams) connection.write(request(stream, path))
    await eventually(() =>
      expect(connection.frames.filter((type) => type === frameType.rstStream).length).toBe(500),
    )
    await eventually(async () =>
      expect(await count(api, 'apiserver_longrunning_requests')).toBe(1000),
    )
    expect((await api.client.raw('/readyz')).status).toBe(200)
  })

  test.each([
    ['lists', `${configMaps}?limit=12`],
    ['tables', `${configMaps}?includeObject=Object`],
    ['watches', `${configMaps}?watch=true&resourceVersion=0`],
  ])('200 %s of 10 MB that nobody reads cost a fraction of that', async (what, path) => {
    const before = megabytes()
    using connection = await RawConnection.open(api.server, 'h2')
    connection.socket.pause()
    const more =
      what === 'tables' ? [literal('accept', 'application/json;as=Table;v=v1;g=meta.k8s.io')] : []
    for (let i = 0; i < 200; i++) connection.write(request(2 * i + 1, path, { more }))
    const isWatch = what === 'watches'
    const gauge = isWatch ? 'apiserver_longrunning_requests' : 'apiserver_current_inflight_requests'
    if (what !== 'tables')
      await eventually(async () => expect(await count(api, gauge)).toBeGreaterThanOrEqual(200))
    await sleep(300)
    expect((await api.client.raw('/readyz')).status).toBe(200)
    expect(megabytes() - before).toBeLessThan(what === 'tables' ? 900 : 200)
  })

  test('watchers that do not read hold nothing up for others, and little memory', async () => {
    const protocols = ['h2', 'http/1.1'] as const
    const stalled = await Promise.all(
      protocols.map((protocol) => RawConnection.open(api.server, protocol)),
    )
    const [h2, http1] = stalled
    for (const { socket } of stalled) socket.pause()
    for (let i = 0; i < 50; i++) h2?.write(request(2 * i + 1, `${configMaps}?watch=true`))
    http1?.write(Buffer.from(`GET ${configMaps}?watch=true HTTP/1.1\r\nHost: a\r\n\r\n`))
    await eventually(async () =>
      expect(await count(api, 'apiserver_longrunning_requests')).toBeGreaterThanOrEqual(51),
    )
    const seen = api.client.raw(`${configMaps}?watch=true&timeoutSeconds=8`)
    const before = megabytes()
    for (let i = 0; i < 60; i++) {
      const body = configMap('changing', 500_000 + i)
      const [method, path] = i === 0 ? ['POST', configMaps] : ['PUT', `${configMaps}/changing`]
      expect((await send(api.client, method ?? '', path ?? '', { body })).code).toBeLessThan(300)
    }
    expect(megabytes() - before).toBeLessThan(300)
    const events = (await seen).body
      .toString()
      .split('\n')
      .filter((line) => line.includes('"changing"'))
    expect(events.length).toBe(60)
    for (const connection of stalled) connection[Symbol.dispose]()
    await eventually(async () => expect(await count(api, 'apiserver_longrunning_requests')).toBe(0))
  })
})

describe('what is too large or too slow', () => {
  let api: InProcessServer
  beforeAll(async () => {
    api = await startInProcess({ federation: true })
    await send(api.client, 'POST', configMaps, { body: configMap('big', 900_000) })
  })
  afterAll(() => api[Symbol.asyncDispose]())

  const chunk = Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`)
  test.each([
    ['by its length', 'Content-Length: 100000000', Buffer.alloc(65_536)],
    ['in chunks', 'Transfer-Encoding: chunked', chunk],
  ])(
    'a body of more than 3 MiB is refused with 413, and not read to its end: %s',
    async (_, header, piece) => {
      const before = megabytes()
      using connection = await RawConnection.open(api.server, 'http/1.1')
      connection.write(Buffer.from(`POST ${configMaps} HTTP/1.1\r\nHost: a\r\n${header}\r\n\r\n`))
      let sent = 0
      for (; sent < 1e9 && !connection.closed; sent += piece.length) {
        await Promise.race([connection.flush(piece), sleep(500)])
        if (sent > 4e6) await sleep(20)
      }
      expect(connection.closed).toBe(true)
      expect(connection.received.toString()).toMatch(/^HTTP\/1.1 413 .*Request entity too large/s)
      expect(sent).toBeLessThan(1e8)
      expect(megabytes() - before).toBeLessThan(100)
    },
  )

  test('a body on HTTP/2 that is not all there: 504 in the time that was asked for, and the stream is ended', async () => {
    using connection = await RawConnection.open(api.server, 'h2')
    connection.write(
      request(1, `${configMaps}?timeout=500ms`, { method: 'POST', open: true }),
      frame(frameType.data, { stream: 1, payload: Buffer.from('{') }),
    )
    await eventually(() => expect(connection.frames).toContain(frameType.rstStream))
    expect(connection.received.toString()).toContain('"code":504')
    expect(connection.closed).toBe(false)
  })

  test('on HTTP/1.1 the connection is ended', async () => {
    using connection = await RawConnection.open(api.server, 'http/1.1')
    const head = `POST ${configMaps}?timeout=500ms HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{`
    connection.write(Buffer.from(head))
    await eventually(() => expect(connection.closed).toBe(true))
    expect(connection.received.toString()).toMatch(/^HTTP\/1.1 504 .*"code":504/s)
  })

  test.each(['h2', 'http/1.1'] as const)(
    'an answer that is not read in its time is cut off: %s',
    async (protocol) => {
      using connection = await RawConnection.open(api.server, protocol)
      const path = `${configMaps}?timeout=500ms`
      // Without more window an answer on HTTP/2 stops after 64 KiB; on HTTP/1.1 when all buffers on the way are full.
      if (protocol === 'h2') connection.write(request(1, path))
      else {
        connection.socket.pause()
        connection.write(Buffer.from(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(20)))
      }
      await eventually(async () => {
        const body = (await api.client.raw('/metrics')).body.toString()
        expect(body).toMatch(/apiserver_current_inflight_requests\{request_kind="readOnly"\} 1\n/)
      })
      if (protocol === 'h2')
        await eventually(() => expect(connection.frames).toContain(frameType.rstStream))
    },
  )

  test.each(['h2', 'http/1.1'] as const)(
    'headers of more than 64 KiB are refused, others answered: %s',
    async (protocol) => {
      using connection = await RawConnection.open(api.server, protocol)
      const many = Array.from({ length: 700 }, (_, i) => [`x-${i}`, 'y'.repeat(100)] as const)
      if (protocol === 'h2') {
        const more = many.map(([name, value]) => literal(name, value))
        const block = requestHeaders('/healthz', 'GET', more)
        const pieces = Array.from({ length: Math.ceil(block.length / 16_000) }, (_, i) =>
          block.subarray(i * 16_000, (i + 1) * 16_000),
        )
        connection.write(
          ...pieces.map((payload, i) =>
            frame(i === 0 ? frameType.headers : frameType.continuation, {
              flags: (i === 0 ? endStream : 0) | (i === pieces.length - 1 ? endHeaders : 0),
              stream: 1,
              payload,
            }),
          ),
        )
        await eventually(() =>
          expect(connection.closed || connection.frames.includes(frameType.rstStream)).toBe(true),
        )
      } else {
        const lines = many.map(([name, value]) => `${name}: ${value}\r\n`).join('')
        connection.write(Buffer.from(`GET /healthz HTTP/1.1\r\nHost: a\r\n${lines}\r\n`))
        await eventually(() => expect(connection.closed).toBe(true))
        expect(connection.received.toString()).toMatch(/^HTTP\/1.1 431 /)
      }
      expect((await api.client.raw('/readyz')).status).toBe(200)
    },
  )
})

test('the end: /readyz says no while all goes on, then watches end, requests finish, connections are refused', async () => {
  const api = await startInProcess({ federation: true, options: { shutdownDelayMs: 1500 } })
  const { port } = api.server
  const watching = api.client.raw(`${configMaps}?watch=true`)
  using held = await RawConnection.open(api.server, 'h2')
  held.write(request(1, configMaps, { method: 'POST', open: true }))
  await eventually(async () => {
    expect(await count(api, 'apiserver_longrunning_requests')).toBe(1)
    const body = (await api.client.raw('/metrics')).body.toString()
    expect(body).toMatch(/apiserver_current_inflight_requests\{request_kind="mutating"\} 1\n/)
  })

  const ended = api.server[Symbol.asyncDispose]()
  const readyz = await api.client.raw('/readyz')
  expect(readyz.status).toBe(500)
  expect(readyz.body.toString()).toBe(
    '[+]ping ok\n[+]etcd ok\n[+]informer-sync ok\n[-]shutdown failed: reason withheld\nreadyz check failed\n',
  )
  expect((await api.client.raw('/livez')).status).toBe(200)
  const during = await send(api.client, 'POST', configMaps, { body: configMap('during') })
  expect(during.code).toBe(201)

  const watched = await watching
  expect(watched.body.toString()).toContain('"during"')
  await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  })
  const payload = Buffer.from(configMap('held'))
  held.write(frame(frameType.data, { flags: endStream, stream: 1, payload }))
  await eventually(() => expect(held.received.toString()).toContain('"name":"held"'))
  await ended
  expect(held.frames).toContain(frameType.goAway)
  await api.client[Symbol.asyncDispose]()
})
