import { plan } from '#apimachinery/planner/planner.ts'
import {
  equalPreferences,
  parsePreferences,
  type ReplicaPreferences,
} from '#apimachinery/planner/preferences.ts'
import { listed, type PlacementProblem } from './placement-problem.ts'

export interface SharingCluster {
  readonly name: string
  /** Replicas assigned before; undefined: it has no share yet. */
  readonly current: number | undefined
  /** False: it does not answer, or comes and goes. It keeps what it has, and gets nothing more. */
  readonly mayGrow: boolean
}

export interface ShareInput {
  readonly total: number
  /** The annotation; undefined when there is none. */
  readonly preferences: string | undefined
  /** `namespace/name`: settles ties, so that not every object begins with the same cluster. */
  readonly key: string
  readonly clusters: readonly SharingCluster[]
}

/** A share for every cluster, 0 included. The problem is for the user: it says what could not be done. */
export interface Shares {
  readonly shares: ReadonlyMap<string, number>
  readonly problem: PlacementProblem | undefined
}

/**
 * Splits replicas over clusters. What was assigned counts as running there, whether it could be seen or not: after a
 * restart, or with a cluster away, nothing moves without cause.
 */
export function replicaShares({ total, preferences, key, clusters }: ShareInput): Shares {
  const read = preferences === undefined ? equalPreferences : parsePreferences(preferences)
  const current: Record<string, number> = {}
  const capacity: Record<string, number> = {}
  for (const cluster of clusters) {
    if (cluster.current !== undefined) current[cluster.name] = cluster.current
    if (!cluster.mayGrow) capacity[cluster.name] = cluster.current ?? 0
  }
  const planned = plan({
    // Preferences that cannot be read move nothing.
    preferences: typeof read === 'string' ? equalPreferences : read,
    replicas: total,
    clusters: clusters.map(({ name }) => name),
    current,
    capacity,
    key,
  })
  return {
    shares: new Map(Object.entries(planned.plan)),
    problem: problemOf(read, { total, unplaced: planned.unplaced, clusters }),
  }
}

function problemOf(
  read: ReplicaPreferences | string,
  outcome: { total: number; unplaced: number; clusters: readonly SharingCluster[] },
): PlacementProblem | undefined {
  const { total, unplaced, clusters } = outcome
  if (typeof read === 'string') {
    const message = `replica preferences are not used: the annotation ${read}`
    return { reason: 'InvalidPreferences', message }
  }
  if (unplaced === 0) return undefined
  const why = listed(clusters.map((cluster) => whyNoMore(cluster, read)))
  return {
    reason: 'ReplicasUnplaced',
    message: `${unplaced} of ${total} replicas have no place: ${why}`,
  }
}

/** Why a cluster got no more than it has. */
function whyNoMore({ name, mayGrow }: SharingCluster, { clusters }: ReplicaPreferences): string {
  const preference = Object.hasOwn(clusters, name) ? clusters[name] : clusters['*']
  if (!mayGrow) return `${name} does not answer steadily`
  if (preference === undefined) return `${name} is not among the preferences`
  if ((preference.weight ?? 0) === 0) return `${name} has no weight`
  return `${name} may have ${preference.maxReplicas} at most`
}
