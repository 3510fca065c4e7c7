import { newBadRequest } from '../errors/status-error.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import { clone, getField, isObject, jsonTypeOf, setField } from './json-value.ts'

/** RFC 7386. Neither argument is changed. Throws 400 when the patch is no object. */
export function applyMergePatch(object: JsonObject, patch: unknown): JsonObject {
  if (patch === null) throw newBadRequest('Invalid JSON Patch')
  if (!isObject(patch))
    throw newBadRequest(
      `error decoding patch: json: cannot unmarshal ${jsonTypeOf(patch)} into Go value of type map[string]interface {}`,
    )
  return merge(object, patch)
}

function merge(target: unknown, patch: JsonObject): JsonObject {
  const result = isObject(target) ? clone(target) : {}
  for (const field of Object.keys(patch)) {
    const value = patch[field]
    if (value === null) delete result[field]
    else if (isObject(value)) setField(result, field, merge(getField(result, field), value))
    else setField(result, field, clone(value))
  }
  return result
}
