import type { JsonObject } from '../meta/object-meta.ts'

const emptied = Symbol('emptied')

type Emptied = JsonObject & { [emptied]?: Record<string, object> }

/**
 * Notes that a struct was given an empty list or map, which is not stored: messages tell it from an absent one. The note goes with shallow copies, and
 * into no serialization.
 */
export function noteEmptied(object: JsonObject, field: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  ;(object as Emptied)[emptied] = { ...(object as Emptied)[emptied], [field]: value }
}

/** A field that was given as an empty list or map counts as absent. */
export function forgetEmptied(object: JsonObject, field: string): void {
  const { [field]: _, ...others } = (object as Emptied)[emptied] ?? {}
  ;(object as Emptied)[emptied] = others
}

/** A field of a struct as Go has it in memory: the empty list or map that was given, or null. */
export const valueOrEmptied = (object: Readonly<JsonObject>, field: string): unknown =>
  object[field] ?? (object as Emptied)[emptied]?.[field] ?? null
