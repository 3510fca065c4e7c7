import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object at a field, or an empty one. */
export function objectAt(from: JsonObject, field: string): JsonObject {
  const value = from[field]
  return isJsonObject(value) ? value : {}
}

/** The objects of a list field; what is no object is left out. */
export function objectsAt(from: JsonObject, field: string): JsonObject[] {
  const value = from[field]
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

/** An object without its type, metadata and status. */
export function bodyOf(object: ApiObject): JsonObject {
  const { apiVersion: _, kind: _k, metadata: _m, status: _s, ...body } = object
  return body
}

export function without(from: JsonObject, fields: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(from).filter(([field]) => !fields.has(field)))
}

/** The fields that are there and not null. */
export function only(from: JsonObject, fields: Iterable<string>): JsonObject {
  const kept: JsonObject = {}
  for (const field of fields) {
    const value = from[field]
    if (value !== undefined && value !== null) kept[field] = value
  }
  return kept
}

/** A copy with the value at a path replaced; objects on the way are made when absent. */
export function withValueAt(from: JsonObject, path: readonly string[], value: unknown): JsonObject {
  const [field, ...rest] = path
  if (field === undefined) return from
  return {
    ...from,
    [field]: rest.length === 0 ? value : withValueAt(objectAt(from, field), rest, value),
  }
}

export function numberAt(from: JsonObject, path: readonly string[]): number | undefined {
  let value: unknown = from
  for (const field of path) value = isJsonObject(value) ? value[field] : undefined
  return typeof value === 'number' ? value : undefined
}
