import { formatGroupResource as nameOf } from '#apimachinery/meta/group-version.ts'
import { listed } from '#apimachinery/meta/name-hints.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { replicaShares, sentencesOf } from '#apimachinery/planner/replica-shares.ts'
import { type ClusterState, clusterState } from '#apimachinery/schema/cluster-state.ts'
import {
  type FederatedResource,
  federatedResources,
} from '#apimachinery/schema/federated-resources.ts'
import {
  type Cluster,
  federationSystemNamespace,
  isSystemNamespace,
} from '#apimachinery/schema/federation.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../registry/admission.ts'
import { isEqual } from '../registry/equality.ts'
import type { Store } from '../registry/store.ts'

const distributed: ReadonlyMap<string, FederatedResource> = new Map(
  Object.values(federatedResources).map((row) => [nameOf(row), row]),
)

/** Credentials of members belong there. */
const isCredential = (resource: string, namespace: string): boolean =>
  resource === 'secrets' && namespace === federationSystemNamespace

/** The namespace, of a new object that stays in the federation for it. */
function homeOf({ operation, object, namespace }: AdmissionAttributes, row: FederatedResource) {
  if (operation !== 'CREATE') return undefined
  const home = row.kind === 'Namespace' ? (object?.metadata.name ?? '') : namespace
  return isSystemNamespace(home) && !isCredential(row.resource, home) ? home : undefined
}

const staysAt = (home: string): string =>
  `namespace ${home} stays in the federation with all that is in it (${federationSystemNamespace} and kube-* are never distributed); what shall reach the clusters needs another namespace`

const numberAt = (object: Readonly<ApiObject>, path: readonly string[]): number => {
  const value = path.reduce<unknown>(
    (at, field) => (at as Readonly<Record<string, unknown>> | undefined)?.[field],
    object,
  )
  return typeof value === 'number' ? value : 1
}

interface Standing {
  readonly name: string
  readonly state: ClusterState
}

/** One that nobody has asked yet is no bad one: it has joined this moment. */
const whyClosed: Readonly<Partial<Record<ClusterState, string>>> = {
  Offline: 'is Offline',
  NotReady: 'is not Ready',
}

/** All clusters as the cache has them, in the order of names. */
async function standings(clusters: Store): Promise<Standing[]> {
  const { items } = await clusters.list('', { freshness: 'any' })
  return items.map(({ object }) => ({
    name: object.metadata.name,
    state: clusterState(object.status as Cluster['status']),
  }))
}

/** Why nothing has a place anywhere; undefined when there is a cluster that may take it. */
function noPlaceAtAll(clusters: readonly Standing[], total: number): string | undefined {
  const [first] = clusters
  if (first === undefined)
    return `no cluster is joined: ${total} of ${total} replicas have no place yet; join a cluster with kubefed join NAME`
  if (clusters.some(({ state }) => whyClosed[state] === undefined)) return undefined
  const states = listed(clusters.map(({ name, state }) => `${name} ${whyClosed[state]}`))
  return `no cluster is Ready: ${states}; replicas and changes wait until one is, and kubectl describe cluster ${first.name} says what is wrong`
}

/** What becomes of the replicas with the clusters of now. */
async function aboutReplicas(
  { namespace, object, old }: AdmissionAttributes,
  split: NonNullable<FederatedResource['replicas']>,
  clusters: Store,
): Promise<string[]> {
  if (object === undefined) return []
  const preferences = object.metadata.annotations?.[split.preferences]
  const isSaid = old !== undefined && old.metadata.annotations?.[split.preferences] === preferences
  if (isSaid && isEqual(object.spec, old.spec)) return []
  const total = numberAt(object, split.path)
  const all = await standings(clusters)
  const nowhere = total === 0 ? undefined : noPlaceAtAll(all, total)
  if (preferences === undefined) return nowhere === undefined ? [] : [nowhere]
  // Where replicas run they may stay, whatever the weight; how many do only the controllers know: all, at most.
  const before = old && numberAt(old, split.path)
  const { notes } = replicaShares({
    total,
    preferences,
    key: `${namespace}/${object.metadata.name}`,
    clusters: all.map(({ name, state }) => {
      const closed = whyClosed[state]
      return { name, closed, current: old && (closed === undefined ? total : before) }
    }),
  })
  if (nowhere === undefined) return sentencesOf(notes, split.preferences)
  const { unplaced: _, unknown, ...rest } = notes
  // With no cluster joined every name is unknown, and none need be wrong.
  const isKnown = unknown === undefined || all.length === 0
  const ofAnnotation = isKnown ? rest : { ...rest, unknown }
  return [nowhere, ...sentencesOf(ofAnnotation, split.preferences)]
}

/**
 * Says to who writes an object that it, or replicas of it, will have no place in any cluster. It is stored all the same: a cluster may
 * join, or come back. Nothing is said again of an object whose preferences and spec are what they were.
 */
export const federationPlacement = (clusters: Store): AdmissionPlugin => ({
  name: 'FederationPlacement',
  concerns: ({ resource, subresource }) =>
    (subresource === '' || subresource === 'scale') && distributed.has(nameOf(resource)),
  async validate(attributes) {
    const { resource, object, warn } = attributes
    if (object === undefined) return
    const row = distributed.get(nameOf(resource))
    if (row === undefined) return
    const home = homeOf(attributes, row)
    if (home !== undefined) return warn(staysAt(home))
    if (row.replicas === undefined || isSystemNamespace(attributes.namespace)) return
    for (const text of await aboutReplicas(attributes, row.replicas, clusters)) warn(text)
  },
})
