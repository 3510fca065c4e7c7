import { isObject } from '../patch/json-value.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import type { JsonSchema } from './json-schema.ts'

/** Fills in, in place, the defaults of a structural schema; a null where null may not be counts as absent. */
export function fillDefaults(schema: JsonSchema, value: unknown): void {
  if (isObject(value)) fillFields(schema, value)
  else if (Array.isArray(value) && schema.items !== undefined) {
    const { items } = schema
    for (const [i, item] of value.entries()) {
      if (item === null && items.nullable !== true && items.default !== undefined) {
        value[i] = structuredClone(items.default)
      }
      fillDefaults(items, value[i])
    }
  }
}

function fillFields(schema: JsonSchema, object: JsonObject): void {
  const { properties = {}, additionalProperties } = schema
  for (const [field, known] of Object.entries(properties)) {
    const given = Object.hasOwn(object, field) ? object[field] : undefined
    const isAbsent = given === undefined || (given === null && known.nullable !== true)
    if (isAbsent && known.default !== undefined) object[field] = structuredClone(known.default)
    else if (isAbsent) delete object[field]
    if (Object.hasOwn(object, field)) fillDefaults(known, object[field])
  }
  if (typeof additionalProperties !== 'object') return
  for (const [field, given] of Object.entries(object)) {
    if (Object.hasOwn(properties, field)) continue
    const { nullable, default: fallback } = additionalProperties
    if (given === null && nullable !== true) {
      if (fallback === undefined) delete object[field]
      else object[field] = structuredClone(fallback)
    }
    fillDefaults(additionalProperties, object[field])
  }
}
