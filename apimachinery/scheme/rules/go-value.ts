import type { JsonObject } from '../../meta/object-meta.ts'
import { goNames, hostFields, initialisms, internalFields } from '../../schema/internal-types.ts'
import { kubernetesApi } from '../../schema/published.ts'
import { type Field, type FieldType, structType } from '../field-types.ts'
import { asObject } from './read.ts'

const podSpec = 'io.k8s.api.core.v1.PodSpec'
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.'

function goName(name: string): string {
  const known = goNames[name]
  if (known !== undefined) return known
  const first = /^[a-z]+/.exec(name)?.[0] ?? ''
  const head = initialisms.has(first)
    ? first.toUpperCase()
    : `${first.charAt(0).toUpperCase()}${first.slice(1)}`
  return `${head}${name.slice(first.length)}`
}

/** Where the published type has a field of the internal one elsewhere. */
function internal(definition: string, object: JsonObject): JsonObject {
  if (definition !== podSpec) return object
  const host = Object.fromEntries(hostFields.map((field) => [field, object[field]]))
  return { ...object, securityContext: { ...host, ...asObject(object['securityContext']) } }
}

/** Structs that are published as fields of another one. */
const publishedAs: Readonly<Record<string, string>> = {
  'io.k8s.api.core.v1.PersistentVolumeSource': 'io.k8s.api.core.v1.PersistentVolumeSpec',
}

const isOfHost = (name: string): boolean => hostFields.some((field) => field === name)

/**
 * A struct as a Kubernetes server shows it in messages: its internal type, whose fields have Go's names and are all there, nil or zero.
 * `definition` is in the published schema.
 */
export function goValue(definition: string, given: JsonObject): JsonObject {
  const { fields } = structType(kubernetesApi.definitions, publishedAs[definition] ?? definition)
  const ofPod = structType(kubernetesApi.definitions, podSpec).fields
  const object = internal(definition, given)
  const out: JsonObject = {}
  for (const name of internalFields[definition] ?? fields.keys()) {
    const field = fields.get(name) ?? (isOfHost(name) ? ofPod.get(name) : undefined)
    if (field === undefined) continue
    const { type } = field
    // Metadata is embedded, with the names that it has outside.
    if (type.kind === 'struct' && type.definition === `${meta}ObjectMeta`) {
      Object.assign(out, asObject(object[name]))
    } else out[goName(name)] = object[name] === undefined ? zero(field) : ofType(type, object[name])
  }
  return out
}

function zero({ name, type, pointer }: Field): unknown {
  // Inside, these are no pointers.
  if (pointer && !isValue(name)) return null
  if (type.kind === 'struct') return goValue(type.definition, {})
  if (type.kind === 'string') return ''
  if (type.kind === 'bool') return false
  if (type.kind === 'quantity') return '0'
  return ['int32', 'int64', 'intOrString'].includes(type.kind) ? 0 : null
}

const isValue = (name: string): boolean => ['hostNetwork', 'hostPID', 'hostIPC'].includes(name)

function ofType(type: FieldType, value: unknown): unknown {
  if (type.kind === 'struct' && !type.definition.startsWith(meta)) {
    return goValue(type.definition, asObject(value))
  }
  if (type.kind === 'list' && Array.isArray(value))
    return value.map((item) => ofType(type.element, item))
  if (type.kind === 'map') {
    const entries = Object.entries(asObject(value)).sort(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(entries.map(([key, item]) => [key, ofType(type.value, item)]))
  }
  return value
}
