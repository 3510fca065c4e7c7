import type { JsonObject } from '../../meta/object-meta.ts'
import { kubernetesApi } from '../../schema/published.ts'
import { type Field, type FieldType, structType } from '../field-types.ts'
import { asObject } from './read.ts'

/** Where Go's name is not the JSON name with a capital. */
const goNames: Readonly<Record<string, string>> = {
  seLinuxOptions: 'SELinuxOptions',
  ipFamilies: 'IPFamilies',
  httpGet: 'HTTPGet',
  tcpSocket: 'TCPSocket',
  grpc: 'GRPC',
  cidr: 'CIDR',
}

const goName = (name: string): string =>
  goNames[name] ?? name.charAt(0).toUpperCase() + name.slice(1)

/**
 * A struct as a Kubernetes server shows it in messages: its internal type, whose fields have Go's names and are all there, nil or zero.
 * `definition` is in the published schema.
 */
export function goValue(definition: string, object: JsonObject): JsonObject {
  const out: JsonObject = {}
  for (const field of structType(kubernetesApi.definitions, definition).fields.values()) {
    const value = object[field.name]
    out[goName(field.name)] = value === undefined ? zero(field) : ofType(field.type, value)
  }
  return out
}

function zero({ type, pointer }: Field): unknown {
  if (pointer) return null
  if (type.kind === 'struct') return goValue(type.definition, {})
  if (type.kind === 'string') return ''
  if (type.kind === 'bool') return false
  return type.kind === 'int32' || type.kind === 'int64' ? 0 : null
}

function ofType(type: FieldType, value: unknown): unknown {
  if (type.kind === 'struct') return goValue(type.definition, asObject(value))
  if (type.kind === 'list' && Array.isArray(value))
    return value.map((item) => ofType(type.element, item))
  return value
}
