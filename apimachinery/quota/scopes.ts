import type { JsonObject } from '../meta/object-meta.ts'
import { type GroupResource, usageOf } from './usage.ts'

interface ScopeRequirement {
  readonly scopeName: string
  /** Absent for a name in `scopes`, which stands for Exists. */
  readonly operator?: string
  readonly values?: readonly string[]
}

/** What a quota's spec says of the objects that it is about. */
export type QuotaScope = {
  readonly scopes?: readonly string[]
  readonly scopeSelector?: { readonly matchExpressions?: readonly ScopeRequirement[] }
}

interface Scoped {
  readonly spec?: Readonly<JsonObject>
  readonly status?: Readonly<JsonObject>
}

interface AffinityTerm {
  readonly namespaces?: readonly string[]
  readonly namespaceSelector?: object
  /** Of a preferred one. */
  readonly podAffinityTerm?: AffinityTerm
}

type PodAffinity = Readonly<Record<string, readonly AffinityTerm[] | undefined>>

type Matches = (object: Scoped, requirement: ScopeRequirement) => boolean

/** Set for each new Pod by the API server. */
const isBestEffort = ({ status }: Scoped): boolean => status?.['qosClass'] === 'BestEffort'

const isTerminating = ({ spec }: Scoped): boolean => spec?.['activeDeadlineSeconds'] !== undefined

const crosses = ({ podAffinityTerm, ...term }: AffinityTerm): boolean => {
  const { namespaces = [], namespaceSelector } = podAffinityTerm ?? term
  return namespaces.length > 0 || namespaceSelector !== undefined
}

function crossesNamespaces({ spec }: Scoped): boolean {
  const { podAffinity, podAntiAffinity } = (spec?.['affinity'] ?? {}) as Readonly<
    Record<string, PodAffinity | undefined>
  >
  return [podAffinity, podAntiAffinity]
    .flatMap((affinity) => [
      affinity?.['requiredDuringSchedulingIgnoredDuringExecution'] ?? [],
      affinity?.['preferredDuringSchedulingIgnoredDuringExecution'] ?? [],
    ])
    .some((terms) => terms.some(crosses))
}

/** Of the classes that an object names, one that is meant is enough; NotIn means no class, too. */
function meansClass(names: readonly string[], requirement: ScopeRequirement): boolean {
  const { operator = 'Exists', values = [] } = requirement
  switch (operator) {
    case 'In':
      return names.some((name) => values.includes(name))
    case 'NotIn':
      return names.length === 0 || names.some((name) => !values.includes(name))
    case 'DoesNotExist':
      return names.length === 0
    default:
      return names.length > 0
  }
}

const given = (names: readonly unknown[]): string[] =>
  names.filter((name) => typeof name === 'string').filter((name) => name !== '')

/** What a claim has, wants, and is changed to. */
function volumeClasses({ spec = {}, status = {} }: Scoped): string[] {
  const changing = (status['modifyVolumeStatus'] ?? {}) as Readonly<JsonObject>
  return given([
    spec['volumeAttributesClassName'],
    status['currentVolumeAttributesClassName'],
    changing['targetVolumeAttributesClassName'],
  ])
}

const ofPods: Readonly<Record<string, Matches>> = {
  Terminating: isTerminating,
  NotTerminating: (pod) => !isTerminating(pod),
  BestEffort: isBestEffort,
  NotBestEffort: (pod) => !isBestEffort(pod),
  PriorityClass: ({ spec }, requirement) =>
    meansClass(given([spec?.['priorityClassName']]), requirement),
  CrossNamespacePodAffinity: crossesNamespaces,
}

const ofClaims: Readonly<Record<string, Matches>> = {
  VolumeAttributesClass: (claim, requirement) => meansClass(volumeClasses(claim), requirement),
}

/** By resource of the core group: the scopes that its objects can be in. Objects of all other resources are in none. */
const scopesOf: Readonly<Record<string, Readonly<Record<string, Matches>>>> = {
  pods: ofPods,
  persistentvolumeclaims: ofClaims,
}

const requirementsOf = ({ scopes = [], scopeSelector }: QuotaScope): ScopeRequirement[] => [
  ...scopes.map((scopeName) => ({ scopeName })),
  ...(scopeSelector?.matchExpressions ?? []),
]

/** True when a quota is about some objects only. */
export const hasScopes = (quota: QuotaScope): boolean => requirementsOf(quota).length > 0

/**
 * True when a quota counts the object: it is in all of the quota's scopes. A quota without any counts every object.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-scopes
 */
export function isInScope(quota: QuotaScope, resource: GroupResource, object: Scoped): boolean {
  const known = resource.group === '' ? scopesOf[resource.resource] : undefined
  return requirementsOf(quota).every(
    (requirement) => known?.[requirement.scopeName]?.(object, requirement) ?? false,
  )
}

/** Of the core group; objects of all other resources count the same from the first day to the last. */
const changing: ReadonlySet<string> = new Set(['pods', 'services', 'persistentvolumeclaims'])

export const canChange = ({ group, resource }: GroupResource): boolean =>
  group === '' && changing.has(resource)

/**
 * A text that is another one when an object has come to count otherwise, so that quotas are counted again: a Pod that ends or is given a
 * deadline, a service of another type, a claim of another class.
 */
export const countsAs = (resource: GroupResource, object: Scoped): string =>
  canChange(resource)
    ? JSON.stringify([...usageOf(resource, object), isTerminating(object), volumeClasses(object)])
    : ''
