import type { JsonObject } from '../../meta/object-meta.ts'

/** The value as an object; `{}` for anything else. */
export const asObject = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}

/** The value's elements as objects; none for anything else. */
export const asObjects = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? value.map(asObject) : []

export const asText = (value: unknown): string => (typeof value === 'string' ? value : '')

export const isSet = (value: unknown): boolean => value !== undefined && value !== ''

export const join = (path: string, field: string): string =>
  path === '' ? field : `${path}.${field}`

/** Indexes of elements whose key an earlier element has; empty keys are nobody's duplicate. */
export function duplicatesOf(
  items: readonly JsonObject[],
  key: (item: JsonObject) => string,
): number[] {
  const seen = new Set<string>()
  return items.flatMap((item, i) => {
    const k = key(item)
    if (k === '') return []
    if (seen.has(k)) return [i]
    seen.add(k)
    return []
  })
}
