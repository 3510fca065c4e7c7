import { parseTime } from '../meta/parse-time.ts'
import { formatQuantity, parseQuantity } from '../meta/quantity.ts'
import type { AnyKind, FieldType, ScalarKind } from './field-types.ts'

/** A value in the form Go writes it; or what is wrong: a whole message, or only how the decoder shows the value. */
export type Normal = { value: unknown } | { problem: string | undefined; shown?: string }

const mismatch: Normal = { problem: undefined }

/** How Go's decoder names a JSON value's type. */
export const jsonType = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value

/** What Go has for a null in a list or map. */
export function zeroElement({ kind }: FieldType): unknown {
  switch (kind) {
    case 'string':
    case 'bytes':
      return ''
    case 'struct':
    case 'map':
      return {}
    case 'list':
      return []
    case 'quantity':
      return '0'
    case 'bool':
      return false
    case 'int32':
    case 'int64':
    case 'float':
    case 'intOrString':
      return 0
    case 'time':
    case 'microTime':
    case 'raw':
    case 'any':
    case 'schemaOrBool':
    case 'schemaOrArray':
    case 'schemaOrStringArray':
      return null
  }
}

/** Whether `omitempty` leaves the value out; structs are never empty to Go. */
export function isZeroValue({ kind }: FieldType, value: unknown): boolean {
  if (value === '' || value === 0 || value === false) return true
  if (kind === 'list') return Array.isArray(value) && value.length === 0
  return kind === 'map' && Object.keys(value as object).length === 0
}

/** Checks a scalar against its type and normalizes it. Free-form kinds pass as they are. */
export function normalScalar(kind: ScalarKind | AnyKind, value: unknown): Normal {
  switch (kind) {
    case 'string':
      return typeof value === 'string' ? { value } : mismatch
    case 'bool':
      return typeof value === 'boolean' ? { value } : mismatch
    case 'float':
      return typeof value === 'number' ? { value } : mismatch
    case 'int32':
      return integer(value, (n) => n === Math.trunc(n) && Math.abs(n + 0.5) < 2 ** 31)
    case 'int64':
      return integer(value, Number.isSafeInteger)
    case 'intOrString':
      return typeof value === 'string' ? { value } : normalScalar('int32', value)
    case 'bytes':
      return typeof value === 'string' ? base64(value) : mismatch
    case 'quantity':
      return quantity(value)
    case 'time':
      return typeof value === 'string' ? time(value, 0) : mismatch
    case 'microTime':
      return typeof value === 'string' ? time(value, 6) : mismatch
    case 'raw':
    case 'any':
    case 'schemaOrBool':
    case 'schemaOrArray':
    case 'schemaOrStringArray':
      return { value }
  }
}

function integer(value: unknown, fits: (n: number) => boolean): Normal {
  if (typeof value !== 'number') return mismatch
  return fits(value) ? { value } : { problem: undefined, shown: `number ${value}` }
}

/** Standard base64; line breaks are ignored and not kept. */
function base64(text: string): Normal {
  const value = text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]/g, '') : text
  const body = value.replace(/={1,2}$/, '')
  const bad = body.search(/[^A-Za-z0-9+/]/)
  if (bad >= 0) return { problem: `illegal base64 data at input byte ${bad}` }
  if (value.length % 4 !== 0) {
    const end = value === body ? value.length - (value.length % 4) : value.length
    return { problem: `illegal base64 data at input byte ${end}` }
  }
  return { value }
}

const quantityProblem =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

function quantity(value: unknown): Normal {
  if (typeof value === 'string' || typeof value === 'number') {
    const parsed = parseQuantity(value)
    if (parsed !== undefined) return { value: formatQuantity(parsed) }
  }
  return { problem: quantityProblem }
}

/** RFC 3339 in UTC, in whole seconds (Time) or microseconds (MicroTime). */
function time(text: string, digits: 0 | 6): Normal {
  const parsed = parseTime(text, digits)
  if ('problem' in parsed) return parsed
  return { value: `${parsed.whole}${digits === 0 ? '' : `.${parsed.fraction}`}Z` }
}
