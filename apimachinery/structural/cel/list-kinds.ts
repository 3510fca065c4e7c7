import { sortedJson, isObject } from '../../patch/json-value.ts'
import type { JsonSchema } from '../json-schema.ts'

/** By what an item of a list is found in another of the same kind. */
type Identity = (item: unknown) => string

const kinds = new WeakMap<readonly unknown[], Identity>()

/** Of a set or a list by key as rules have it; undefined for a list whose order counts. */
export const listKindOf = (list: readonly unknown[]): Identity | undefined => kinds.get(list)

/** Remembers of a value what its schema says of its order. */
export function markList(schema: JsonSchema, list: readonly unknown[]): void {
  const type = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  if (type === 'set') kinds.set(list, shown)
  if (type === 'map') {
    kinds.set(list, (item) => keys.map((key) => (isObject(item) ? shown(item[key]) : '')).join())
  }
}

/**
 * `a + b`: of a set or a list by key the items of `a` in their places, those that `b` has too as `b` has them, then the others of `b`; of other lists one after the
 * other (kubernetes.io/docs, "CEL in Kubernetes").
 */
export function joinLists(a: readonly unknown[], b: readonly unknown[]): unknown[] {
  const identity = listKindOf(a)
  if (identity === undefined) return [...a, ...b]
  const items = new Map([...a, ...b].map((item) => [identity(item), item]))
  const joined = [...items.values()]
  kinds.set(joined, identity)
  return joined
}

const shown = (value: unknown): string =>
  typeof value === 'bigint' ? String(value) : sortedJson(value)
