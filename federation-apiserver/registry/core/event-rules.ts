import { type FieldError, invalid, required } from '#apimachinery/errors/field-error.ts'
import { validateQualifiedName } from '#apimachinery/meta/names.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { isEqual } from '../equality.ts'
import { fixedError, type FixedField } from '../fixed-fields.ts'
import { standardFinalizerErrors, validateObjectMeta } from '../object-meta.ts'

const core = 'io.k8s.api.core.v1.'
const group = 'events.k8s.io'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Must be there, and no longer than some characters; messages do not show it. */
function boundedErrors(field: string, value: string, most: number): FieldError[] {
  const why = `can have at most ${most} characters`
  return [
    ...(value === '' ? [required(field)] : []),
    ...(value.length > most ? [invalid(field, '', why)] : []),
  ]
}

/** An Event of the newer kind says who reports it; its namespace is that of what it is about, or one for things without any. */
export function eventErrors(object: ApiObject, spoken: string): FieldError[] {
  const namespace = text((object['involvedObject'] as JsonObject | undefined)?.['namespace'])
  const own = object.metadata.namespace ?? ''
  const why = 'does not match event.namespace'
  const mismatch = invalid('involvedObject.namespace', namespace, why)
  if ((object['eventTime'] ?? undefined) === undefined) {
    const matches = namespace === '' ? own === 'default' : own === namespace
    return matches ? [] : [mismatch]
  }
  const controller = text(object['reportingComponent'])
  const reporter = spoken === group ? 'reportingController' : 'reportingComponent'
  const message = text(object['message'])
  return [
    ...(namespace === '' && own !== 'default' && own !== 'kube-system' ? [mismatch] : []),
    ...(controller === '' ? [required(reporter)] : []),
    ...validateQualifiedName(controller).map((one) => invalid(reporter, controller, one)),
    ...boundedErrors('reportingInstance', text(object['reportingInstance']), 128),
    ...boundedErrors('action', text(object['action']), 128),
    ...boundedErrors('reason', text(object['reason']), 128),
    ...(message === '' ? [] : boundedErrors('message', message, 1024)),
  ]
}

function seriesErrors({ series }: ApiObject): FieldError[] {
  if (series === undefined) return []
  const { count = 0, lastObservedTime } = series as { count?: number; lastObservedTime?: unknown }
  return [
    ...(count < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...((lastObservedTime ?? undefined) === undefined ? [required('series.lastObservedTime')] : []),
  ]
}

const unset = ['firstTimestamp', 'lastTimestamp', 'count'] as const

/** What only clients of events.k8s.io are asked for. */
export function newEventErrors(object: ApiObject, spoken: string): FieldError[] {
  if (spoken !== group) return []
  const { component, host } = (object['source'] ?? {}) as JsonObject
  const type = text(object['type'])
  const given = [
    ...unset.filter((field) => (object[field] ?? undefined) !== undefined),
    ...(component === undefined && host === undefined ? [] : ['source']),
  ]
  return [
    ...validateObjectMeta(object.metadata, { namespaced: true, validateName: undefined }),
    ...standardFinalizerErrors(object.metadata.finalizers ?? []),
    ...seriesErrors(object),
    ...((object['eventTime'] ?? undefined) === undefined ? [required('eventTime')] : []),
    ...(type === 'Normal' || type === 'Warning'
      ? []
      : [invalid('type', '', `has invalid value: ${type}`)]),
    ...given.map((field) => invalid(field, '', 'needs to be unset')),
  ]
}

const fixed: readonly FixedField[] = [
  { path: 'involvedObject', as: `${core}ObjectReference` },
  { path: 'reason', zero: '' },
  { path: 'message', zero: '' },
  { path: 'source', as: `${core}EventSource` },
  { path: 'firstTimestamp' },
  { path: 'lastTimestamp' },
  { path: 'count', zero: 0 },
  { path: 'type', zero: '' },
  { path: 'eventTime' },
  { path: 'action', zero: '' },
  { path: 'related', as: `${core}ObjectReference` },
  { path: 'reportingComponent', at: 'reportingController', zero: '' },
  { path: 'reportingInstance', zero: '' },
]

/** To a client of events.k8s.io an Event is what happened: only its series goes on. */
export function changedEventErrors(
  object: ApiObject,
  old: Readonly<ApiObject>,
  spoken: string,
): FieldError[] {
  if (spoken !== group) return []
  return [
    ...standardFinalizerErrors(object.metadata.finalizers ?? []),
    ...(isEqual(object['series'], old['series']) ? [] : seriesErrors(object)),
    ...fixed.flatMap((field) => fixedError(field, object, old)),
  ]
}
