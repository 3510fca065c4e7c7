import { fnv1 } from './fnv.ts'
import { giveByHighestAverages, type Share } from './highest-averages.ts'
import type { ClusterPreference, ReplicaPreferences } from './preferences.ts'

export interface PlanInput {
  readonly preferences: ReplicaPreferences
  readonly replicas: number
  /** Names of the clusters that can be used; their order does not matter. */
  readonly clusters: readonly string[]
  /** Replicas that run in each cluster; absent: the object is not there. */
  readonly current?: Readonly<Record<string, number>>
  /** How many replicas would fit into a cluster; absent: as many as you like. */
  readonly capacity?: Readonly<Record<string, number>>
  /** `namespace/name` of the object: lets objects with few replicas fall on different clusters. */
  readonly key: string
}

export interface PlanResult {
  /** One entry a cluster, 0 included. */
  readonly plan: Readonly<Record<string, number>>
  /** Replicas that a cluster should have beyond its capacity; they start there when room appears. No zeros. */
  readonly overflow: Readonly<Record<string, number>>
  /** Replicas that are in nobody's plan: maxima, capacities or weights leave them no place. */
  readonly unplaced: number
}

interface Candidate {
  readonly name: string
  readonly weight: number
  readonly hash: number
  readonly minimum: number
  readonly maximum: number
  readonly capacity: number
  /** What runs there and may stay. */
  readonly kept: number
}

const own = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined

function candidateOf(
  name: string,
  preference: ClusterPreference,
  { preferences, current, capacity, key }: PlanInput,
): Candidate {
  const room = own(capacity, name) ?? Infinity
  const maximum = preference.maxReplicas ?? Infinity
  const running = preferences.rebalance ? 0 : (own(current, name) ?? 0)
  return {
    name,
    weight: preference.weight ?? 0,
    hash: fnv1(name + key),
    minimum: Math.min(preference.minReplicas ?? 0, maximum, room),
    maximum,
    capacity: room,
    kept: Math.min(running, maximum, room),
  }
}

const byHash = (a: Candidate, b: Candidate): number => a.hash - b.hash || (a.name < b.name ? -1 : 1)

/**
 * Divides replicas among clusters: first the minimums, heavier clusters first; then what runs and may stay (unless
 * preferences say to rebalance); then each further replica to the largest weight / (2n + 1), n counting from the minimum.
 * With too many running, those of the smallest quotient go. Ties are settled by a hash of cluster and key.
 *
 * One replica more never takes one away anywhere, one less never adds one, and a plan that is reached is kept.
 */
export function plan(input: PlanInput): PlanResult {
  const { preferences, clusters } = input
  const names = [...new Set(clusters)]
  const everyOther = own(preferences.clusters, '*')
  const candidates = names
    .flatMap((name) => {
      const preference = own(preferences.clusters, name) ?? everyOther
      return preference === undefined ? [] : [candidateOf(name, preference, input)]
    })
    .sort(byHash)
  const replicas = Math.max(0, Math.floor(input.replicas))
  const counts = divide(candidates, replicas, ({ maximum, capacity }) =>
    Math.min(maximum, capacity),
  )
  const placed = new Map(candidates.map(({ name }, index) => [name, counts[index] ?? 0]))
  const unplaced = replicas - counts.reduce((sum, count) => sum + count, 0)
  return {
    plan: Object.fromEntries(names.map((name) => [name, placed.get(name) ?? 0])),
    overflow: overflowOf(candidates, { replicas, unplaced, isTrimmed: !preferences.rebalance }),
    unplaced,
  }
}

/** Replicas of each candidate, in the candidates' order. */
function divide(
  candidates: readonly Candidate[],
  replicas: number,
  limitOf: (candidate: Candidate) => number,
): number[] {
  const minimums = new Map<Candidate, number>()
  let left = replicas
  for (const candidate of candidates.toSorted((a, b) => b.weight - a.weight)) {
    const minimum = Math.min(candidate.minimum, left)
    minimums.set(candidate, minimum)
    left -= minimum
  }
  const shares = candidates.map((candidate): Share => {
    const base = minimums.get(candidate) ?? 0
    return { weight: candidate.weight, base, limit: Math.max(base, candidate.kept), count: base }
  })
  left = giveKept(shares, left)
  const open = shares.map((share, index): Share => {
    const candidate = candidates[index]
    const limit = candidate === undefined ? share.count : limitOf(candidate)
    return { ...share, limit: Math.max(share.count, limit) }
  })
  giveByHighestAverages(open, left)
  return open.map(({ count }) => count)
}

/** What runs stays; where that is too much, clusters without weight give first. Returns what is left to give. */
function giveKept(shares: readonly Share[], replicas: number): number {
  const left = giveByHighestAverages(shares, replicas)
  const weightless = shares
    .filter(({ weight }) => weight === 0)
    .map((share) => ({ share, equal: { ...share, weight: 1 } }))
  const rest = giveByHighestAverages(
    weightless.map(({ equal }) => equal),
    left,
  )
  for (const { share, equal } of weightless) share.count = equal.count
  return rest
}

/**
 * What each cluster would have if capacities did not count, beyond its capacity. Trimmed: only as much of it as is
 * planned nowhere else.
 */
function overflowOf(
  candidates: readonly Candidate[],
  how: { replicas: number; unplaced: number; isTrimmed: boolean },
): Record<string, number> {
  if (candidates.every(({ capacity }) => capacity === Infinity)) return {}
  const wanted = divide(candidates, how.replicas, ({ maximum }) => maximum)
  let left = how.isTrimmed ? how.unplaced : Infinity
  const overflow: [string, number][] = []
  for (const [index, { name, capacity }] of candidates.entries()) {
    const beyond = Math.min(left, (wanted[index] ?? 0) - capacity)
    if (beyond <= 0) continue
    overflow.push([name, beyond])
    left -= beyond
  }
  return Object.fromEntries(overflow)
}
