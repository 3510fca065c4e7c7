import { isObject } from '../patch/json-value.ts'
import { fieldSchema, isEmbedded, type JsonSchema, keepsUnknown } from './json-schema.ts'

const reserved: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

/** Names of fields as rules have them: identifiers. */
export const escapeField = (name: string): string =>
  reserved.has(name)
    ? `__${name}__`
    : name
        .replaceAll('__', '__underscores__')
        .replaceAll('.', '__dot__')
        .replaceAll('-', '__dash__')
        .replaceAll('/', '__slash__')

/** A JSON value as CEL has it: integers as int, dates and bytes by their formats; durations stay texts. */
export function celValue(
  schema: JsonSchema | undefined,
  value: unknown,
  isResource = false,
): unknown {
  if (typeof value === 'number') {
    return schema?.type !== 'number' && Number.isInteger(value) ? BigInt(value) : value
  }
  if (typeof value === 'string') return textValue(schema, value)
  if (Array.isArray(value)) return value.map((item) => celValue(schema?.items, item))
  if (!isObject(value)) return value
  const out: Record<string, unknown> = {}
  for (const [field, inner] of Object.entries(value)) {
    if (inner === undefined || schema === undefined) continue
    if (isResource && field === 'metadata' && isObject(inner)) {
      out[field] = { name: inner['name'] ?? '', generateName: inner['generateName'] ?? '' }
      continue
    }
    const known = fieldSchema(schema, field)
    const isType =
      (isResource || isEmbedded(schema)) && (field === 'kind' || field === 'apiVersion')
    // Rules do not see what is preserved without being declared.
    if (known === undefined && !isType && (schema.properties ?? keepsUnknown(schema))) continue
    const isNamed = schema.properties !== undefined && Object.hasOwn(schema.properties, field)
    out[isNamed ? escapeField(field) : field] = isType ? inner : celValue(known, inner)
  }
  return out
}

function textValue(schema: JsonSchema | undefined, value: string): unknown {
  const format = schema?.format
  if (format === 'date-time' || format === 'date') return new Date(value)
  return format === 'byte' ? new Uint8Array(Buffer.from(value, 'base64')) : value
}
