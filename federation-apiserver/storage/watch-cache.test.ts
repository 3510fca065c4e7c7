import { describe, expect, test } from 'vitest'
import type { BackendEvent } from './backend.ts'
import { batchesOf, type FollowOptions } from './follower.ts'
import { CachedObject, ParsedObjects } from './stored-object.ts'
import { WatchCache, type Change } from './watch-cache.ts'

const parsed = new ParsedObjects()
const stored = Buffer.from('{"metadata":{"name":"x"}}')
const key = (name: string): string => `/registry/core/pods/n/${name}`

const object = (name: string, revision: number): CachedObject =>
  new CachedObject({ key: key(name), revision, stored }, parsed)

const own = (name: string, revision: number): Change => ({
  key: key(name),
  revision,
  object: () => object(name, revision),
})

const event = (name: string, revision: number): BackendEvent => ({
  type: 'PUT',
  key: key(name),
  revision,
  value: stored,
})

const decode = ({ key: name, revision }: BackendEvent): CachedObject =>
  new CachedObject({ key: name, revision, stored }, parsed)

const watch = (cache: WatchCache, revision: number, options: FollowOptions) =>
  batchesOf((deliver) => cache.follow('/registry/core/pods/', revision, options, deliver))

async function seen(cache: WatchCache): Promise<number[]> {
  const revisions: number[] = []
  const controller = new AbortController()
  for await (const events of watch(cache, 0, controller)) {
    revisions.push(...events.map((e) => e.revision))
    controller.abort()
  }
  return revisions
}

describe('watch cache', () => {
  test('an own write next in line is applied at once, its later event is no news', async () => {
    const cache = new WatchCache()
    cache.applyOwn(own('a', 1))
    expect(cache.revision).toBe(1)
    cache.applyBatch([event('a', 1), event('b', 2)], 2, decode)
    expect(await seen(cache)).toEqual([1, 2])
  })

  test('an own write that is ahead waits for what comes before it', async () => {
    const cache = new WatchCache()
    cache.applyOwn(own('c', 3))
    expect(cache.get(key('c'))).toBeUndefined()
    cache.applyBatch([event('a', 1)], 1, decode)
    expect(cache.revision).toBe(1)
    cache.applyOwn(own('b', 2))
    expect(cache.revision).toBe(3)
    expect(await seen(cache)).toEqual([1, 2, 3])
  })

  test('a batch that ends before the own writes does not move the cache back', async () => {
    const cache = new WatchCache()
    for (const revision of [1, 2, 3]) cache.applyOwn(own('a', revision))
    cache.applyBatch([event('a', 1)], 1, decode)
    expect(cache.revision).toBe(3)
    cache.applyBatch([event('a', 2), event('a', 3)], 3, decode)
    expect(await seen(cache)).toEqual([1, 2, 3])
  })

  test('several events of one revision are all taken, once', async () => {
    const cache = new WatchCache()
    cache.applyBatch([event('a', 5), event('b', 5)], 5, decode)
    cache.applyBatch([event('a', 5), event('b', 5)], 5, decode)
    expect(await seen(cache)).toEqual([5, 5])
  })

  test('progress without events moves the cache and wakes who waits for it', async () => {
    const cache = new WatchCache()
    const waiting = cache.waitFor(7, { timeoutMs: 5000 })
    cache.applyBatch([], 7, decode)
    expect(await waiting).toBe(true)
    expect(await cache.waitFor(8, { timeoutMs: 1 })).toBe(false)
  })

  test('bookmarks come among events, too: a selector may let none of those through', async () => {
    const cache = new WatchCache()
    const controller = new AbortController()
    const { signal } = controller
    let revision = 0
    const write = (): void => cache.applyOwn(own('a', (revision += 1)))
    write()
    for await (const events of watch(cache, 0, { signal, bookmarkMs: 20 })) {
      if (events.at(-1)?.type === 'BOOKMARK') {
        expect(events.at(-1)?.revision).toBe(revision)
        controller.abort()
      }
      setImmediate(write)
    }
  })

  test('a new state ends the watches of the old one', async () => {
    const cache = new WatchCache()
    cache.applyOwn(own('a', 1))
    const { signal } = new AbortController()
    const next = watch(cache, 1, { signal })[Symbol.asyncIterator]().next()
    cache.replace([object('a', 1), object('b', 9)], 9)
    await expect(next).rejects.toMatchObject({ code: 'Compacted', revision: 9 })
    expect(cache.list('/registry/core/pods/', {}).items).toHaveLength(2)
  })

  test('a follower gets no more while it takes what it has; it ends when it says so, or throws', async () => {
    const cache = new WatchCache()
    const { signal } = new AbortController()
    const turns = Array.from({ length: 2 }, () => Promise.withResolvers<boolean>())
    const batches: number[][] = []
    const following = cache.follow('/registry/core/pods/', 0, { signal }, (events) => {
      batches.push(events.map(({ revision }) => revision))
      return turns[batches.length - 1]?.promise ?? false
    })
    for (const revision of [1, 2]) cache.applyOwn(own('a', revision))
    expect(batches).toEqual([])
    await new Promise(setImmediate)
    cache.applyOwn(own('b', 3))
    await new Promise(setImmediate)
    expect(batches).toEqual([[1, 2]])
    cache.applyOwn(own('b', 4))
    turns[0]?.resolve(true)
    await new Promise(setImmediate)
    expect(batches).toEqual([
      [1, 2],
      [3, 4],
    ])
    turns[1]?.resolve(false)
    await following
    cache.applyOwn(own('b', 5))
    const failing = cache.follow('/registry/core/pods/', 0, { signal }, () => {
      throw new Error('cannot take it')
    })
    await expect(failing).rejects.toThrow('cannot take it')
    await new Promise(setImmediate)
    expect(batches).toHaveLength(2)
  })
})
