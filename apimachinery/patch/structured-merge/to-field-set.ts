import { isObject } from '../json-value.ts'
import { fieldType, isNothing, itemsByElement } from './compare.ts'
import { fieldElement, FieldSet, type Path } from './field-set.ts'
import { atomOf, type ListType, type MapType, type MergeType } from './merge-type.ts'

/** All fields and items that a value mentions (structured-merge-diff's TypedValue.ToFieldSet). Throws TypedError. */
export function toFieldSet(type: MergeType, value: unknown): FieldSet {
  const set = new FieldSet()
  collect(set, { type, path: [] }, value)
  return set
}

interface Place {
  readonly type: MergeType
  readonly path: Path
}

function collect(set: FieldSet, { type, path }: Place, value: unknown): void {
  const atom = atomOf(type, value)
  if (atom.kind === 'scalar' || atom.atomic) set.insert(path)
  else if (atom.kind === 'map') collectFields(set, { type: atom, path }, value)
  else collectItems(set, { type: atom, path }, value)
}

function collectFields(
  set: FieldSet,
  place: { readonly type: MapType; readonly path: Path },
  value: unknown,
): void {
  if (!isObject(value)) return
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined) continue
    const path = [...place.path, fieldElement(name)]
    collect(set, { type: fieldType(place.type, name), path }, inner)
    const isEmpty = inner === null || (isObject(inner) && isNothing(place.type, inner))
    if (isEmpty || place.type.field(name) === undefined) set.insert(path)
  }
}

function collectItems(
  set: FieldSet,
  place: { readonly type: ListType; readonly path: Path },
  value: unknown,
): void {
  for (const [element, items] of itemsByElement(place.type, value)) {
    const path = [...place.path, element]
    if (items.length === 1) collect(set, { type: place.type.element, path }, items[0])
    set.insert(path)
  }
}
