import { similarNames } from '#apimachinery/meta/name-hints.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { replicaShares, sentencesOf } from '#apimachinery/planner/replica-shares.ts'
import { federatedResources } from '#apimachinery/schema/federated-resources.ts'
import {
  adoptAnnotation,
  deleteLeftoversAnnotation,
  deploymentPreferencesAnnotation,
} from '#apimachinery/schema/federation.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../registry/admission.ts'
import { isEqual } from '../registry/equality.ts'
import type { Store } from '../registry/store.ts'

/** What users write; the others are programs' own. */
const switches = [adoptAnnotation, deleteLeftoversAnnotation]
const forUsers = [...switches, deploymentPreferencesAnnotation]

type Keyed = Readonly<Record<string, string>>

/** Of one annotation that is new, or has a new value. */
function misspelt(key: string, value: string): string | undefined {
  const field = `metadata.annotations[${key}]`
  if (switches.includes(key))
    return value === 'true' || value === 'false'
      ? undefined
      : `${field}: must be "true" or "false", and is ${JSON.stringify(value)}; it counts as "false"`
  if (forUsers.includes(key)) return undefined
  const [meant] = similarNames(key, forUsers)
  return meant === undefined
    ? undefined
    : `${field}: means nothing to the federation; did you mean ${meant}?`
}

const misspeltOf = (annotations: Keyed, before: Keyed): string[] =>
  Object.entries(annotations).flatMap(([key, value]) =>
    before[key] === value ? [] : (misspelt(key, value) ?? []),
  )

const splitOf = ({ group, resource }: { group: string; resource: string }) =>
  Object.values(federatedResources)
    .map((row) =>
      'replicas' in row && row.group === group && row.resource === resource
        ? row.replicas
        : undefined,
    )
    .find((replicas) => replicas !== undefined)

const numberAt = (object: Readonly<ApiObject>, path: readonly string[]): number => {
  const value = path.reduce<unknown>(
    (at, field) => (at as Readonly<Record<string, unknown>> | undefined)?.[field],
    object,
  )
  return typeof value === 'number' ? value : 1
}

/** What becomes of the replicas when the clusters of now all answer. */
async function aboutReplicas(
  { resource, namespace, object, old }: AdmissionAttributes,
  clusters: Store,
): Promise<string[]> {
  const split = splitOf(resource)
  const preferences = split && object?.metadata.annotations?.[split.preferences]
  if (object === undefined || split === undefined || preferences === undefined) return []
  const isSaid = old?.metadata.annotations?.[split.preferences] === preferences
  if (isSaid && isEqual(object.spec, old.spec)) return []
  const total = numberAt(object, split.path)
  const { items } = await clusters.list('', { freshness: 'any' })
  const names = items.map((stored) => stored.object.metadata.name).sort()
  // Where replicas run they may stay, whatever the weight; how many do only the controllers know: all, at most.
  const current = old === undefined ? undefined : total
  const { notes } = replicaShares({
    total,
    preferences,
    key: `${namespace}/${object.metadata.name}`,
    clusters: names.map((name) => ({ name, current, mayGrow: true })),
  })
  const { unplaced: _, ...ofAnnotation } = notes
  return sentencesOf(names.length === 0 ? ofAnnotation : notes, split.preferences)
}

/**
 * Says what is wrong with the federation's annotations to who writes them, and how many replicas they leave without a place. The object
 * is stored all the same: a cluster may join later. Nothing is said again of an object whose annotations and spec are what they were.
 */
export const federationAnnotations = (clusters: Store): AdmissionPlugin => ({
  name: 'FederationAnnotations',
  async validate(attributes) {
    const { subresource, object, old, warn } = attributes
    if (object === undefined || (subresource !== '' && subresource !== 'scale')) return
    const { annotations } = object.metadata
    if (annotations === undefined) return
    for (const text of misspeltOf(annotations, old?.metadata.annotations ?? {})) warn(text)
    for (const text of await aboutReplicas(attributes, clusters)) warn(text)
  },
})
