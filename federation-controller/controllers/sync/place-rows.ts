import { listed } from '#apimachinery/meta/name-hints.ts'
import { type PlacementFinding, whollyPlaced } from '#apimachinery/planner/placement-finding.ts'
import { findingOf, replicaShares } from '#apimachinery/planner/replica-shares.ts'
import type { ClusterPlacement } from '#apimachinery/schema/federation.ts'
import type { FederatedType } from '../../federated-types/federated-type.ts'
import { desiredShare, replicasOf } from '../../federation/desired-object.ts'
import type { MemberClusters } from '../../federation/member-clusters.ts'
import type { Placement, PlacementStore } from '../../federation/placement-store.ts'
import type { Entry } from './entry.ts'

interface Placing {
  readonly type: FederatedType
  readonly members: MemberClusters
  readonly placements: PlacementStore
  /** Whether a copy of ours is there already, as far as can be seen: of a cluster that was out and has joined again. */
  readonly hasCopy: (cluster: string) => boolean
}

/**
 * Brings the rows of an entry to what shall be: every cluster that answers takes part, and who has a row keeps it while
 * its Cluster exists, answering or not. Returns whether that is all that is wished, and if not, why.
 */
export function placeRows(entry: Entry, placing: Placing): PlacementFinding {
  const { members, placements } = placing
  const { placement } = entry
  for (const cluster of placement.rows.keys()) {
    if (members.clusters.get(cluster) === undefined) placements.removeRow(placement, cluster)
  }
  const names = members.names()
  if (names.length === 0) return noClusters
  const { replicas } = placing.type
  if (replicas !== undefined)
    return divide(entry, { names, annotation: replicas.preferences }, placing)
  for (const cluster of names) {
    if (!placement.rows.has(cluster) && members.answers(cluster))
      placements.setRow(placement, { cluster, state: 'Pending' })
  }
  return missing(names, placement)
}

/** The cluster has not what is wished now, as far as its row knows, and no reason for that is on record. */
export function isBehind({ placement, desired }: Entry, cluster: string): boolean {
  const row = placement.rows.get(cluster)
  if (row === undefined || row.message !== undefined) return false
  return row.hash !== desiredShare(placement.type, desired, row.replicas).hash
}

/** Rows that are behind are Pending until that is written; of a cluster that does not answer they say so. */
export function notePending(entry: Entry, { members, placements }: Placing): void {
  const { placement } = entry
  for (const [cluster, row] of placement.rows) {
    if (!isBehind(entry, cluster)) continue
    const pending = { ...row, state: 'Pending' } as const
    placements.setRow(placement, members.answers(cluster) ? pending : silent(pending))
  }
}

function silent(row: ClusterPlacement): ClusterPlacement {
  const has = row.hash === undefined ? 'nothing was written there yet' : 'it has an earlier version'
  const message = `the cluster does not answer; ${has}`
  return { ...row, reason: 'ClusterNotReady', message }
}

const noClusters: PlacementFinding = {
  placed: false,
  reason: 'NoClusters',
  message: 'no cluster is joined',
}

function missing(names: readonly string[], { rows }: Placement): PlacementFinding {
  const without = names.filter((name) => !rows.has(name))
  if (without.length === 0) return whollyPlaced
  const why = listed(without.map((name) => `${name} has not answered yet`))
  const message = `${without.length} of ${names.length} clusters are without it: ${why}`
  return { placed: false, reason: 'ClustersNotReady', message }
}

/** A change of shares must be on record before members hear of it: after a restart nothing moves without cause. */
function divide(
  entry: Entry,
  { names, annotation }: { names: readonly string[]; annotation: string },
  { type, members, placements, hasCopy }: Placing,
): PlacementFinding {
  const { placement, source } = entry
  const total = replicasOf(type, source)
  // Who comes and goes gets nothing more, as long as there is somebody better.
  const steady = names.filter((name) => members.isSteady(name))
  const growing = steady.length > 0 ? steady : names.filter((name) => members.answers(name))
  const { shares, notes } = replicaShares({
    total,
    preferences: source.metadata.annotations?.[annotation],
    key: entry.key,
    clusters: names.map((name) => ({
      name,
      current: placement.rows.get(name)?.replicas,
      closed: growing.includes(name) ? undefined : 'does not answer steadily',
    })),
  })
  for (const cluster of names) {
    if (!placement.rows.has(cluster) && !members.answers(cluster)) continue
    const replicas = shares.get(cluster) ?? 0
    const isNeeded = replicas > 0 || total === 0 || hasCopy(cluster)
    if (setShare(placement, { cluster, replicas, isNeeded, placements })) entry.mustFlush = true
  }
  return findingOf(notes, annotation)
}

/** True when the row has changed. A cluster that gets none of some replicas needs no object; one that is there already is brought to none. */
function setShare(
  placement: Placement,
  share: { cluster: string; replicas: number; isNeeded: boolean; placements: PlacementStore },
): boolean {
  const { cluster, replicas, isNeeded, placements } = share
  const row = placement.rows.get(cluster)
  if (row === undefined) {
    if (!isNeeded) return false
    placements.setRow(placement, { cluster, state: 'Pending', replicas })
    return true
  }
  if (row.replicas === replicas) return false
  placements.setRow(placement, { ...row, replicas })
  return true
}
