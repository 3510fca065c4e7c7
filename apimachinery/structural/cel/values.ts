import { Duration } from '@marcbachmann/cel-js/evaluator'
import { isObject } from '../../patch/json-value.ts'
import { durationOf } from '../formats.ts'
import { isEmbedded, type JsonSchema } from '../json-schema.ts'

const reserved: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

const escapes: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
}

/** The name of a field as rules have it, an identifier; undefined for a field that they cannot name. */
export function escapeField(name: string): string | undefined {
  if (!/^[A-Za-z_.\-/][\w.\-/]*$/.test(name)) return undefined
  if (reserved.has(name)) return `__${name}__`
  return name.replace(/__|[.\-/]/g, (found) => escapes[found] ?? found)
}

/** A JSON value as CEL has it: integers as int, times, durations and bytes by their formats. What the schema does not declare is not there. */
export function celValue(schema: JsonSchema, value: unknown, isResource = false): unknown {
  if (typeof value === 'number') {
    return schema.type !== 'number' && Number.isInteger(value) ? BigInt(value) : value
  }
  if (typeof value === 'string') return textValue(schema, value)
  const { items } = schema
  if (Array.isArray(value)) return items && value.map((item) => nested(items, item))
  return isObject(value) ? objectValue(schema, value, isResource) : value
}

const nested = (schema: JsonSchema, value: unknown): unknown =>
  celValue(schema, value, isEmbedded(schema))

function objectValue(
  schema: JsonSchema,
  object: Readonly<Record<string, unknown>>,
  isResource: boolean,
): unknown {
  const { additionalProperties, properties = {} } = schema
  const out: Record<string, unknown> = {}
  for (const [field, inner] of Object.entries(object)) {
    const name = typeof additionalProperties === 'object' ? field : escapeField(field)
    if (inner === undefined || name === undefined) continue
    if (isResource && field === 'metadata' && isObject(inner)) {
      out[field] = { name: inner['name'] ?? '', generateName: inner['generateName'] ?? '' }
    } else if (isResource && (field === 'kind' || field === 'apiVersion')) out[field] = inner
    else if (typeof additionalProperties === 'object')
      out[name] = nested(additionalProperties, inner)
    else if (Object.hasOwn(properties, field)) out[name] = nested(properties[field] ?? {}, inner)
  }
  return out
}

function textValue({ format, type }: JsonSchema, value: string): unknown {
  if (type !== 'string') return value
  switch (format) {
    case 'date':
    case 'date-time':
      return new Date(value)
    case 'duration': {
      const nanos = durationOf(value) ?? 0n
      return new Duration(nanos / 1_000_000_000n, Number(nanos % 1_000_000_000n))
    }
    case 'byte':
      return new Uint8Array(Buffer.from(value, 'base64'))
    default:
      return value
  }
}
