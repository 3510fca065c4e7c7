import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Backend } from '../backend.ts'
import type { Storage, StorageEvent, StoredObject } from '../interface.ts'
import { openStorage, type StorageOptions } from '../object-storage.ts'
import { Random } from './random.ts'
import { inParallel } from './watching.ts'

const logger = pino({ level: 'silent' })
const pods = '/registry/core/pods/'

/** Two ways to the same data: two connections to one etcd, or one backend twice. */
export interface BackendPair extends AsyncDisposable {
  readonly first: Backend
  readonly second: Backend
}

const pod = (name: string, fields: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', resourceVersion: '77' },
  ...fields,
})

const countOf = (object: StoredObject | undefined): number => Number(object?.object['count'] ?? 0)
const jsonOf = (object: StoredObject | undefined): unknown =>
  object && (JSON.parse(object.json.toString()) as unknown)

interface Fixture {
  readonly pair: () => BackendPair
  readonly storage: () => Storage
  /** Another one on the second backend; disposed at the end of the test. */
  readonly open: (options?: Partial<StorageOptions>) => Promise<Storage>
}

/** What Storage must do over any Backend. */
export function storageSuite(name: string, openPair: () => Promise<BackendPair>): void {
  describe(`storage: ${name}`, () => {
    let pair: BackendPair
    let opened: Storage[]
    const open = async (
      backend: Backend,
      options: Partial<StorageOptions> = {},
    ): Promise<Storage> => {
      const storage = await openStorage(backend, { logger, ...options })
      opened.push(storage)
      return storage
    }
    beforeEach(async () => {
      opened = []
      pair = await openPair()
      await open(pair.first)
    })
    afterEach(async () => {
      await Promise.all(opened.map((storage) => storage[Symbol.asyncDispose]()))
      await pair[Symbol.asyncDispose]()
    })
    const fixture: Fixture = {
      pair: () => pair,
      storage: () => opened[0] as Storage,
      open: (options) => open(pair.second, options),
    }
    describe('objects', () => describeObjects(fixture))
    describe('guaranteedUpdate', () => describeUpdates(fixture))
    describe('lists', () => describeLists(fixture))
    describe('watches', () => describeWatches(fixture))
    describe('replicas', () => describeReplicas(fixture))
  })
}

function describeObjects({ pair, storage, open }: Fixture): void {
  test('an object is kept without its type, with its resourceVersion first', async () => {
    const created = await storage().create(`${pods}shop/a`, pod('a', { spec: { x: 'ä' } }))
    const { revision } = created
    expect(created.json.toString()).toBe(
      `{"metadata":{"resourceVersion":"${revision}","name":"a","namespace":"shop"},"spec":{"x":"ä"}}`,
    )
    expect(created.object).toEqual(jsonOf(created))
    expect(Object.isFrozen(created.object.metadata)).toBe(true)
    const { kv } = await pair().first.get(`${pods}shop/a`)
    expect(kv?.value.toString()).not.toContain('resourceVersion')
    for (const freshness of ['latest', 'any', revision] as const) {
      expect(jsonOf(await storage().get(`${pods}shop/a`, freshness))).toEqual(jsonOf(created))
    }
  })

  test('metadata may be empty', async () => {
    const { json, revision } = await storage().create(`${pods}shop/a`, { metadata: {}, x: 1 })
    expect(json.toString()).toBe(`{"metadata":{"resourceVersion":"${revision}"},"x":1}`)
    const again = await storage().guaranteedUpdate(`${pods}shop/a`, () => ({ metadata: {}, x: 1 }))
    expect(again.object.revision).toBe(revision)
  })

  test('a taken key is refused', async () => {
    await storage().create(`${pods}shop/a`, pod('a'))
    await expect(storage().create(`${pods}shop/a`, pod('a'))).rejects.toMatchObject({
      code: 'KeyExists',
    })
  })

  test('an object above 1 MiB is refused', async () => {
    const large = pod('a', { data: 'x'.repeat(1024 * 1024) })
    await expect(storage().create(`${pods}shop/a`, large)).rejects.toMatchObject({
      code: 'TooLarge',
    })
    expect(await storage().get(`${pods}shop/a`, 'latest')).toBeUndefined()
  })

  test('an object with a lifetime is removed in time, also by one who was not there', async () => {
    const key = '/registry/core/events/shop/e'
    const { revision } = await storage().create(key, pod('e'), { ttlSeconds: 1 })
    expect((await pair().first.get(key)).kv?.value.toString()).toMatch(/^ttl=1,\d+;{"metadata":/)
    // Never removes anything itself: its timers are far away.
    const other = await open({ expiryIntervalMs: 50 })
    expect(jsonOf(await other.get(key, 'any'))).toMatchObject({ metadata: { name: 'e' } })
    const [event] = await take(other, '/registry/core/events/', revision, 1)
    expect(event).toMatchObject({ type: 'DELETE' })
    expect(await storage().get(key, 'latest')).toBeUndefined()
  })

  test('an update renews the lifetime', async () => {
    const key = '/registry/core/events/shop/e'
    await storage().create(key, pod('e'), { ttlSeconds: 3600 })
    await storage().guaranteedUpdate(key, () => pod('e', { count: 2 }))
    const { kv } = await pair().first.get(key)
    expect(kv?.value.toString()).toMatch(/^ttl=3600,\d+;{"metadata":.*"count":2/)
  })
}

function describeUpdates({ storage, open }: Fixture): void {
  const key = `${pods}shop/a`

  test('many counters at once lose no count', async () => {
    await storage().create(key, pod('a', { count: 0 }))
    const both = [storage(), await open()]
    await inParallel(160, 16, async (i) =>
      both[i % 2]?.guaranteedUpdate(key, (current) => pod('a', { count: countOf(current) + 1 })),
    )
    expect(countOf(await storage().get(key, 'latest'))).toBe(160)
  })

  test('no change is no write', async () => {
    const { revision } = await storage().create(key, pod('a', { count: 1 }))
    const same = await storage().guaranteedUpdate(key, (current) => current ?? 'delete')
    const equal = await storage().guaranteedUpdate(key, () => pod('a', { count: 1 }))
    expect([same.object.revision, equal.object.revision]).toEqual([revision, revision])
    expect(await storage().currentRevision()).toBe(revision)
  })

  test('creates what is missing, deletes what is there', async () => {
    const made = await storage().guaranteedUpdate(key, (current) => {
      expect(current).toBeUndefined()
      return pod('a', { count: 1 })
    })
    expect(made).toMatchObject({ deleted: false })
    const gone = await storage().guaranteedUpdate(key, () => 'delete')
    expect(gone).toMatchObject({ deleted: true, object: { revision: made.object.revision + 1 } })
    expect(jsonOf(gone.object)).toMatchObject({
      metadata: { name: 'a', resourceVersion: String(made.object.revision + 1) },
      count: 1,
    })
    expect(await storage().get(key, 'any')).toBeUndefined()
    const missing = storage().guaranteedUpdate(key, () => 'delete')
    await expect(missing).rejects.toMatchObject({ code: 'KeyNotFound' })
  })

  test('an expected revision must be the current one', async () => {
    const { revision } = await storage().create(key, pod('a'))
    const update = (expectedRevision: number): Promise<unknown> =>
      storage().guaranteedUpdate(key, () => pod('a', { n: expectedRevision }), { expectedRevision })
    await expect(update(revision - 1)).rejects.toMatchObject({ code: 'Conflict' })
    expect(await update(revision)).toMatchObject({ deleted: false })
    await expect(update(revision)).rejects.toMatchObject({ code: 'Conflict' })
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => update(revision + 1)))
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1)
  })

  test('what the update throws is passed on, but judged on the latest state only', async () => {
    const other = await open()
    await storage().create(key, pod('a', { count: 0 }))
    for (let count = 0; count < 50; count += 1) {
      const updated = await [storage(), other][count % 2]?.guaranteedUpdate(key, (current) => {
        if (current === undefined || countOf(current) !== count) throw new RangeError('stale')
        return pod('a', { count: count + 1 })
      })
      expect(countOf(updated?.object)).toBe(count + 1)
    }
    const refused = storage().guaranteedUpdate(key, () => {
      throw new RangeError('no')
    })
    await expect(refused).rejects.toThrow(RangeError)
  })
}

function describeLists({ pair, storage, open }: Fixture): void {
  const fill = async (count: number): Promise<void> => {
    await inParallel(count, 32, (i) =>
      storage().create(`${pods}n${i % 3}/p${i}`, pod(`p${i}`, { i })),
    )
    await storage().create('/registry/core/podtemplates/n0/t', pod('t'))
  }
  const names = (items: readonly StoredObject[]): string[] =>
    items.map((o) => o.object.metadata.name)

  test('by resource, by namespace and over everything, in order', async () => {
    await fill(30)
    const all = await storage().list(pods, { freshness: 'latest' })
    expect(all.items.map((o) => o.key)).toEqual(all.items.map((o) => o.key).toSorted())
    expect(all.items).toHaveLength(30)
    expect(all).not.toHaveProperty('next')
    expect((await storage().list(`${pods}n1/`, { freshness: 'latest' })).items).toHaveLength(10)
    expect((await storage().list('/registry/', { freshness: 'latest' })).items).toHaveLength(31)
    expect((await storage().list(`${pods}n9/`, { freshness: 'latest' })).items).toEqual([])
  })

  test('pages of one revision, from the cache or from the backend alike', async () => {
    await fill(50)
    const whole = await storage().list(pods, { freshness: 'latest' })
    // A history of one event: whatever is older must come from the backend.
    const limits = { ageMs: 0, softCount: 1, softBytes: 1, hardCount: 1, hardBytes: 1 }
    const forgetful = await open({ history: limits })
    for (const reader of [storage(), forgetful]) {
      let page = await reader.list(pods, {
        freshness: 'latest',
        exactRevision: whole.revision,
        limit: 7,
      })
      const items = [...page.items]
      for (let round = 0; page.next !== undefined; round += 1) {
        await storage().guaranteedUpdate(`${pods}n0/p${3 * round}`, () => 'delete')
        await storage().guaranteedUpdate(`${pods}n1/p${3 * round + 1}`, () => pod('changed'))
        await storage().guaranteedUpdate(`${pods}n1/new${round}`, () => pod('new'))
        const { next: after } = page
        page = await reader.list(pods, {
          freshness: 'any',
          exactRevision: whole.revision,
          limit: 7,
          after,
        })
        expect(page.revision).toBe(whole.revision)
        items.push(...page.items)
      }
      expect(items.map((o) => o.json.toString())).toEqual(whole.items.map((o) => o.json.toString()))
      await restore(storage(), whole.items)
    }
    expect(await storage().list(pods, { freshness: 'any', limit: 7 })).toMatchObject({
      remaining: expect.any(Number) as number,
    })
  })

  test('a predicate chooses, and pages of it miss nothing', async () => {
    await fill(40)
    const even = (o: StoredObject): boolean => Number(o.object['i']) % 2 === 0
    const seen: string[] = []
    for (let after: string | undefined; ;) {
      const options = { freshness: 'latest' as const, limit: 6, predicate: even }
      const page = await storage().list(pods, { ...options, ...(after && { after }) })
      expect(page).not.toHaveProperty('remaining')
      seen.push(...names(page.items))
      after = page.next
      if (after === undefined) break
    }
    expect(seen.toSorted()).toEqual(Array.from({ length: 20 }, (_, i) => `p${2 * i}`).toSorted())
  })

  test('compacted revisions are refused, future ones waited for', async () => {
    await fill(10)
    const revision = await storage().currentRevision()
    const forgetful = await open({ futureRevisionMs: 30 })
    await pair().first.compact(revision)
    await expect(
      forgetful.list(pods, { freshness: 'any', exactRevision: revision - 5 }),
    ).rejects.toMatchObject({ code: 'Compacted' })
    await expect(forgetful.get(`${pods}n0/p0`, revision + 1)).rejects.toMatchObject({
      code: 'FutureRevision',
      revision,
    })
    const waiting = storage().get(`${pods}n0/late`, revision + 1)
    await storage().create(`${pods}n0/late`, pod('late'))
    expect((await waiting)?.object.metadata.name).toBe('late')
  })
}

function describeWatches({ storage, open }: Fixture): void {
  test('from any revision: every event in order, with what was before', async () => {
    const random = new Random(5)
    const base = await storage().currentRevision()
    const state = new Map<string, unknown>()
    const history: unknown[] = []
    for (let i = 0; i < 150; i += 1) {
      const key = `${random.pick([pods, '/registry/core/secrets/'])}n${random.below(2)}/${random.below(4)}`
      const previous = state.get(key)
      const doDelete = previous !== undefined && random.below(3) === 0
      const { object } = await storage().guaranteedUpdate(key, () =>
        doDelete ? 'delete' : pod('x', { i }),
      )
      const { revision } = object
      history.push({
        type: doDelete ? 'DELETE' : 'PUT',
        key,
        revision,
        now: jsonOf(object),
        previous,
      })
      state.set(key, doDelete ? undefined : jsonOf(object))
    }
    const other = await open()
    await other.list('/registry/', { freshness: 'latest' })
    for (const prefix of [pods, `${pods}n1/`, '/registry/core/', '/registry/']) {
      for (const since of [base, base + 1, base + 74, base + 149]) {
        const wanted = history.filter((e) => {
          const { key, revision } = e as { key: string; revision: number }
          return key.startsWith(prefix) && revision > since
        })
        const events = await take(storage(), prefix, since, wanted.length)
        const seen = events.map(({ type, revision, object, previous }) => ({
          type,
          key: object?.key,
          revision,
          now: jsonOf(object),
          previous: jsonOf(previous),
        }))
        expect(seen).toEqual(wanted)
      }
    }
    const tooOld = take(other, pods, base, 1)
    await expect(tooOld).rejects.toMatchObject({ code: 'Compacted' })
  })

  test('a watcher that falls behind the history is told, never skipped over', async () => {
    const limits = { ageMs: 0, softCount: 20, softBytes: 1e6, hardCount: 20, hardBytes: 1e6 }
    const short = await open({ history: limits })
    const controller = new AbortController()
    const watch = short.watch(pods, await short.currentRevision(), { signal: controller.signal })
    const events = watch[Symbol.asyncIterator]()
    const first = events.next()
    await short.create(`${pods}shop/0`, pod('0'))
    expect((await first).value).toHaveLength(1)
    await inParallel(30, 8, (i) => short.create(`${pods}shop/x${i}`, pod('x')))
    await expect(events.next()).rejects.toMatchObject({ code: 'Compacted' })
    controller.abort()
  })

  test('bookmarks come when nothing else does, and tell the revision reached', async () => {
    const quick = await open({ bookmarkMs: 20 })
    const since = await quick.currentRevision()
    const controller = new AbortController()
    const { signal } = controller
    const { revision } = await quick.create('/registry/core/secrets/shop/s', pod('s'))
    for await (const events of quick.watch(pods, since, { signal, bookmarks: true })) {
      expect(events).toMatchObject([{ type: 'BOOKMARK' }])
      if (events[0]?.revision === revision) controller.abort()
    }
  })

  test('a watch behind a revision that does not exist is told so', async () => {
    const { signal } = new AbortController()
    const { revision } = await storage().create(`${pods}shop/ahead`, pod('ahead'))
    const watch = storage()
      .watch(pods, revision + 1000, { signal })
      [Symbol.asyncIterator]()
    await expect(watch.next()).rejects.toMatchObject({ code: 'Compacted' })
  })

  test('a watch ends quietly with its signal, and with the storage', async () => {
    const controller = new AbortController()
    const other = await open()
    const ended = [
      take(storage(), pods, await storage().currentRevision(), 1, controller.signal),
      take(other, pods, await other.currentRevision(), 1),
    ]
    controller.abort()
    await other[Symbol.asyncDispose]()
    expect(await Promise.all(ended)).toEqual([[], []])
  })
}

function describeReplicas({ storage, open }: Fixture): void {
  test('neither answers older than a write that either has acknowledged', async () => {
    const replicas = [storage(), await open()]
    const key = `${pods}shop/shared`
    await storage().create(key, pod('shared', { count: 0 }))
    let acknowledged = 0
    const write = async (i: number): Promise<void> => {
      const { object } = (await replicas[i % 2]?.guaranteedUpdate(key, (current) =>
        pod('shared', { count: countOf(current) + 1 }),
      )) ?? { object: undefined }
      acknowledged = Math.max(acknowledged, countOf(object))
    }
    const read = async (i: number): Promise<void> => {
      const atLeast = acknowledged
      const replica = replicas[i % 2]
      const got = await replica?.get(key, 'latest')
      expect(countOf(got)).toBeGreaterThanOrEqual(atLeast)
      const listed = await replica?.list(`${pods}shop/`, { freshness: 'latest' })
      expect(countOf(listed?.items[0])).toBeGreaterThanOrEqual(countOf(got))
    }
    await Promise.all([inParallel(400, 4, write), inParallel(2000, 8, read)])
    expect(acknowledged).toBe(400)
  })

  test('a write acknowledged by one is in the very next read of the other', async () => {
    const other = await open()
    for (let i = 0; i < 200; i += 1) {
      const [writer, reader] = i % 2 === 0 ? [storage(), other] : [other, storage()]
      const { revision } = await writer.create(`${pods}shop/p${i}`, pod(`p${i}`))
      expect((await reader.get(`${pods}shop/p${i}`, 'latest'))?.revision).toBe(revision)
      expect((await reader.list(pods, { freshness: 'latest' })).items).toHaveLength(i + 1)
    }
  })
}

/** The first `count` events after a revision; fewer when the watch ends before. */
async function take(
  storage: Storage,
  prefix: string,
  since: number,
  count: number,
  end?: AbortSignal,
): Promise<StorageEvent[]> {
  const taken: StorageEvent[] = []
  const controller = new AbortController()
  const signal = end ?? controller.signal
  if (count === 0) return taken
  for await (const events of storage.watch(prefix, since, { signal })) {
    taken.push(...events)
    if (taken.length >= count) break
  }
  return taken
}

/** Makes the objects as they were, under new revisions, and removes what was not among them. */
async function restore(storage: Storage, objects: readonly StoredObject[]): Promise<void> {
  const keys = new Set(objects.map((object) => object.key))
  for (const { key } of (await storage.list(pods, { freshness: 'latest' })).items) {
    if (!keys.has(key)) await storage.guaranteedUpdate(key, () => 'delete')
  }
  for (const { key, object } of objects) await storage.guaranteedUpdate(key, () => object)
}
