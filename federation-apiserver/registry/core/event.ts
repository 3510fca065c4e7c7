import { scalarText } from '../field-label.ts'
import { changedEventErrors, eventErrors, newEventErrors } from './event-rules.ts'
import type { SelectableObject, Strategy } from '../strategy.ts'

const involved =
  (field: string) =>
  (object: SelectableObject): string =>
    scalarText((object['involvedObject'] as Record<string, unknown> | undefined)?.[field])

const involvedFields = [
  'kind',
  'namespace',
  'name',
  'uid',
  'apiVersion',
  'resourceVersion',
  'fieldPath',
]

/** Events vanish an hour after their last write. core/v1 and events.k8s.io/v1 are one store. */
export const eventStrategy: Strategy = {
  group: '',
  resource: 'events',
  ttlSeconds: 3600,
  judgesMetadataLast: true,
  validate: (object, context) => eventErrors(object, context.group),
  validateCreate: (object, context) => newEventErrors(object, context.group),
  validateUpdate: (object, old, context) => changedEventErrors(object, old, context.group),
  fields: {
    ...Object.fromEntries(involvedFields.map((f) => [`involvedObject.${f}`, involved(f)])),
    reason: (object) => scalarText(object['reason']),
    type: (object) => scalarText(object['type']),
    reportingComponent: (object) => scalarText(object['reportingComponent']),
    source: (object) =>
      scalarText((object['source'] as Record<string, unknown> | undefined)?.['component']) ||
      scalarText(object['reportingComponent']),
  },
}
