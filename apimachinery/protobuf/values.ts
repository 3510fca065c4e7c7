import type { JsonObject } from '../meta/object-meta.ts'
import type { FieldType } from '../scheme/field-types.ts'
import { ProtobufProblem, Reader, type WireField } from './reader.ts'

/** A field on the wire, and how to decode a nested message of a definition. */
export interface FromWire {
  wire: WireField
  nested: (definition: string, bytes: Buffer) => JsonObject
}

export const schemaProps =
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'

export const isZero = (value: unknown): boolean =>
  value === '' || value === 0 || value === false || (Array.isArray(value) && value.length === 0)

/** The JSON value of one field (of one element, for lists). Null is what Go's JSON has for an empty time. */
export function decodeValue(type: FieldType, from: FromWire): unknown {
  const { value } = from.wire
  if (!Buffer.isBuffer(value)) return decodeNumber(type, value)
  switch (type.kind) {
    case 'string':
      return value.toString('utf8')
    case 'bytes':
      return value.toString('base64')
    case 'struct':
      return from.nested(type.definition, value)
    case 'quantity':
      return members(value).get(1)?.toString() ?? '0'
    case 'time':
      return decodeTime(value, 0)
    case 'microTime':
      return decodeTime(value, 6)
    case 'intOrString':
      return decodeIntOrString(value)
    case 'raw':
      return decodeRaw(value)
    case 'list':
      return wrappedList(value)
    case 'schemaOrBool':
      return schemaOr(from, () => Boolean(members(value).get(1)), 2)
    case 'schemaOrArray':
      return schemaOr(from, () => repeated(from, (bytes) => from.nested(schemaProps, bytes)), 1)
    case 'schemaOrStringArray':
      return schemaOr(from, () => repeated(from, (bytes) => bytes.toString('utf8')), 1)
    case 'bool':
    case 'int32':
    case 'int64':
    case 'float':
      throw new ProtobufProblem(`wrong wireType = 2 for a ${type.goType}`)
    case 'map':
    case 'any':
      return {}
  }
}

function decodeNumber({ kind, goType }: FieldType, value: number | bigint): unknown {
  if (kind === 'bool') return Number(value) !== 0
  if (kind === 'int32') return Number(value) | 0
  if (kind === 'float') return Number(value)
  if (kind !== 'int64') throw new ProtobufProblem(`wrong wireType = 0 for a ${goType}`)
  if (typeof value === 'number') return value
  throw new ProtobufProblem(`number ${value} is beyond the integers kept exactly (2^53)`)
}

/** A message's fields by number, the last of each; integers as numbers. */
function members(bytes: Buffer): Map<number, Buffer | number | bigint> {
  const found = new Map<number, Buffer | number | bigint>()
  const reader = new Reader(bytes)
  while (!reader.done) {
    const { number, value } = reader.next()
    found.set(number, value)
  }
  return found
}

/** Timestamp {seconds = 1, nanos = 2}: RFC 3339, in whole seconds (Time) or microseconds (MicroTime). */
function decodeTime(bytes: Buffer, digits: 0 | 6): string | null {
  const at = members(bytes)
  const seconds = Number(at.get(1) ?? 0)
  const nanos = Number(at.get(2) ?? 0)
  if (seconds === 0 && nanos === 0) return null
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime())) throw new ProtobufProblem(`time out of range: ${seconds} s`)
  const whole = date.toISOString().slice(0, -5)
  return digits === 0
    ? `${whole}Z`
    : `${whole}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`
}

/** IntOrString {type = 1 (0 int, 1 string), intVal = 2, strVal = 3}. */
function decodeIntOrString(bytes: Buffer): number | string {
  const at = members(bytes)
  return Number(at.get(1) ?? 0) === 0 ? Number(at.get(2) ?? 0) | 0 : (at.get(3)?.toString() ?? '')
}

/** RawExtension, FieldsV1 and JSON: {raw = 1} holds JSON text. */
function decodeRaw(bytes: Buffer): unknown {
  const raw = members(bytes).get(1)
  if (!Buffer.isBuffer(raw) || raw.length === 0) return null
  try {
    return JSON.parse(raw.toString('utf8')) as unknown
  } catch (err) {
    throw new ProtobufProblem('embedded raw value is not JSON', { cause: err })
  }
}

function wrappedList(bytes: Buffer): string[] {
  const items: string[] = []
  const reader = new Reader(bytes)
  while (!reader.done) {
    const { number, value } = reader.next()
    if (number === 1) items.push(value.toString())
  }
  return items
}

function schemaOr(from: FromWire, otherwise: () => unknown, schemaNumber: number): unknown {
  const schema = Buffer.isBuffer(from.wire.value)
    ? members(from.wire.value).get(schemaNumber)
    : undefined
  return Buffer.isBuffer(schema) ? from.nested(schemaProps, schema) : otherwise()
}

/** The repeated field 2 of a schema-or-list: schemas or property names. */
function repeated({ wire }: FromWire, decode: (bytes: Buffer) => unknown): unknown[] {
  const found: unknown[] = []
  const reader = new Reader(Buffer.isBuffer(wire.value) ? wire.value : Buffer.alloc(0))
  while (!reader.done) {
    const { number, value } = reader.next()
    if (number === 2 && Buffer.isBuffer(value)) found.push(decode(value))
  }
  return found
}

/** A map entry is a message {key = 1, value = 2}; an absent value is the zero value of its type. */
export function mapEntry(
  type: Extract<FieldType, { kind: 'map' }>,
  { wire, nested }: FromWire,
): { key: string; value: unknown } {
  if (!Buffer.isBuffer(wire.value)) throw new ProtobufProblem('wrong wireType for a map')
  const reader = new Reader(wire.value)
  let key = ''
  let value: unknown
  while (!reader.done) {
    const field = reader.next()
    if (field.number === 1) key = field.value.toString()
    else if (field.number === 2) value = decodeValue(type.value, { wire: field, nested })
  }
  return { key, value: value ?? zeroOf(type.value) }
}

function zeroOf({ kind }: FieldType): unknown {
  if (kind === 'string' || kind === 'bytes') return ''
  if (kind === 'quantity') return '0'
  return kind === 'list' ? [] : {}
}
