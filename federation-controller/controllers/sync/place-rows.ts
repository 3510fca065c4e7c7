import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { FederatedType } from '../../federated-types/federated-type.ts'
import { replicasOf } from '../../federation/desired-object.ts'
import type { MemberClusters } from '../../federation/member-clusters.ts'
import type { Placement, PlacementStore } from '../../federation/placement-store.ts'
import { replicaShares } from '../../scheduling/replica-shares.ts'
import { listed, type PlacementProblem } from '../../scheduling/placement-problem.ts'
import type { Entry } from './entry.ts'

interface Placing {
  readonly type: FederatedType
  readonly members: MemberClusters
  readonly placements: PlacementStore
}

/**
 * Brings the rows of an entry to what shall be: every cluster that answers takes part, and who has a row keeps it while
 * its Cluster exists, answering or not. Returns why that is not all that is wished, if it is not.
 */
export function placeRows(entry: Entry, placing: Placing): PlacementProblem | undefined {
  const { members, placements } = placing
  const { placement } = entry
  for (const cluster of placement.rows.keys()) {
    if (members.clusters.get(cluster) === undefined) placements.removeRow(placement, cluster)
  }
  const names = members.names()
  if (names.length === 0) return { reason: 'NoClusters', message: 'no cluster is joined' }
  if (placing.type.replicas !== undefined) return divide(entry, names, placing)
  for (const cluster of names) {
    if (!placement.rows.has(cluster) && members.answers(cluster))
      placements.setRow(placement, { cluster, state: 'Pending' })
  }
  return missing(names, placement)
}

function missing(names: readonly string[], { rows }: Placement): PlacementProblem | undefined {
  const without = names.filter((name) => !rows.has(name))
  if (without.length === 0) return undefined
  const why = listed(without.map((name) => `${name} has not answered yet`))
  const message = `${without.length} of ${names.length} clusters are without it: ${why}`
  return { reason: 'ClustersNotReady', message }
}

/** A change of shares must be on record before members hear of it: after a restart nothing moves without cause. */
function divide(
  entry: Entry,
  names: readonly string[],
  { type, members, placements }: Placing,
): PlacementProblem | undefined {
  const { placement, source } = entry
  const total = replicasOf(type, source)
  // Who comes and goes gets nothing more, as long as there is somebody better.
  const steady = names.filter((name) => members.isSteady(name))
  const growing = steady.length > 0 ? steady : names.filter((name) => members.answers(name))
  const { shares, problem } = replicaShares({
    total,
    preferences: preferencesOf(type, source),
    key: entry.key,
    clusters: names.map((name) => ({
      name,
      current: placement.rows.get(name)?.replicas,
      mayGrow: growing.includes(name),
    })),
  })
  for (const cluster of names) {
    if (!placement.rows.has(cluster) && !members.answers(cluster)) continue
    const replicas = shares.get(cluster) ?? 0
    if (setShare(placement, { cluster, replicas, total, placements })) entry.mustFlush = true
  }
  return problem
}

/** True when the row has changed. A cluster that gets none of some replicas needs no object. */
function setShare(
  placement: Placement,
  share: { cluster: string; replicas: number; total: number; placements: PlacementStore },
): boolean {
  const { cluster, replicas, total, placements } = share
  const row = placement.rows.get(cluster)
  if (row === undefined) {
    if (replicas === 0 && total > 0) return false
    placements.setRow(placement, { cluster, state: 'Pending', replicas })
    return true
  }
  if (row.replicas === replicas) return false
  placements.setRow(placement, { ...row, replicas })
  return true
}

const preferencesOf = ({ replicas }: FederatedType, source: ApiObject): string | undefined =>
  replicas === undefined ? undefined : source.metadata.annotations?.[replicas.preferences]
