import { formatGroupResource as nameOf } from '#apimachinery/meta/group-version.ts'
import { listed, similarNames } from '#apimachinery/meta/name-hints.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
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

/** Says what is wrong with the federation's annotations to who writes them; once, and not again at writes that leave them as they are. */
export const federationAnnotations: AdmissionPlugin = {
  name: 'FederationAnnotations',
  validate(attributes) {
    const { subresource, object, warn } = attributes
    if (object === undefined || subresource !== '') return
    for (const text of mistakes(attributes)) warn(text)
  },
}
