import { type FieldError, forbidden, invalid } from '#apimachinery/errors/field-error.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { valueOrEmptied } from '#apimachinery/scheme/emptied.ts'
import { shownValue } from '#apimachinery/scheme/rules/go-value.ts'
import { isEqual } from './equality.ts'
import type { Strategy } from './strategy.ts'

/** A field that an update may not change. */
export interface FixedField {
  readonly path: string
  /** What the server calls it, where that is another name. */
  readonly at?: string
  /** Definition by which a struct is shown; without it the value is shown as it is. */
  readonly as?: string
  /** 'field is immutable' when absent. */
  readonly why?: string
  /** Shown for an absent value; null when absent here too. */
  readonly zero?: unknown
  /** The value is not shown. */
  readonly hidden?: true
  /** A list of which neither order nor number matters. */
  readonly isSet?: true
}

const fixed = (...paths: readonly string[]): FixedField[] => paths.map((path) => ({ path }))

const whole = (as: string): FixedField[] => [{ path: 'spec', as }]

const roleRef: readonly FixedField[] = [
  { path: 'roleRef', as: 'io.k8s.api.rbac.v1.RoleRef', why: 'cannot change roleRef' },
]

export const labelSelector = 'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector'

/** By `resource.group`, in the order in which they are looked at. */
const fixedFields: Readonly<Record<string, readonly FixedField[]>> = {
  'clusterrolebindings.rbac.authorization.k8s.io': roleRef,
  'rolebindings.rbac.authorization.k8s.io': roleRef,
  'controllerrevisions.apps': fixed('data'),
  'csidrivers.storage.k8s.io': [
    { path: 'spec.attachRequired', at: 'spec.attachedRequired' },
    ...fixed('spec.volumeLifecycleModes'),
  ],
  'csistoragecapacities.storage.k8s.io': fixed('nodeTopology', 'storageClassName'),
  'endpointslices.discovery.k8s.io': fixed('addressType'),
  'priorityclasses.scheduling.k8s.io': [
    { path: 'value', why: 'may not be changed in an update.', hidden: true },
    ...fixed('preemptionPolicy'),
  ],
  'ingressclasses.networking.k8s.io': [{ path: 'spec.controller', zero: '' }],
  resourcequotas: [{ path: 'spec.scopes', isSet: true }],
  'resourceclaims.resource.k8s.io': whole('io.k8s.api.resource.v1.ResourceClaimSpec'),
  'resourceclaimtemplates.resource.k8s.io': whole(
    'io.k8s.api.resource.v1.ResourceClaimTemplateSpec',
  ),
  'runtimeclasses.node.k8s.io': fixed('handler'),
  'storageclasses.storage.k8s.io': fixed(
    'parameters',
    'provisioner',
    'reclaimPolicy',
    'volumeBindingMode',
  ),
  'volumeattachments.storage.k8s.io': whole('io.k8s.api.storage.v1.VolumeAttachmentSpec'),
  'volumeattributesclasses.storage.k8s.io': [
    { path: 'driverName', why: 'updates to driverName are forbidden.', hidden: true },
    { path: 'parameters', why: 'updates to parameters are forbidden.', hidden: true },
  ],
}

const valueAt = (object: Readonly<ApiObject>, path: string): unknown =>
  path.split('.').reduce<unknown>((at, field) => (at as JsonObject | undefined)?.[field], object)

/** The struct that has the field, and the field's name in it. */
function ownerOf(object: Readonly<ApiObject>, path: string): [JsonObject, string] {
  const dot = path.lastIndexOf('.')
  const owner = dot < 0 ? object : valueAt(object, path.slice(0, dot))
  return [(owner ?? {}) as JsonObject, path.slice(dot + 1)]
}

const members = (list: unknown): unknown =>
  Array.isArray(list) ? Array.from(new Set(list), String).sort() : list

/** A field that differs between two states. */
export function fixedError(
  { path, at = path, as, why = 'field is immutable', hidden, isSet, zero = null }: FixedField,
  object: ApiObject,
  old: Readonly<ApiObject>,
): FieldError[] {
  const value = valueAt(object, path)
  const before = valueAt(old, path)
  if (isSet ? isEqual(members(value), members(before)) : isEqual(value, before)) return []
  if (hidden === true) return [forbidden(at, why)]
  if (as !== undefined && value !== undefined) {
    return [invalid(at, shownValue(as, value as JsonObject), why)]
  }
  const [owner, field] = ownerOf(object, path)
  return [invalid(at, valueOrEmptied(owner, field) ?? zero, why)]
}

/** What an update changes of what stays for ever. */
export const fixedFieldErrors = (
  { group, resource }: Pick<Strategy, 'group' | 'resource'>,
  object: ApiObject,
  old: Readonly<ApiObject>,
): FieldError[] =>
  (fixedFields[group === '' ? resource : `${resource}.${group}`] ?? []).flatMap((field) =>
    fixedError(field, object, old),
  )
