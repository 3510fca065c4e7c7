import { Duration } from '@marcbachmann/cel-js/evaluator'
import { isObject } from '../../patch/json-value.ts'
import { durationOf } from '../formats.ts'
import { isEmbedded, type JsonSchema } from '../json-schema.ts'
import { markList } from './list-kinds.ts'

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

/** The names of a field in rules: one, or as it is written too when it is a word that CEL reserves. */
export function fieldNames(name: string): string[] {
  const escaped = escapeField(name)
  if (escaped === undefined) return []
  return reserved.has(name) ? [escaped, name] : [escaped]
}

/** The name of a field as rules have it, an identifier; undefined for a field that they cannot name. */
function escapeField(name: string): string | undefined {
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
  if (Array.isArray(value)) {
    const list = items && value.map((item) => nested(items, item))
    if (list !== undefined) markList(schema, list)
    return list
  }
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
    if (inner === undefined) continue
    if (isResource && field === 'metadata' && isObject(inner)) {
      const named = ['name', 'generateName'].filter((one) => inner[one] !== undefined)
      out[field] = Object.fromEntries(named.map((one) => [one, inner[one]]))
    } else if (isResource && (field === 'kind' || field === 'apiVersion')) out[field] = inner
    else if (typeof additionalProperties === 'object') {
      setOwn(out, field, nested(additionalProperties, inner))
    } else if (Object.hasOwn(properties, field)) {
      const value = nested(properties[field] ?? {}, inner)
      for (const name of fieldNames(field)) out[name] = value
    }
  }
  return out
}

/** Whatever the key: users choose those of maps. */
function setOwn(out: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(out, key, { value, enumerable: true, writable: true, configurable: true })
}

function textValue({ format, type }: JsonSchema, value: string): unknown {
  if (type !== 'string') return value
  switch (format ?? '') {
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
