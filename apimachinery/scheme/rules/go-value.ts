import type { JsonObject } from '../../meta/object-meta.ts'
import { goNames, hostFields, initialisms, internalFields } from '../../schema/internal-types.ts'
import { kubernetesApi } from '../../schema/published.ts'
import { valueOrEmptied } from '../emptied.ts'
import { type Field, type FieldType, structType } from '../field-types.ts'
import { asObject } from './read.ts'

const podSpec = 'io.k8s.api.core.v1.PodSpec'
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.'

function goName(definition: string, name: string): string {
  const known =
    goNames[`${definition.slice(definition.lastIndexOf('.') + 1)}.${name}`] ?? goNames[name]
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
      Object.assign(out, jsonValue(type.definition, asObject(object[name])))
    } else {
      const value = valueOrEmptied(object, name)
      out[goName(definition, name)] = value === null ? zero(definition, field) : ofType(type, value)
    }
  }
  return out
}

/** A struct of metadata as messages show it: as JSON has it, in Go's order. */
export function jsonValue(definition: string, given: JsonObject): JsonObject {
  const { fields, zeros } = structType(kubernetesApi.definitions, definition)
  const filled = { ...Object.fromEntries(zeros), ...given }
  return Object.fromEntries(
    [...(internalFields[definition] ?? fields.keys())].flatMap((name) => {
      const field = fields.get(name)
      const value = filled[name] ?? undefined
      if (field === undefined || value === undefined) return []
      return Array.isArray(value) && value.length === 0 ? [] : [[name, ofJson(field.type, value)]]
    }),
  )
}

function ofJson(type: FieldType, value: unknown): unknown {
  if (type.kind === 'list' && Array.isArray(value)) {
    return value.map((item) => ofJson(type.element, item))
  }
  if (type.kind === 'map') return sorted(value, (item) => item)
  return type.kind === 'struct' ? jsonValue(type.definition, asObject(value)) : value
}

/** A struct of any kind as messages show it. */
export const shownValue = (definition: string, given: JsonObject): JsonObject =>
  (definition.startsWith(meta) ? jsonValue : goValue)(definition, given)

/** Go writes maps in the order of their keys. */
const sorted = (map: unknown, of: (value: unknown) => unknown): JsonObject =>
  Object.fromEntries(
    Object.entries(asObject(map))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, of(item)]),
  )

function zero(definition: string, { name, type, pointer }: Field): unknown {
  const inside = `${definition.slice(definition.lastIndexOf('.') + 1)}.${name}`
  if (pointer && !valuesInside.has(inside)) return null
  if (type.kind === 'struct') return goValue(type.definition, {})
  if (type.kind === 'string') return ''
  if (type.kind === 'bool') return false
  if (type.kind === 'quantity') return '0'
  return ['int32', 'int64', 'intOrString'].includes(type.kind) ? 0 : null
}

/** Where the published type has a pointer and the internal one has none. */
const valuesInside: ReadonlySet<string> = new Set([
  'PodSecurityContext.hostIPC',
  'PodSecurityContext.hostNetwork',
  'PodSecurityContext.hostPID',
  'RollingUpdateDaemonSet.maxSurge',
  'RollingUpdateDaemonSet.maxUnavailable',
  'RollingUpdateDeployment.maxSurge',
  'RollingUpdateDeployment.maxUnavailable',
])

function ofType(type: FieldType, value: unknown): unknown {
  if (type.kind === 'struct') return shownValue(type.definition, asObject(value))
  if (type.kind === 'list' && Array.isArray(value))
    return value.map((item) => ofType(type.element, item))
  return type.kind === 'map' ? sorted(value, (item) => ofType(type.value, item)) : value
}
