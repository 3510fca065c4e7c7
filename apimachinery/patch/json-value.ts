import type { JsonObject } from '../meta/object-meta.ts'

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Sets an own field whatever its name; a plain assignment to `__proto__` would change the prototype. */
export function setField(object: JsonObject, field: string, value: unknown): void {
  if (field === '__proto__')
    Object.defineProperty(object, field, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  else object[field] = value
}

/** The own field, or undefined. */
export const getField = (object: JsonObject, field: string): unknown =>
  Object.hasOwn(object, field) ? object[field] : undefined

function cloneObject(value: JsonObject): JsonObject {
  const copy: JsonObject = {}
  for (const field of Object.keys(value)) setField(copy, field, clone(value[field]))
  return copy
}

/** A JSON value of one's own to the bottom. */
export function clone(value: JsonObject): JsonObject
export function clone(value: unknown): unknown
export function clone(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => clone(item))
  return isObject(value) ? cloneObject(value) : value
}

/** Equality of JSON values; the order of fields does not count. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]))
  if (!isObject(a) || !isObject(b)) return false
  const fields = Object.keys(a)
  return (
    fields.length === Object.keys(b).length &&
    fields.every((field) => Object.hasOwn(b, field) && isEqual(a[field], b[field]))
  )
}

const withSortedFields = (_: string, value: unknown): unknown =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value

/** JSON as Go writes maps: fields in order. */
export const sortedJson = (value: unknown): string => JSON.stringify(value, withSortedFields)

/** JSON's word for the type of a value, as Go's decoder names it. */
export function jsonTypeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

/** A value as Go's `%v` prints it; messages of Kubernetes contain such texts. */
export function formatGo(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(formatGo).join(' ')}]`
  if (typeof value === 'string') return value
  if (!isObject(value)) return JSON.stringify(value)
  const fields = Object.keys(value)
    .sort()
    .map((field) => `${field}:${formatGo(value[field])}`)
  return `map[${fields.join(' ')}]`
}
