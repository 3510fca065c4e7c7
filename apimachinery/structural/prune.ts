import { isObject } from '../patch/json-value.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import {
  fieldSchema,
  isEmbedded,
  joinField,
  type JsonSchema,
  keepsUnknown,
  typeFields,
} from './json-schema.ts'

/**
 * Removes, in place, what a structural schema does not know (KEP-95); returns the paths. Where unknown fields are preserved, known ones
 * within are pruned all the same. `isResource` is true for the object itself: its type and metadata are known.
 */
export function prune(schema: JsonSchema, object: JsonObject, isResource = true): string[] {
  const unknown: string[] = []
  pruneObject({ schema, unknown, path: '' }, object, isResource)
  return unknown
}

interface Place {
  readonly schema: JsonSchema
  readonly path: string
  readonly unknown: string[]
}

function pruneObject({ schema, path, unknown }: Place, object: JsonObject, isResource: boolean) {
  const keepsAll = keepsUnknown(schema) || schema.additionalProperties === true
  for (const [field, value] of Object.entries(object)) {
    const at = joinField(path, field)
    if (isResource && typeFields.has(field)) continue
    const known = fieldSchema(schema, field)
    if (known !== undefined) pruneValue({ schema: known, path: at, unknown }, value)
    else if (!keepsAll) {
      unknown.push(at)
      delete object[field]
    }
  }
}

function pruneValue(place: Place, value: unknown): void {
  const { schema, path, unknown } = place
  if (isObject(value)) pruneObject(place, value, isEmbedded(schema))
  else if (Array.isArray(value) && schema.items !== undefined) {
    for (const [i, item] of value.entries()) {
      pruneValue({ schema: schema.items, path: `${path}[${i}]`, unknown }, item)
    }
  }
}
