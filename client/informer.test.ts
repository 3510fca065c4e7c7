import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { ServerResponse } from 'node:http'
import { eventually } from './testing/eventually.ts'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { createApiClient } from './http-api-client.ts'
import { Informer, type InformerEvent, type InformerOptions } from './informer.ts'
import { type ScriptedRequest, sendJson, startScriptedServer } from './testing/scripted-server.ts'

const gvr = { group: '', version: 'v1', resource: 'configmaps' }
const logger = pino({ level: 'silent' })

const object = (name: string, version: number, extra: object = {}): ApiObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop', resourceVersion: String(version) },
  ...extra,
})
const expired = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  reason: 'Expired',
  code: 410,
}

/** An API that the test moves: a list, and the open watches. */
class Api {
  objects: ApiObject[] = []
  version = 1
  lists: URLSearchParams[] = []
  watches: { query: URLSearchParams; response: ServerResponse }[] = []
  /** Answers a request itself, when it returns true. */
  intercept: (request: ScriptedRequest) => boolean = () => false

  answer(request: ScriptedRequest): void {
    const { query, response } = request
    if (this.intercept(request)) return
    if (query.has('watch')) {
      response.writeHead(200).flushHeaders()
      this.watches.push({ query, response })
      return
    }
    this.lists.push(query)
    // Items of a list come without their type.
    const items = this.objects.map(({ metadata }) => ({ metadata }))
    const start = Number(query.get('continue') ?? 0)
    const end = start + Number(query.get('limit') ?? items.length)
    sendJson(response, 200, {
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: {
        resourceVersion: String(this.version),
        ...(end < items.length ? { continue: String(end) } : {}),
      },
      items: items.slice(start, end),
    })
  }

  send(type: string, of: object): void {
    this.watches.at(-1)?.response.write(`${JSON.stringify({ type, object: of })}\n`)
  }
}

async function setUp(options: Partial<InformerOptions<ApiObject>> = {}, objects: ApiObject[] = []) {
  const api = new Api()
  api.objects = objects
  const server = await startScriptedServer((request) => api.answer(request))
  const client = createApiClient({ server: server.url, credentials: {}, watchIdleMs: 60_000 })
  const backOff = { initialMs: 5, maxMs: 50, jitter: 0.5 }
  const informer = new Informer<ApiObject>({ client, gvr, logger, backOff, ...options })
  const events: string[] = []
  informer.onChange(({ type, object: { metadata } }) =>
    events.push(`${type} ${metadata.name} ${metadata.resourceVersion ?? ''}`),
  )
  const stop = new AbortController()
  const run = informer.run(stop.signal)
  return {
    api,
    server,
    informer,
    events,
    stop,
    watching: (count: number) =>
      eventually(() => expect(api.watches.length).toBeGreaterThanOrEqual(count)),
    seen: (...expected: string[]) => eventually(() => expect(events).toEqual(expected)),
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await run
      await client[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

test('lists, then watches from the version of the list', async () => {
  const before = Date.now()
  await using world = await setUp({ namespace: 'shop', labelSelector: 'a=b' }, [object('a', 1)])
  const { api, informer, events } = world
  expect([informer.hasSynced(), informer.lastContact]).toEqual([false, 0])
  await informer.synced
  expect(informer.lastContact).toBeGreaterThanOrEqual(before)
  await world.watching(1)
  const query = Object.fromEntries(api.watches[0]?.query ?? [])
  expect(query).toMatchObject({
    resourceVersion: '1',
    allowWatchBookmarks: 'true',
    labelSelector: 'a=b',
  })
  expect(Number(query['timeoutSeconds'])).toBeGreaterThanOrEqual(300)
  expect(Number(query['timeoutSeconds'])).toBeLessThanOrEqual(600)
  api.send('ADDED', object('b', 2))
  api.send('MODIFIED', object('a', 3))
  api.send('DELETED', object('b', 4))
  await world.seen('ADDED a 1', 'ADDED b 2', 'MODIFIED a 3', 'DELETED b 4')
  expect(informer.list()).toEqual([object('a', 3)])
  expect(informer.get('shop/a')?.metadata.resourceVersion).toBe('3')
  expect(events).toHaveLength(4)
})

test('a list comes in pages', async () => {
  const objects = Array.from({ length: 1201 }, (_, i) => object(`o${i}`, 1))
  await using world = await setUp({}, objects)
  await world.informer.synced
  expect(world.informer.size).toBe(1201)
  expect(world.api.lists.map((query) => [query.get('limit'), query.get('continue')])).toEqual([
    ['500', null],
    ['500', '500'],
    ['500', '1000'],
  ])
})

test('pages that expire are followed by everything at once', async () => {
  const objects = Array.from({ length: 700 }, (_, i) => object(`o${i}`, 1))
  await using world = await setUp({}, objects)
  world.api.intercept = ({ query, response }) => {
    if (!query.has('continue')) return false
    sendJson(response, 410, expired)
    return true
  }
  await world.informer.synced
  expect(world.informer.size).toBe(700)
  expect(world.api.lists.map((query) => query.get('limit'))).toEqual(['500', null])
})

test('resumes a watch that ended where it was, bookmarks included', async () => {
  await using world = await setUp({}, [object('a', 1)])
  await world.watching(1)
  world.api.send('MODIFIED', object('a', 5))
  world.api.send('BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion: '9' } })
  await world.seen('ADDED a 1', 'MODIFIED a 5')
  world.api.watches[0]?.response.end()
  await world.watching(2)
  expect(world.api.watches[1]?.query.get('resourceVersion')).toBe('9')
  world.api.version = 9
  world.server.cut()
  await world.watching(3)
  expect(world.api.watches[2]?.query.get('resourceVersion')).toBe('9')
  // Asked only how far the server has come.
  expect(world.api.lists.map((query) => query.get('limit'))).toEqual(['500', '1'])
  // What is sent again is no change.
  world.api.send('ADDED', object('a', 5))
  world.api.send('ADDED', object('b', 10))
  await world.seen('ADDED a 1', 'MODIFIED a 5', 'ADDED b 10')
})

test.each([
  ['as an event', (api: Api) => api.send('ERROR', expired)],
  [
    'as an answer',
    (api: Api) => {
      let isFirst = true
      api.intercept = ({ query, response }) => {
        if (!query.has('watch') || !isFirst) return false
        isFirst = false
        sendJson(response, 410, expired)
        return true
      }
      api.watches[0]?.response.end()
    },
  ],
])('410 %s: lists again and tells the difference alone', async (_, expire) => {
  await using world = await setUp({}, [object('same', 1), object('changed', 1), object('gone', 1)])
  await world.watching(1)
  world.events.length = 0
  world.api.objects = [object('same', 1), object('changed', 7), object('new', 8)]
  world.api.version = 8
  expire(world.api)
  await world.watching(2)
  await world.seen('MODIFIED changed 7', 'ADDED new 8', 'DELETED gone 1')
  expect(world.api.watches[1]?.query.get('resourceVersion')).toBe('8')
})

test('a server that comes back with an older state is listed again, or its watch would be silent', async () => {
  await using world = await setUp({}, [object('lost', 90), object('changed', 95)])
  world.api.version = 100
  await world.watching(1)
  world.events.length = 0
  world.api.objects = [object('changed', 20), object('restored', 30)]
  world.api.version = 40
  world.server.cut()
  await world.watching(2)
  expect(world.api.watches[1]?.query.get('resourceVersion')).toBe('40')
  await world.seen('MODIFIED changed 20', 'ADDED restored 30', 'DELETED lost 90')
})

test('a server that fails is asked again, ever more slowly, and is never the end', async () => {
  await using world = await setUp()
  let failures = 0
  world.api.intercept = ({ response }) => {
    if (failures >= 6) return false
    failures++
    response.writeHead(503).end()
    return true
  }
  const started = performance.now()
  await world.informer.synced
  // At the least half of 5 + 10 + 20 + 40 + 50 + 50 ms.
  expect(performance.now() - started).toBeGreaterThan(80)
  await eventually(() => expect(world.informer.lastError).toBeUndefined())
})

test('watches that end at once do not become a tight loop', async () => {
  await using world = await setUp()
  let watches = 0
  world.api.intercept = ({ query, response }) => {
    if (!query.has('watch')) return false
    watches++
    response.end()
    return true
  }
  await world.informer.synced
  const started = performance.now()
  await eventually(() => expect(watches).toBeGreaterThanOrEqual(6))
  expect(performance.now() - started).toBeGreaterThan(60)
})

describe('what is kept', () => {
  test('is frozen, transformed and found by index', async () => {
    const transform = (o: ApiObject): ApiObject => {
      delete o.metadata.managedFields
      return o
    }
    const labelled = (name: string, app: string): ApiObject => ({
      ...object(name, 1),
      metadata: { ...object(name, 1).metadata, labels: { app }, managedFields: [{}] },
    })
    await using world = await setUp({ transform }, [labelled('a', 'x'), labelled('b', 'y')])
    const { informer, api } = world
    informer.addIndex('app', ({ metadata }) => Object.values(metadata.labels ?? {}))
    await informer.synced
    const [a] = informer.byIndex('app', 'x')
    expect(a?.metadata).toEqual({ ...object('a', 1).metadata, labels: { app: 'x' } })
    expect(() => Object.assign(a?.metadata.labels ?? {}, { app: 'z' })).toThrow(TypeError)
    await world.watching(1)
    api.send('MODIFIED', {
      ...labelled('a', 'y'),
      metadata: { ...labelled('a', 'y').metadata, resourceVersion: '2' },
    })
    await eventually(() => expect(informer.byIndex('app', 'y')).toHaveLength(2))
    expect(informer.byIndex('app', 'x')).toEqual([])
    informer.addIndex('late', ({ metadata }) => [metadata.name])
    expect(informer.byIndex('late', 'b')).toHaveLength(1)
    expect(() => informer.byIndex('none', 'x')).toThrow('no index none')
  })

  test('reaches every handler, with the state before; one that throws does no harm', async () => {
    await using world = await setUp()
    const events: InformerEvent<ApiObject>[] = []
    world.informer.onChange(() => {
      throw new Error('handler')
    })
    const off = world.informer.onChange((event) => events.push(event))
    await world.watching(1)
    world.api.send('ADDED', object('a', 1))
    world.api.send('MODIFIED', object('a', 2))
    await eventually(() => expect(events).toHaveLength(2))
    expect(events[1]).toEqual({
      type: 'MODIFIED',
      object: object('a', 2),
      previous: object('a', 1),
    })
    off()
    world.api.send('DELETED', object('a', 3))
    await world.seen('ADDED a 1', 'MODIFIED a 2', 'DELETED a 3')
    expect(events).toHaveLength(2)
  })
})

test('waitForSync says whether it came to that', async () => {
  await using world = await setUp()
  expect(await world.informer.waitForSync(AbortSignal.timeout(5000))).toBe(true)
  const never = new Informer<ApiObject>({ client: {} as never, gvr, logger })
  expect(await never.waitForSync(AbortSignal.timeout(10))).toBe(false)
})
