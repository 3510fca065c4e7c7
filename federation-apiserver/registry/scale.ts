import { newBadRequest, newConflict, newInvalid } from '#apimachinery/errors/status-error.ts'
import { invalid } from '#apimachinery/errors/field-error.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { modifiedMessage } from './status-of.ts'
import type { SelectableObject } from './strategy.ts'

export const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const

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

/** The autoscaling/v1 Scale of a workload. */
export function scaleOf(object: SelectableObject): ApiObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const spec = object.spec ?? {}
  const replicas = spec['replicas']
  const selector = selectorOf(spec)
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
      replicas: object.status?.['replicas'] ?? 0,
      ...(selector === '' ? {} : { selector }),
    },
  }
}

/** The workload with the replicas of a Scale, whose preconditions are checked here. Changes and returns `object`. */
export function withScale(object: ApiObject, scale: ApiObject): ApiObject {
  const replicas = scale.spec?.['replicas'] ?? 0
  const { resourceVersion = '', uid = '' } = scale.metadata
  if (typeof replicas !== 'number') throw newBadRequest('spec.replicas must be a number')
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
  object.spec = { ...object.spec, replicas }
  return object
}
