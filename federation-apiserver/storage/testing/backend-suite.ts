import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { maxValueBytes, type Backend, type BackendEvent, type TxnResult } from '../backend.ts'
import type { StorageError } from '../errors.ts'
import { ModelStore } from './model-store.ts'
import { Random } from './random.ts'
import { collect, comparable, comparableKeyValue, inParallel } from './watching.ts'

const bytes = (text: string): Buffer => Buffer.from(text)

function revisionOf(outcome: TxnResult): number {
  expect(outcome.succeeded).toBe(true)
  return outcome.revision
}

const failure = (code: string): unknown => expect.objectContaining({ name: 'StorageError', code })

/** What every Backend must do. `open` gives one with no keys; its revisions may begin anywhere. */
export function backendSuite(name: string, open: () => Promise<Backend>): void {
  describe(`backend conformance: ${name}`, () => {
    let backend: Backend
    beforeEach(async () => {
      backend = await open()
    })
    afterEach(() => backend[Symbol.asyncDispose]())

    const create = async (key: string, value = 'x'): Promise<number> =>
      revisionOf(await backend.putIf(key, bytes(value), 0))

    const writeTests = { backend: () => backend, create }
    describe('writes', () => describeWrites(writeTests))
    describe('watches', () => describeWatches(writeTests))
    describe('history', () => describeHistory(writeTests))
  })
}

interface Fixture {
  readonly backend: () => Backend
  readonly create: (key: string, value?: string) => Promise<number>
}

function describeWrites({ backend, create }: Fixture): void {
  test('create, replace and delete take one revision each', async () => {
    const first = await create('/a', 'one')
    expect(await backend().get('/a')).toMatchObject({
      kv: { key: '/a', modRevision: first, createRevision: first },
      revision: first,
    })
    const second = revisionOf(await backend().putIf('/a', bytes('two'), first))
    const { kv } = await backend().get('/a')
    expect(kv?.value.toString()).toBe('two')
    expect(kv).toMatchObject({ modRevision: second, createRevision: first })
    const third = revisionOf(await backend().deleteIf('/a', second))
    expect([second, third]).toEqual([first + 1, first + 2])
    expect(await backend().get('/a')).toEqual({ kv: undefined, revision: third })
    const fourth = await create('/a', 'again')
    expect((await backend().get('/a')).kv?.createRevision).toBe(fourth)
  })

  test('a refused write changes nothing and answers the current state', async () => {
    const revision = await create('/a', 'one')
    for (const outcome of [
      await backend().putIf('/a', bytes('two'), 0),
      await backend().putIf('/a', bytes('two'), revision + 7),
      await backend().deleteIf('/a', revision - 1),
    ]) {
      expect(outcome).toMatchObject({ succeeded: false, current: { modRevision: revision } })
    }
    for (const outcome of [
      await backend().putIf('/missing', bytes('x'), revision),
      await backend().deleteIf('/missing', revision),
    ]) {
      expect(outcome).toMatchObject({ succeeded: false, current: undefined })
    }
    expect(await backend().currentRevision()).toBe(revision)
  })

  test('of many who create one key exactly one succeeds', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, i) => backend().putIf('/race', bytes(`${i}`), 0)),
    )
    const winners = outcomes.flatMap((outcome, i) => (outcome.succeeded ? [i] : []))
    expect(winners).toHaveLength(1)
    expect((await backend().get('/race')).kv?.value.toString()).toBe(`${winners[0]}`)
  })

  test('many writers count one key up and no count is lost', async () => {
    const won: number[] = []
    const base = await create('/counter', '0')
    await inParallel(8, 8, async () => {
      let [expected, count] = [base, 0]
      for (let wins = 0; wins < 20;) {
        const outcome = await backend().putIf('/counter', bytes(`${count + 1}`), expected)
        if (outcome.succeeded) {
          won.push(outcome.revision)
          wins += 1
          ;[expected, count] = [outcome.revision, count + 1]
        } else {
          ;[expected, count] = [
            outcome.current?.modRevision ?? 0,
            Number(outcome.current?.value.toString()),
          ]
        }
      }
    })
    expect(new Set(won).size).toBe(160)
    expect((await backend().get('/counter')).kv?.value.toString()).toBe('160')
  })

  test('a value of 1 MiB is kept whole, one byte more is refused and leaves no trace', async () => {
    const value = Buffer.alloc(maxValueBytes, 0)
    for (let i = 0; i < value.length; i += 1) value[i] = i % 251
    const before = await backend().currentRevision()
    const revision = revisionOf(await backend().putIf('/big', value, 0))
    expect((await backend().get('/big')).kv?.value.equals(value)).toBe(true)
    const [event] = await collect(backend(), { since: before, until: revision })
    expect(event?.value?.equals(value)).toBe(true)
    const larger = Buffer.concat([value, bytes('x')])
    for (const [key, expected] of [
      ['/bigger', 0],
      ['/big', revision],
    ] as const) {
      await expect(backend().putIf(key, larger, expected)).rejects.toEqual(failure('TooLarge'))
    }
    expect(await backend().currentRevision()).toBe(revision)
  })

  test('a hundred large values at once', async () => {
    const value = Buffer.alloc(300_000, 7)
    await inParallel(100, 32, (i) => backend().putIf(`/large/${i}`, value, 0))
    const { kvs } = await backend().range('/large/')
    expect(kvs).toHaveLength(100)
    expect(kvs.every((kv) => kv.value.equals(value))).toBe(true)
  })

  test('the current revision is never below an acknowledged write', async () => {
    await inParallel(400, 32, async (i) => {
      const acknowledged = await create(`/k/${i}`)
      expect(await backend().currentRevision()).toBeGreaterThanOrEqual(acknowledged)
      const { kv, revision } = await backend().get(`/k/${i}`)
      expect(kv?.modRevision).toBe(acknowledged)
      expect(revision).toBeGreaterThanOrEqual(acknowledged)
    })
  })
}

function describeWatches({ backend, create }: Fixture): void {
  /** Writes over a few keys; answers the history. */
  const write = async (count: number, random: Random): Promise<ModelStore> => {
    const model = new ModelStore()
    for (let i = 0; i < count; i += 1) {
      const key = `/w/${random.pick(['a', 'b'])}/${random.below(4)}`
      const current = model.get(key)
      if (current !== undefined && random.below(3) === 0) {
        model.delete(key, revisionOf(await backend().deleteIf(key, current.modRevision)))
      } else {
        const value = bytes(`value ${i}`)
        model.put(
          key,
          value,
          revisionOf(await backend().putIf(key, value, current?.modRevision ?? 0)),
        )
      }
    }
    return model
  }

  test('from any revision on, every event comes in order', async () => {
    const base = await backend().currentRevision()
    const model = await write(60, new Random(1))
    const until = await backend().currentRevision()
    for (const prefix of ['', '/w/a/']) {
      for (let since = base; since < until; since += 7) {
        const events = await collect(backend(), { prefix, since, until })
        expect(comparable(events)).toEqual(comparable(model.since(prefix, since)))
      }
    }
  })

  test('several watchers see writes as they happen', async () => {
    const base = await backend().currentRevision()
    const total = 300
    const watchers = ['', '/w/', '/w/a/', '/w/b/', '/w/b/1'].map((prefix) => ({
      prefix,
      events: collect(backend(), { prefix, since: base, until: base + total }),
    }))
    const model = await write(total, new Random(2))
    await backend().currentRevision()
    for (const { prefix, events } of watchers) {
      expect(comparable(await events)).toEqual(comparable(model.since(prefix, base)))
    }
  })

  test('concurrent writers: no revision is missing or comes twice', async () => {
    const base = await backend().currentRevision()
    const watched = collect(backend(), { since: base, until: base + 1000 })
    await inParallel(1000, 64, (i) => create(`/k/${i}`))
    const revisions = (await watched).map((event) => event.revision)
    expect(revisions).toEqual(Array.from({ length: 1000 }, (_, i) => base + 1 + i))
  })

  test('a watch broken off again and again in 5,000 events goes on where it was', async () => {
    const base = await backend().currentRevision()
    const writing = inParallel(5000, 64, (i) => create(`/k/${i}`, `value ${i}`))
    const events: BackendEvent[] = []
    let since = base
    for (let breaks = 0; since < base + 5000; breaks += 1) {
      const controller = new AbortController()
      for await (const batch of backend().watchSince('/k/', since, controller.signal)) {
        events.push(...batch.events)
        since = batch.revision
        if (events.length >= (breaks + 1) * 400 || since >= base + 5000) controller.abort()
      }
    }
    await writing
    expect(events.map((e) => e.revision)).toEqual(
      Array.from({ length: 5000 }, (_, i) => base + 1 + i),
    )
    expect(new Set(events.map((e) => e.key)).size).toBe(5000)
  })

  test('progress is reported without events of the prefix', async () => {
    const base = await backend().currentRevision()
    const watching = collect(backend(), { prefix: '/quiet/', since: base, until: base + 3 })
    for (const key of ['/k/1', '/k/2', '/k/3']) await create(key)
    await backend().currentRevision()
    expect(await watching).toEqual([])
  })

  test('ends quietly when its signal aborts', async () => {
    const controller = new AbortController()
    const watch = backend().watchSince('/', await backend().currentRevision(), controller.signal)
    const ended = (async () => {
      for await (const batch of watch) expect(batch.events).toEqual([])
      return 'ended'
    })()
    controller.abort()
    expect(await ended).toBe('ended')
  })
}

function describeHistory({ backend, create }: Fixture): void {
  test('keys are ordered by their bytes', async () => {
    const keys = [
      '/o/a',
      '/o/B',
      '/o/ä',
      '/o/é/x',
      '/o/文',
      '/o/\u{ffee}',
      '/o/\u{1f600}',
      '/o/a/b',
    ]
    for (const key of keys) await create(key)
    await create('/p')
    const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const { kvs } = await backend().range('/o/')
    expect(kvs.map((kv) => kv.key)).toEqual(sorted)
    const behind = await backend().range('/o/', { after: sorted[5] ?? '' })
    expect(behind.kvs.map((kv) => kv.key)).toEqual(sorted.slice(6))
  })

  test('pages of 10,000 keys are of one revision while writes go on', async () => {
    const key = (i: number): string => `/page/${String(i).padStart(5, '0')}`
    await inParallel(10_000, 128, (i) => create(key(i), 'old'))
    const revision = await backend().currentRevision()
    let reading = true
    const writing = inParallel(8, 8, async (lane) => {
      for (let i = lane; reading && i < 10_000; i += 8) {
        const { kv } = await backend().get(key(i))
        const modRevision = kv?.modRevision ?? 0
        if (i % 3 === 0) await backend().deleteIf(key(i), modRevision)
        else await backend().putIf(key(i), bytes('new'), modRevision)
        await create(`/page/${String(i).padStart(5, '0')}-more`)
      }
    })
    const seen: string[] = []
    for (let after: string | undefined; ;) {
      const page = await backend().range('/page/', {
        limit: 700,
        revision,
        ...(after && { after }),
      })
      expect(page.revision).toBe(revision)
      expect(page.kvs.every((kv) => kv.value.toString() === 'old')).toBe(true)
      seen.push(...page.kvs.map((kv) => kv.key))
      after = page.kvs.at(-1)?.key
      if (!page.more) break
    }
    reading = false
    await writing
    expect(seen).toEqual(Array.from({ length: 10_000 }, (_, i) => key(i)))
  })

  test('what is compacted is refused, for reads and for watches', async () => {
    const revisions: number[] = []
    for (let i = 0; i < 10; i += 1) {
      const { kv } = await backend().get('/c')
      const outcome = await backend().putIf('/c', bytes(`${i}`), kv?.modRevision ?? 0)
      revisions.push(revisionOf(outcome))
    }
    const [early = 0, , , , floor = 0] = revisions
    const until = revisions.at(-1) ?? 0
    await backend().compact(floor)
    const refusal = expect.objectContaining({ code: 'Compacted', revision: floor }) as StorageError
    await expect(backend().range('/', { revision: early })).rejects.toEqual(refusal)
    await expect(collect(backend(), { since: early, until })).rejects.toEqual(refusal)
    const kept = await backend().range('/', { revision: floor })
    expect(kept.kvs.map((kv) => kv.value.toString())).toEqual(['4'])
    const events = await collect(backend(), { since: floor, until })
    expect(events.map((e) => e.value?.toString())).toEqual(['5', '6', '7', '8', '9'])
    expect((await backend().get('/c')).kv?.value.toString()).toBe('9')
  })

  test('a revision that does not exist yet is refused', async () => {
    const current = await create('/a')
    const refusal = expect.objectContaining({ code: 'FutureRevision', revision: current })
    await expect(backend().range('/', { revision: current + 1 })).rejects.toEqual(refusal)
  })

  test.each([11, 12, 13])('a random walk (seed %i) is what the model says', async (seed) => {
    const random = new Random(seed)
    const model = new ModelStore()
    let floor = await backend().currentRevision()
    let last = floor
    const keys = Array.from(
      { length: 12 },
      (_, i) => `/r/${i % 3}/${['a', 'b', 'é', '\u{1f600}'][i % 4] ?? ''}${i}`,
    )
    for (let step = 0; step < 400; step += 1) {
      const key = random.pick(keys)
      const current = model.get(key)
      const expected = random.below(5) === 0 ? random.below(last + 2) : (current?.modRevision ?? 0)
      const fits = expected === (current?.modRevision ?? 0)
      const doDelete = current !== undefined && random.below(3) === 0
      const value = bytes(`${seed} ${step}`)
      const outcome = doDelete
        ? await backend().deleteIf(key, expected)
        : await backend().putIf(key, value, expected)
      expect(outcome.succeeded).toBe(fits)
      if (outcome.succeeded) {
        expect(outcome.revision).toBe(last + 1)
        last = outcome.revision
        if (doDelete) model.delete(key, last)
        else model.put(key, value, last)
      } else {
        expect(outcome.current?.modRevision).toBe(current?.modRevision)
      }
      if (random.below(100) === 0) {
        floor += random.below(last - floor + 1)
        await backend().compact(floor)
      }
      if (random.below(8) === 0) await compareRange(backend(), model, { random, floor, last })
    }
    const events = await collect(backend(), { prefix: '/r/', since: floor, until: last })
    expect(comparable(events)).toEqual(comparable(model.since('/r/', floor)))
  })
}

/** Reads one random page at a random readable revision and holds it against the model. */
async function compareRange(
  backend: Backend,
  model: ModelStore,
  { random, floor, last }: { random: Random; floor: number; last: number },
): Promise<void> {
  const revision = floor + random.below(last - floor + 1)
  const prefix = random.pick(['/r/', '/r/1/', '/'])
  const limit = 1 + random.below(12)
  const all = model.range(prefix, revision)
  const after = all.length > 0 && random.below(2) === 0 ? random.pick(all).key : undefined
  const rest = all.slice(all.findIndex((kv) => kv.key === after) + 1)
  const page = await backend.range(prefix, { revision, limit, ...(after && { after }) })
  expect(page.kvs.map(comparableKeyValue)).toEqual(rest.slice(0, limit).map(comparableKeyValue))
  expect(page.more).toBe(rest.length > limit)
}
