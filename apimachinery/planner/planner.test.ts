import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fnv1 } from './fnv.ts'
import { plan, type PlanInput } from './planner.ts'
import type { ClusterPreference } from './preferences.ts'

interface Recorded {
  plannerCases: {
    id: string
    input: {
      rebalance: boolean
      preferences: Record<string, ClusterPreference>
      replicas: number
      availableClusters: string[]
      currentReplicaCount: Record<string, number>
      estimatedCapacity: Record<string, number>
      replicaSetKey: string
    }
    expected: { plan: Record<string, number>; overflow: Record<string, number> }
  }[]
}

const recorded = JSON.parse(
  readFileSync(new URL('testdata/federation-v1.json', import.meta.url), 'utf8'),
) as Recorded

/** Federation v1 emptied a cluster although it was under its share. */
const corrected: Record<string, Record<string, number>> = {
  'TestEqualWithExisting/11': { A: 10, B: 40 },
}

describe('the plans of Federation v1', () => {
  test('are all there', () => {
    expect(recorded.plannerCases).toHaveLength(40)
  })

  test.each(recorded.plannerCases)('$id', ({ id, input, expected }) => {
    const result = plan({
      preferences: { rebalance: input.rebalance, clusters: input.preferences },
      replicas: input.replicas,
      clusters: input.availableClusters,
      current: input.currentReplicaCount,
      capacity: input.estimatedCapacity,
      key: input.replicaSetKey,
    })
    expect(result.plan).toEqual(corrected[id] ?? expected.plan)
    expect(result.overflow).toEqual(expected.overflow)
  })
})

/** mulberry32: the same numbers at every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

function randomInput(seed: number): PlanInput {
  const random = randomNumbers(seed)
  const clusters = Array.from({ length: 1 + random(8) }, (_, i) => `cluster-${i}`)
  const preferences: Record<string, ClusterPreference> = {}
  const preference = (): ClusterPreference => {
    const minReplicas = random(3) === 0 ? random(6) : 0
    return {
      weight: random(5) === 0 ? 0 : random(4) === 0 ? 1 + random(100) : 1 + random(4),
      ...(minReplicas === 0 ? {} : { minReplicas }),
      ...(random(4) === 0 ? { maxReplicas: minReplicas + random(15) } : {}),
    }
  }
  for (const name of clusters) if (random(3) === 0) preferences[name] = preference()
  if (random(4) > 0) preferences['*'] = preference()
  const some = (): Record<string, number> =>
    Object.fromEntries(clusters.filter(() => random(4) === 0).map((name) => [name, random(20)]))
  return {
    preferences: { rebalance: random(2) === 0, clusters: preferences },
    replicas: random(60),
    clusters,
    current: Object.fromEntries(
      clusters.filter(() => random(2) === 0).map((name) => [name, random(30)]),
    ),
    capacity: some(),
    key: `ns/object-${random(1000)}`,
  }
}

const inputs = Array.from({ length: 4000 }, (_, seed) => randomInput(seed))
const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)
const isNowhereLess = (
  after: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): boolean => Object.keys(before).every((name) => (after[name] ?? 0) >= (before[name] ?? 0))

/** The first of the inputs that breaks the rule, with what it gave: readable where thousands are tried. */
function firstBroken(holds: (input: PlanInput) => boolean): unknown {
  const input = inputs.find((candidate) => !holds(candidate))
  return input === undefined ? undefined : { input, result: plan(input) }
}

describe('whatever is asked', () => {
  test('one replica more takes none away, planned or overflowing', () => {
    expect(
      firstBroken((input) => {
        const before = plan(input)
        const after = plan({ ...input, replicas: input.replicas + 1 })
        return (
          isNowhereLess(after.plan, before.plan) && isNowhereLess(after.overflow, before.overflow)
        )
      }),
    ).toBeUndefined()
  })

  test('from a plan that is reached: the same again, more adds only, less takes only', () => {
    expect(
      firstBroken((input) => {
        const current = plan(input).plan
        const reached = { ...input, current }
        const same = plan(reached).plan
        const more = plan({ ...reached, replicas: input.replicas + 7 }).plan
        const less = plan({ ...reached, replicas: Math.max(0, input.replicas - 7) }).plan
        return (
          isNowhereLess(same, current) &&
          isNowhereLess(current, same) &&
          isNowhereLess(more, current) &&
          isNowhereLess(current, less)
        )
      }),
    ).toBeUndefined()
  })

  test('without minimums and rebalancing, too many replicas are only taken away', () => {
    expect(
      firstBroken((input) => {
        const clusters = Object.fromEntries(
          Object.entries(input.preferences.clusters).map(([name, { weight = 0 }]) => [
            name,
            { weight },
          ]),
        )
        const { current = {} } = input
        const kept = plan({ ...input, preferences: { rebalance: false, clusters }, capacity: {} })
        const running = Object.fromEntries(
          input.clusters
            .filter((name) => name in clusters || '*' in clusters)
            .map((name) => [name, current[name] ?? 0]),
        )
        return total(running) >= input.replicas
          ? isNowhereLess(running, kept.plan)
          : isNowhereLess(kept.plan, running)
      }),
    ).toBeUndefined()
  })

  test('the sum is right, and limits hold', () => {
    expect(
      firstBroken((input) => {
        const result = plan(input)
        const { clusters } = input.preferences
        const rules = input.clusters.map((name) => ({
          count: result.plan[name] ?? 0,
          preference: clusters[name] ?? clusters['*'],
          capacity: input.capacity?.[name] ?? Infinity,
          running: input.preferences.rebalance ? 0 : (input.current?.[name] ?? 0),
        }))
        const fits = rules.every(
          ({ count, preference, capacity }) =>
            count <= Math.min(preference?.maxReplicas ?? Infinity, capacity) &&
            (preference !== undefined || count === 0),
        )
        const minimumOf = (rule: (typeof rules)[number]): number =>
          Math.min(rule.preference?.minReplicas ?? 0, rule.capacity)
        const isEnough = rules.reduce((sum, rule) => sum + minimumOf(rule), 0) <= input.replicas
        const hasMinimums = !isEnough || rules.every((rule) => rule.count >= minimumOf(rule))
        const hasRoom = rules.some(
          ({ count, preference, capacity }) =>
            (preference?.weight ?? 0) > 0 &&
            count < Math.min(preference?.maxReplicas ?? Infinity, capacity),
        )
        const sum = total(result.plan) + result.unplaced === input.replicas
        return fits && hasMinimums && sum && (result.unplaced === 0 || !hasRoom)
      }),
    ).toBeUndefined()
  })

  test('overflow is beyond what fits, and without rebalancing never more than is missing', () => {
    expect(
      firstBroken((input) => {
        const { overflow, unplaced, plan: planned } = plan(input)
        return (
          Object.keys(overflow).every((name) => planned[name] === input.capacity?.[name]) &&
          (input.preferences.rebalance || total(overflow) <= unplaced)
        )
      }),
    ).toBeUndefined()
  })

  test('the order in which clusters are named does not matter', () => {
    expect(
      firstBroken((input) => {
        const turned = plan({ ...input, clusters: input.clusters.toReversed() })
        return (
          isNowhereLess(plan(input).plan, turned.plan) &&
          isNowhereLess(turned.plan, plan(input).plan)
        )
      }),
    ).toBeUndefined()
  })
})

test('hand-out one by one gives the same as all at once', () => {
  const preferences = {
    rebalance: true,
    clusters: {
      a: { weight: 7 },
      b: { weight: 3 },
      c: { weight: 3 },
      d: { weight: 1, maxReplicas: 4 },
    },
  }
  const counts: Record<string, number> = { a: 0, b: 0, c: 0, d: 0 }
  const order = Object.keys(counts).sort((x, y) => fnv1(`${x}k`) - fnv1(`${y}k`))
  for (let replicas = 1; replicas <= 200; replicas++) {
    const quotient = (name: string): number => {
      const { weight, maxReplicas } = preferences.clusters[name as 'd']
      const count = counts[name] ?? 0
      return count >= (maxReplicas ?? Infinity) ? -1 : weight / (2 * count + 1)
    }
    const next = order.reduce((best, name) => (quotient(name) > quotient(best) ? name : best))
    counts[next] = (counts[next] ?? 0) + 1
    const result = plan({ preferences, replicas, clusters: Object.keys(counts), key: 'k' })
    expect(result.plan).toEqual(counts)
  }
})

test('many clusters and replicas cost little', () => {
  const clusters = Array.from({ length: 200 }, (_, i) => `cluster-${i}`)
  const preferences = {
    rebalance: false,
    clusters: Object.fromEntries(
      clusters.map((name, i) => [name, { weight: 1 + (i % 13), maxReplicas: 1000 + i * 40 }]),
    ),
  }
  const started = performance.now()
  const first = plan({ preferences, replicas: 500_000, clusters, key: 'k' })
  const current = first.plan
  const second = plan({ preferences, replicas: 400_000, clusters, current, key: 'k' })
  expect(performance.now() - started).toBeLessThan(1000)
  expect([total(first.plan), total(second.plan)]).toEqual([500_000, 400_000])
  expect(isNowhereLess(current, second.plan)).toBe(true)
})

test('weights beyond 2^32 compare exactly', () => {
  const clusters = {
    a: { weight: Number.MAX_SAFE_INTEGER },
    b: { weight: Number.MAX_SAFE_INTEGER - 1 },
  }
  const result = plan({
    preferences: { rebalance: true, clusters },
    replicas: 1001,
    clusters: ['b', 'a'],
    key: '',
  })
  expect(result.plan).toEqual({ a: 501, b: 500 })
})

test.each([
  ['', 0x811c9dc5],
  ['a', 0x050c5d7e],
  ['foobar', 0x31f0b262],
])('fnv1(%o)', (text, hash) => {
  expect(fnv1(text)).toBe(hash)
})
