import { listed, similarNames } from '../meta/name-hints.ts'
import { type PlacementFinding, whollyPlaced } from './placement-finding.ts'
import { plan } from './planner.ts'
import {
  equalPreferences,
  fieldOfCluster,
  parsePreferences,
  type ReplicaPreferences,
} from './preferences.ts'

export interface SharingCluster {
  readonly name: string
  /** Replicas assigned before; undefined: it has no share yet. */
  readonly current: number | undefined
  /** Why it keeps what it has and gets nothing more, such as `is Offline`; absent: it may get more. */
  readonly closed?: string | undefined
}

export interface ShareInput {
  readonly total: number
  /** The annotation; undefined when there is none. */
  readonly preferences: string | undefined
  /** `namespace/name`: settles ties, so that not every object begins with the same cluster. */
  readonly key: string
  readonly clusters: readonly SharingCluster[]
}

/** What a user should know: parts of sentences, absent when there is nothing to say. */
export interface ShareNotes {
  /** Which fields of the preferences cannot be read, and what they must be. The preferences count as absent, all of them. */
  readonly unreadable?: string
  /** Which preferences are about a cluster that is not there, and which clusters are. */
  readonly unknown?: string
  /** How many replicas have no place, and of each cluster why. */
  readonly unplaced?: string
}

/** A share for every cluster, 0 included. */
export interface Shares {
  readonly shares: ReadonlyMap<string, number>
  readonly notes: ShareNotes
}

/**
 * Splits replicas over clusters. What was assigned counts as running there, whether it could be seen or not: after a
 * restart, or with a cluster away, nothing moves without cause. Preferences that are about none of the clusters (a name is misspelt, or not
 * joined yet) are no cause: replicas stay where they are, and more have no place.
 */
export function replicaShares({ total, preferences, key, clusters }: ShareInput): Shares {
  const read = preferences === undefined ? undefined : parsePreferences(preferences)
  const written = read?.preferences ?? equalPreferences
  const problems = read?.problems ?? []
  // Preferences that cannot be read move nothing.
  const used = problems.length === 0 ? written : equalPreferences
  const names = clusters.map(({ name }) => name)
  const holds = isAboutOthers(used, names)
  const current: Record<string, number> = {}
  const capacity: Record<string, number> = {}
  for (const cluster of clusters) {
    if (cluster.current !== undefined) current[cluster.name] = cluster.current
    if (holds || cluster.closed !== undefined) capacity[cluster.name] = cluster.current ?? 0
  }
  const sharing = { replicas: total, clusters: names, current, capacity, key }
  const planned = plan({ ...sharing, preferences: holds ? equalPreferences : used })
  const unknown = unknownClusters(written, names)
  const why = (): string => listed(clusters.map((cluster) => whyNoMore(cluster, used)))
  return {
    shares: new Map(Object.entries(planned.plan)),
    notes: {
      ...(problems.length === 0 ? {} : { unreadable: listed(problems, '; ') }),
      ...(unknown === undefined ? {} : { unknown }),
      ...(planned.unplaced === 0
        ? {}
        : { unplaced: `${planned.unplaced} of ${total} replicas have no place: ${why()}` }),
    },
  }
}

/** Sentences about an object whose preferences are in `annotation`, the worst first. */
export function sentencesOf(
  { unreadable, unknown, unplaced }: ShareNotes,
  annotation: string,
): string[] {
  const field = `metadata.annotations[${annotation}]`
  return [
    ...(unplaced === undefined ? [] : [unplaced]),
    ...(unreadable === undefined
      ? []
      : [`${field}: ${unreadable}; replicas are placed as without this annotation`]),
    ...(unknown === undefined ? [] : [`${field}: ${unknown}`]),
  ]
}

/** All notes as one finding. */
export function findingOf(notes: ShareNotes, annotation: string): PlacementFinding {
  const message = sentencesOf(notes, annotation).join('; ')
  if (notes.unplaced !== undefined) return { placed: false, reason: 'ReplicasUnplaced', message }
  if (notes.unreadable !== undefined) return { placed: true, reason: 'InvalidPreferences', message }
  return notes.unknown === undefined
    ? whollyPlaced
    : { placed: true, reason: 'UnknownCluster', message }
}

/** Whether preferences name clusters, and none that is there. */
function isAboutOthers({ clusters }: ReplicaPreferences, names: readonly string[]): boolean {
  const named = Object.keys(clusters)
  return named.length > 0 && named.every((name) => name !== '*' && !names.includes(name))
}

function unknownClusters(
  { clusters }: ReplicaPreferences,
  names: readonly string[],
): string | undefined {
  const unknown = Object.keys(clusters).filter((name) => name !== '*' && !names.includes(name))
  if (unknown.length === 0) return undefined
  // The first few: an annotation has room for very many.
  const meant = new Set(unknown.slice(0, 5).flatMap((name) => similarNames(name, names)))
  const hint = meant.size === 0 ? '' : `; did you mean ${[...meant].join(' or ')}?`
  const joined = names.length === 0 ? 'none' : listed(names)
  const fields = listed(unknown.map(fieldOfCluster))
  return `${fields}: no Cluster has that name (joined: ${joined}${hint})`
}

/** Why a cluster got no more than it has. */
function whyNoMore({ name, closed }: SharingCluster, { clusters }: ReplicaPreferences): string {
  const preference = Object.hasOwn(clusters, name) ? clusters[name] : clusters['*']
  if (closed !== undefined) return `${name} ${closed}`
  if (preference === undefined) return `${name} is not among the preferences`
  if ((preference.weight ?? 0) === 0) return `${name} has no weight`
  return `${name} may have ${preference.maxReplicas} at most`
}
