import { formatGroupResource as nameOf } from '#apimachinery/meta/group-version.ts'
import { listed, similarNames } from '#apimachinery/meta/name-hints.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { replicaShares, sentencesOf } from '#apimachinery/planner/replica-shares.ts'
import {
  type FederatedResource,
  federatedResources,
} from '#apimachinery/schema/federated-resources.ts'
import {
  adoptAnnotation,
  adoptedAnnotation,
  clusters as clusterResource,
  deleteLeftoversAnnotation,
} from '#apimachinery/schema/federation.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../registry/admission.ts'
import { isEqual } from '../registry/equality.ts'
import type { Store } from '../registry/store.ts'

type Keyed = Readonly<Record<string, string>>
type Resource = Pick<AdmissionAttributes['resource'], 'group' | 'resource'>

const distributed: readonly FederatedResource[] = Object.values(federatedResources)

/** What users write, and the resources for which that means something; other annotations of the federation are programs' own. */
const forUsers: ReadonlyMap<string, readonly string[]> = new Map([
  [adoptAnnotation, distributed.map(nameOf)],
  [deleteLeftoversAnnotation, [nameOf(clusterResource)]],
  ...distributed.flatMap((row): [string, string[]][] =>
    row.replicas === undefined ? [] : [[row.replicas.preferences, [nameOf(row)]]],
  ),
])
const switches = [adoptAnnotation, deleteLeftoversAnnotation]

/** Of one annotation that is new, or has a new value. */
function mistakeIn(resource: Resource, key: string, value: string): string | undefined {
  const meantFor = forUsers.get(key)
  if (meantFor === undefined) {
    // Looks much like the one for users, and is written on copies in members.
    if (key === adoptedAnnotation) return undefined
    const [similar] = similarNames(key, [...forUsers.keys()])
    return similar && `means nothing to the federation; did you mean ${similar}?`
  }
  if (!meantFor.includes(nameOf(resource)))
    return `means nothing on ${nameOf(resource)}; it is for ${listed(meantFor)}`
  if (switches.includes(key) && value !== 'true' && value !== 'false')
    return `must be "true" or "false", and is ${JSON.stringify(value)}; it counts as "false"`
  return undefined
}

const annotationsOf = (object: Readonly<ApiObject> | undefined): Keyed =>
  object?.metadata.annotations ?? {}

/** Annotations of Pods, where those of their Deployment are put by mistake. */
function templateAnnotationsOf(object: Readonly<ApiObject> | undefined): Keyed {
  const template = object?.spec?.['template'] as Partial<ApiObject> | undefined
  return template?.metadata?.annotations ?? {}
}

function mistakes({ resource, object, old }: AdmissionAttributes): string[] {
  const before = annotationsOf(old)
  const own = Object.entries(annotationsOf(object)).flatMap(([key, value]) => {
    const mistake = before[key] === value ? undefined : mistakeIn(resource, key, value)
    return mistake === undefined ? [] : [`metadata.annotations[${key}]: ${mistake}`]
  })
  const inTemplate = Object.keys(templateAnnotationsOf(object)).filter(
    (key) => forUsers.has(key) && templateAnnotationsOf(old)[key] === undefined,
  )
  return [
    ...own,
    ...inTemplate.map(
      (key) =>
        `spec.template.metadata.annotations[${key}]: means nothing there; did you mean metadata.annotations?`,
    ),
  ]
}

const splitOf = (resource: Resource): FederatedResource['replicas'] =>
  distributed.find((row) => nameOf(row) === nameOf(resource))?.replicas

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
    const { subresource, object, warn } = attributes
    if (object === undefined || (subresource !== '' && subresource !== 'scale')) return
    for (const text of mistakes(attributes)) warn(text)
    for (const text of await aboutReplicas(attributes, clusters)) warn(text)
  },
})
