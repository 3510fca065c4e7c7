import type { JsonObject } from '../../meta/object-meta.ts'
import { isObject, setField } from '../json-value.ts'
import { fieldType } from './compare.ts'
import { fieldElement, type FieldSet } from './field-set.ts'
import { itemElement } from './list-items.ts'
import { atomOf, type ListType, type MapType, type MergeType } from './merge-type.ts'

/** The value without the fields and items of a set (structured-merge-diff's TypedValue.RemoveItems); what becomes empty by it is null. */
export function removeItems(type: MergeType, value: unknown, items: FieldSet): unknown {
  const atom = atomOf(type, value)
  if (atom.kind === 'scalar') return value
  if (atom.atomic) return null
  return atom.kind === 'map' ? removeFields(atom, value, items) : removeFromList(atom, value, items)
}

function removeFields(type: MapType, value: unknown, items: FieldSet): JsonObject | null {
  if (!isObject(value)) return null
  const kept: JsonObject = {}
  for (const [name, inner] of Object.entries(value)) {
    const element = fieldElement(name)
    if (items.hasMember(element)) continue
    const below = items.below(element)
    const isTouched = below !== undefined && !below.isEmpty()
    setField(kept, name, isTouched ? removeItems(fieldType(type, name), inner, below) : inner)
  }
  return Object.keys(kept).length === 0 ? null : kept
}

function removeFromList(type: ListType, value: unknown, items: FieldSet): unknown[] | null {
  if (!Array.isArray(value)) return null
  const kept: unknown[] = []
  for (const item of value) {
    const element = itemElement(type, item)
    if (items.hasMember(element)) continue
    const below = items.below(element)
    const isTouched = below !== undefined && !below.isEmpty()
    kept.push(isTouched ? removeItems(type.element, item, below) : item)
  }
  return kept.length === 0 ? null : kept
}
