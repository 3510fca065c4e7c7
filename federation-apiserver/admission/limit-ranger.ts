import { newForbidden } from '#apimachinery/errors/status-error.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { requestForWholePod } from '#apimachinery/schema/pod-resources.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../registry/admission.ts'
import type { Store } from '../registry/store.ts'
import { claimProblems, type Limit, podProblems } from './limit-problems.ts'
import { isPod, listOf, text } from './pods.ts'

const annotation = 'kubernetes.io/limit-ranger'

const isClaim = ({ resource, subresource }: AdmissionAttributes): boolean =>
  resource.group === '' && resource.resource === 'persistentvolumeclaims' && subresource === ''

/** New Pods, whose containers ask for the same from then on (`pods/resize` changes nothing here), and claims, but not those that go. */
const isLimited = (attributes: AdmissionAttributes): boolean =>
  attributes.operation === 'CREATE'
    ? isPod(attributes) || isClaim(attributes)
    : attributes.operation === 'UPDATE' &&
      isClaim(attributes) &&
      attributes.old?.metadata.deletionTimestamp === undefined

const containerKinds = [
  ['containers', 'container'],
  ['initContainers', 'init container'],
] as const

type Amounts = Readonly<Record<string, string>>

/** Adds what is absent; returns the names of what was added. */
function addDefaults(resources: JsonObject, field: string, defaults: Amounts): string[] {
  const given = (resources[field] ?? {}) as Amounts
  const names = Object.keys(defaults).filter((name) => given[name] === undefined)
  if (names.length > 0) resources[field] = { ...defaults, ...given }
  return names.sort()
}

/** Fills in what the containers of a new Pod leave open, and tells in an annotation what that was. */
function setDefaults(limits: readonly Limit[], pod: ApiObject): void {
  const ofContainers = limits.filter(({ type }) => type === 'Container')
  const all = (field: 'default' | 'defaultRequest'): Amounts =>
    Object.assign({}, ...ofContainers.map((limit) => limit[field])) as Amounts
  const [requests, most] = [all('defaultRequest'), all('default')]
  const told = containerKinds.flatMap(([field, kind]) =>
    listOf(pod.spec ?? {}, field).flatMap((container) => {
      const resources = { ...(container['resources'] as JsonObject | undefined) }
      const added = [
        [addDefaults(resources, 'requests', requests), 'request'],
        [addDefaults(resources, 'limits', most), 'limit'],
      ] as const
      if (added.some(([names]) => names.length > 0)) container['resources'] = resources
      return added
        .filter(([names]) => names.length > 0)
        .map(
          ([names, what]) => `${names.join(', ')} ${what} for ${kind} ${text(container, 'name')}`,
        )
    }),
  )
  if (told.length === 0) return
  if (pod.spec !== undefined) requestForWholePod(pod.spec)
  const { metadata } = pod
  const says = `LimitRanger plugin set: ${told.join('; ')}`
  metadata.annotations = { ...metadata.annotations, [annotation]: says }
}

/** Each problem once; several in brackets, as Go shows a list of errors. */
function whyOf(problems: readonly string[]): string {
  const [first = '', ...more] = new Set(problems)
  return more.length === 0 ? first : `[${[first, ...more].join(', ')}]`
}

/**
 * Containers get the default requests and limits of their namespace's LimitRanges, and containers, Pods and claims stay within the bounds.
 * https://kubernetes.io/docs/concepts/policy/limit-range/
 */
export const limitRanger = (limitRanges: Store): AdmissionPlugin => {
  const limitsIn = (namespace: string): (readonly Limit[])[] =>
    limitRanges
      .listCached(namespace)
      .map(({ object }) => listOf(object.spec ?? {}, 'limits') as unknown as readonly Limit[])
  return {
    name: 'LimitRanger',
    concerns: isLimited,
    admit(attributes) {
      const { object, namespace } = attributes
      if (object === undefined || !isPod(attributes)) return
      for (const limits of limitsIn(namespace)) setDefaults(limits, object)
    },
    validate(attributes) {
      const { object, namespace, resource } = attributes
      if (object === undefined) return
      const problemsOf = isPod(attributes) ? podProblems : claimProblems
      for (const limits of limitsIn(namespace)) {
        const problems = problemsOf(limits, object.spec ?? {})
        if (problems.length > 0) throw newForbidden(resource, object.metadata.name, whyOf(problems))
      }
    },
  }
}
