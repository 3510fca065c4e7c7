import type { JsonObject } from '../../meta/object-meta.ts'
import { getField, isEqual, isObject } from '../json-value.ts'
import { fieldElement, FieldSet, type Path } from './field-set.ts'
import { itemElement } from './list-items.ts'
import { type Atom, atomOf, type ListType, type MapType, type MergeType } from './merge-type.ts'

/** What the right side has that the left has not, has otherwise, and has no longer. */
export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

/** A null is there; only undefined is absent. */
interface Pair {
  readonly path: Path
  readonly lhs: unknown
  readonly rhs: unknown
}

/** Compares two values of one type path by path (structured-merge-diff's TypedValue.Compare). Throws TypedError for list items without identity. */
export function compare(type: MergeType, lhs: unknown, rhs: unknown): Comparison {
  const found = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() }
  comparePair(found, type, { path: [], lhs, rhs })
  return found
}

function comparePair(found: Comparison, type: MergeType, pair: Pair): void {
  const { path, lhs, rhs } = pair
  const left = atomOf(type, lhs)
  const right = atomOf(type, rhs)
  let isLeaf: boolean
  if (rhs === undefined) isLeaf = compareAs(found, left, pair)
  else {
    // Two shapes of a value that may have any: both are walked.
    if (lhs !== undefined && left !== right) compareAs(found, left, pair)
    isLeaf = compareAs(found, right, pair)
  }
  if (isLeaf) return
  if (lhs === undefined) found.added.insert(path)
  else if (rhs === undefined) found.removed.insert(path)
}

/** True when the value was compared as a whole. */
function compareAs(found: Comparison, atom: Atom, pair: Pair): boolean {
  if (
    atom.kind === 'scalar' ||
    atom.atomic ||
    (isNothing(atom, pair.lhs) && isNothing(atom, pair.rhs))
  ) {
    compareLeaves(found, pair)
    return true
  }
  if (atom.kind === 'map') compareFields(found, atom, pair)
  else compareItems(found, atom, pair)
  return false
}

/** Null and empty are told apart only when both sides are one of them. */
export function isNothing(atom: ListType | MapType, value: unknown): boolean {
  if (atom.kind === 'list') return !Array.isArray(value) || value.length === 0
  if (!isObject(value)) return true
  for (const _ in value) return false
  return true
}

function compareLeaves(found: Comparison, { path, lhs, rhs }: Pair): void {
  if (lhs === undefined) found.added.insert(path)
  else if (rhs === undefined) found.removed.insert(path)
  else if (!isEqual(lhs, rhs)) found.modified.insert(path)
}

const none: JsonObject = {}

/** The type of a field of a map; of fields that nobody knows, nothing is known. */
export const fieldType = (type: MapType, name: string): MergeType =>
  type.field(name) ?? type.element ?? {}

function compareFields(found: Comparison, type: MapType, pair: Pair): void {
  const lhs = isObject(pair.lhs) ? pair.lhs : none
  const rhs = isObject(pair.rhs) ? pair.rhs : none
  for (const name of Object.keys(lhs)) {
    const value = lhs[name]
    const other = getField(rhs, name)
    // Most of an object stays as it is.
    if (value === undefined || isEqual(value, other)) continue
    const path = [...pair.path, fieldElement(name)]
    comparePair(found, fieldType(type, name), { path, lhs: value, rhs: other })
  }
  for (const name of Object.keys(rhs)) {
    const value = rhs[name]
    if (value === undefined || getField(lhs, name) !== undefined) continue
    const path = [...pair.path, fieldElement(name)]
    comparePair(found, fieldType(type, name), { path, lhs: undefined, rhs: value })
  }
}

/** Items by their element; a list that came by an older API may have one twice. */
export function itemsByElement(type: ListType, list: unknown): Map<string, unknown[]> {
  const items = new Map<string, unknown[]>()
  if (!Array.isArray(list)) return items
  for (const item of list) {
    const element = itemElement(type, item)
    const same = items.get(element)
    if (same === undefined) items.set(element, [item])
    else same.push(item)
  }
  return items
}

function compareItems(found: Comparison, type: ListType, pair: Pair): void {
  const left = itemsByElement(type, pair.lhs)
  const right = itemsByElement(type, pair.rhs)
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const path = [...pair.path, element]
    const lhs = left.get(element) ?? []
    const rhs = right.get(element) ?? []
    const one = (l: unknown, r: unknown): void => {
      if (l !== undefined || r !== undefined)
        comparePair(found, type.element, { path, lhs: l, rhs: r })
    }
    // Items that stand there twice are owned as one leaf.
    if (lhs.length < 2 && rhs.length < 2) one(lhs[0], rhs[0])
    else if (lhs.length < 2) {
      one(lhs[0], undefined)
      found.added.insert(path)
    } else if (rhs.length < 2) {
      one(undefined, rhs[0])
      found.removed.insert(path)
    } else if (!isEqual(lhs, rhs)) found.modified.insert(path)
  }
}
