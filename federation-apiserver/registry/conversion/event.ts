import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { Conversion } from './conversion.ts'

/** events.k8s.io/v1 name → core/v1 name; other fields are called the same. */
const renamed = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
] as const

function rename(object: JsonObject, pairs: readonly (readonly [string, string])[]): JsonObject {
  const names = new Map(pairs)
  return Object.fromEntries(
    Object.entries(object).map(([field, value]) => [names.get(field) ?? field, value]),
  )
}

/** core/v1 ↔ events.k8s.io/v1 Event: one store, two sets of field names. */
export const eventConversion: Conversion = {
  group: 'events.k8s.io',
  version: 'v1',
  resource: 'events',
  toHub: (object) => ({ ...rename(object, renamed), apiVersion: 'v1' }) as ApiObject,
  fromHub: (object) =>
    ({
      ...rename(
        object,
        renamed.map(([own, core]) => [core, own] as const),
      ),
      apiVersion: 'events.k8s.io/v1',
    }) as ApiObject,
  fieldLabel(label) {
    if (label.startsWith('regarding.')) return label.replace('regarding', 'involvedObject')
    if (label === 'reportingController') return 'reportingComponent'
    return ['reason', 'type', 'metadata.name', 'metadata.namespace'].includes(label)
      ? label
      : undefined
  },
}
