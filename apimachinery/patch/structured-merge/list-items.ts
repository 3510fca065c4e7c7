import type { JsonObject } from '../../meta/object-meta.ts'
import { getField, isObject } from '../json-value.ts'
import { keyElement, type PathElement, valueElement } from './field-set.ts'
import type { ListType } from './merge-type.ts'

/** A value that is not what its type says; the message names the path. */
export class TypedError extends Error {}

/** By what an item of a list that is no atomic one is known: its keys, or its value. Throws TypedError. */
export function itemElement(type: ListType, item: unknown): PathElement {
  return type.keys.length > 0 ? keyedElement(type, item) : plainElement(item)
}

function keyedElement({ keys, keyDefaults }: ListType, item: unknown): PathElement {
  if (item === null || item === undefined) {
    throw new TypedError('associative list with keys may not have a null element')
  }
  if (!isObject(item)) {
    throw new TypedError('associative list with keys may not have non-map elements')
  }
  const key: JsonObject = {}
  for (const name of keys) {
    const value = getField(item, name)
    if (value !== undefined) key[name] = value
    else if (keyDefaults[name] !== undefined) key[name] = keyDefaults[name]
  }
  if (Object.keys(key).length === 0) {
    const names = keys.map((name) => JSON.stringify(name)).join(' ')
    throw new TypedError(
      `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
    )
  }
  return keyElement(key)
}

function plainElement(item: unknown): PathElement {
  if (item === null) {
    throw new TypedError("associative list without keys has an element that's an explicit null")
  }
  if (Array.isArray(item)) {
    throw new TypedError('not supported: associative list with lists as elements')
  }
  if (typeof item === 'object') {
    throw new TypedError("associative list without keys has an element that's a map type")
  }
  return valueElement(item)
}
