import type { JsonObject } from '../meta/object-meta.ts'
import type { FieldType } from '../scheme/field-types.ts'
import { schemaProps } from './values.ts'
import { delimited, text, varintField } from './writer.ts'

/** Encodes a nested message of a definition. */
export type Nested = (definition: string, object: JsonObject) => Buffer

const none = Buffer.alloc(0)

/** A message of the fields that `write` writes. */
function message(write: (out: Buffer[]) => void): Buffer {
  const out: Buffer[] = []
  write(out)
  return Buffer.concat(out)
}

/** What stands on the wire behind the tag of one field (of one element, for lists): an integer, or bytes that have a length. */
export function encodeValue(
  type: FieldType,
  value: unknown,
  nested: Nested,
): Buffer | number | bigint {
  switch (type.kind) {
    case 'string':
      return Buffer.from(String(value), 'utf8')
    case 'bytes':
      return Buffer.from(String(value), 'base64')
    case 'bool':
      return value === true ? 1 : 0
    case 'int32':
    case 'int64':
    case 'float':
      return Number(value)
    case 'struct':
      return nested(type.definition, (value ?? {}) as JsonObject)
    case 'quantity':
      return message((out) => text(1, String(value), out))
    case 'time':
    case 'microTime':
      return encodeTime(value)
    case 'intOrString':
      return encodeIntOrString(value)
    case 'raw':
      return message((out) => text(1, JSON.stringify(value), out))
    case 'list':
      return message((out) => {
        for (const item of value as unknown[]) text(1, String(item), out)
      })
    case 'schemaOrBool':
    case 'schemaOrArray':
    case 'schemaOrStringArray':
      return encodeSchemaOr(type.kind, value, nested)
    case 'map':
    case 'any':
      return none
  }
}

/** Timestamp {seconds = 1, nanos = 2}. An empty time is an empty message. */
function encodeTime(value: unknown): Buffer {
  if (typeof value !== 'string') return none
  const micros = /\.(\d{1,6})/.exec(value)?.[1] ?? ''
  return message((out) => {
    varintField(1, Math.floor(Date.parse(value.replace(/\.\d+/, '')) / 1000), out)
    varintField(2, Number(micros.padEnd(6, '0')) * 1000, out)
  })
}

/** IntOrString {type = 1 (0 int, 1 string), intVal = 2, strVal = 3}. */
function encodeIntOrString(value: unknown): Buffer {
  const isText = typeof value === 'string'
  return message((out) => {
    varintField(1, isText ? 1 : 0, out)
    varintField(2, isText ? 0 : Number(value), out)
    text(3, isText ? value : '', out)
  })
}

/** JSONSchemaPropsOrBool {allows = 1, schema = 2}; …OrArray and …OrStringArray {schema = 1, others = 2}. */
function encodeSchemaOr(kind: FieldType['kind'], value: unknown, nested: Nested): Buffer {
  const schema = (item: unknown): Buffer => nested(schemaProps, item as JsonObject)
  return message((out) => {
    if (kind === 'schemaOrBool') {
      varintField(1, value === false ? 0 : 1, out)
      if (typeof value === 'object') delimited(2, schema(value), out)
    } else if (Array.isArray(value)) {
      for (const item of value)
        delimited(2, typeof item === 'string' ? Buffer.from(item) : schema(item), out)
    } else delimited(1, schema(value), out)
  })
}

/** A map entry is a message {key = 1, value = 2}. */
export function encodeEntry(
  type: Extract<FieldType, { kind: 'map' }>,
  { key, item }: { key: string; item: unknown },
  nested: Nested,
): Buffer {
  return message((out) => {
    text(1, key, out)
    const encoded = encodeValue(type.value, item ?? '', nested)
    if (Buffer.isBuffer(encoded)) delimited(2, encoded, out)
    else varintField(2, encoded, out)
  })
}
