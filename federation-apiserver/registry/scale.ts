import {
  newBadRequest,
  newConflict,
  newInternalError,
  newInvalid,
} from '#apimachinery/errors/status-error.ts'
import { invalid } from '#apimachinery/errors/field-error.ts'
import { parseGroupVersion } from '#apimachinery/meta/group-version.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { modifiedMessage } from './status-of.ts'
import type { SelectableObject } from './strategy.ts'

export const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const

/** What tables and messages know of a Scale, which is no resource of its own. */
export const scaleInfo = {
  group: 'autoscaling',
  resource: 'scales',
  kind: 'Scale',
  hub: { group: 'autoscaling' },
} as const

interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

const operators: Readonly<Record<string, string>> = { In: 'in', NotIn: 'notin' }

/** A label selector as text, sorted by key, as Scale's status gives it. */
export function selectorText(selector: LabelSelector): string {
  const parts = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    text: `${key}=${value}`,
  }))
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    if (operator === 'Exists') parts.push({ key, text: key })
    else if (operator === 'DoesNotExist') parts.push({ key, text: `!${key}` })
    else
      parts.push({
        key,
        text: `${key} ${operators[operator] ?? ''} (${values.toSorted().join(',')})`,
      })
  }
  return parts
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map((part) => part.text)
    .join(',')
}

/** ReplicationControllers select by a plain map, the others by a LabelSelector. */
function selectorOf(spec: JsonObject): string {
  const selector = (spec['selector'] ?? {}) as LabelSelector
  const plain = Object.values(selector).every((value) => typeof value === 'string')
  return selectorText(plain ? { matchLabels: selector as Record<string, string> } : selector)
}

/** Where an object has what Scale shows: paths of field names. */
export interface ScalePaths {
  readonly replicas: readonly string[]
  readonly statusReplicas: readonly string[]
  /** Of a selector as text; workloads have theirs in spec.selector. */
  readonly selector?: readonly string[]
}

export const workloadScale: ScalePaths = {
  replicas: ['spec', 'replicas'],
  statusReplicas: ['status', 'replicas'],
}

const valueAt = (object: object, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, field) =>
      typeof value === 'object' && value !== null ? (value as JsonObject)[field] : undefined,
    object,
  )

function setAt(object: JsonObject, [field = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    if (value === undefined) delete object[field]
    else object[field] = value
    return
  }
  const inner = { ...(object[field] as JsonObject | undefined) }
  object[field] = inner
  setAt(inner, rest, value)
}

/** The autoscaling/v1 Scale of an object. */
export function scaleOf(object: SelectableObject, paths: ScalePaths = workloadScale): ApiObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const replicas = valueAt(object, paths.replicas)
  if (paths !== workloadScale && typeof replicas !== 'number') {
    const field = `.${paths.replicas.join('.')}`
    throw newInternalError(`the spec replicas field ${JSON.stringify(field)} does not exist`)
  }
  const text = paths.selector === undefined ? undefined : valueAt(object, paths.selector)
  const isWorkload = paths === workloadScale
  const selector = isWorkload ? selectorOf(object.spec ?? {}) : typeof text === 'string' ? text : ''
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: typeof replicas === 'number' && replicas !== 0 ? { replicas } : {},
    status: {
      replicas: valueAt(object, paths.statusReplicas) ?? 0,
      ...(selector === '' ? {} : { selector }),
    },
  }
}

/** What a Scale has of an object for who may own it: no replicas are no field of it. */
export const shownByScale = (object: ApiObject, paths: ScalePaths = workloadScale): ApiObject => {
  if (valueAt(object, paths.replicas) !== 0) return object
  const shown = { ...object }
  setAt(shown, paths.replicas, undefined)
  return shown
}

/** The object with the replicas of a Scale, whose preconditions are checked here. Changes and returns `object`. */
export function withScale(
  object: ApiObject,
  scale: ApiObject,
  paths: ScalePaths = workloadScale,
): ApiObject {
  const replicas = scale.spec?.['replicas'] ?? 0
  const { resourceVersion = '', uid = '' } = scale.metadata
  if (typeof replicas !== 'number') throw newBadRequest('spec.replicas must be a number')
  if (replicas < 0 && paths !== workloadScale) {
    const why = 'should be a non-negative integer'
    const error = invalid(`.${paths.replicas.join('.')}`, replicas, why)
    const { group } = parseGroupVersion(object.apiVersion)
    throw newInvalid({ group, kind: object.kind }, object.metadata.name, [error])
  }
  if (replicas < 0) {
    const error = invalid('spec.replicas', replicas, 'must be greater than or equal to 0')
    throw newInvalid({ group: 'autoscaling', kind: 'Scale' }, object.metadata.name, [error])
  }
  if (resourceVersion !== '' && resourceVersion !== object.metadata.resourceVersion) {
    const subject = { group: 'autoscaling', resource: 'scales' }
    throw newConflict(subject, object.metadata.name, modifiedMessage)
  }
  object.metadata.resourceVersion = resourceVersion
  object.metadata.uid = uid === '' ? (object.metadata.uid ?? '') : uid
  setAt(object, paths.replicas, replicas)
  return object
}
