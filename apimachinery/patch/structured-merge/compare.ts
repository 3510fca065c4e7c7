import type { JsonObject } from '../../meta/object-meta.ts'
import { getField, isEqual, isObject } from '../json-value.ts'
import { fieldElement, FieldSet, type PathElement } from './field-set.ts'
import { itemElement } from './list-items.ts'
import { type Atom, atomOf, type ListType, type MapType, type MergeType } from './merge-type.ts'

/** What the right side has that the left has not, has otherwise, and has no longer. */
export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

/** Where the fields and items of one value are: what is found there goes into sets of this level, made when there is something. */
class Level {
  readonly #above: Level | undefined
  readonly #element: PathElement
  #added: FieldSet | undefined
  #modified: FieldSet | undefined
  #removed: FieldSet | undefined

  /** The level below an element of another one; without one, the topmost. */
  constructor(above?: Level, element: PathElement = '') {
    this.#above = above
    this.#element = element
  }

  get added(): FieldSet {
    return (this.#added ??= this.#above?.added.child(this.#element) ?? new FieldSet())
  }

  get modified(): FieldSet {
    return (this.#modified ??= this.#above?.modified.child(this.#element) ?? new FieldSet())
  }

  get removed(): FieldSet {
    return (this.#removed ??= this.#above?.removed.child(this.#element) ?? new FieldSet())
  }
}

/** Two values of one element. A null is there; only undefined is absent. */
interface Pair {
  readonly at: Level
  readonly element: PathElement
  readonly lhs: unknown
  readonly rhs: unknown
}

/** Compares two values of one type path by path (structured-merge-diff's TypedValue.Compare). Throws TypedError for list items without identity. */
export function compare(type: MergeType, lhs: unknown, rhs: unknown): Comparison {
  const at = new Level()
  comparePair(type, { at, element: '', lhs, rhs })
  return {
    added: at.added.child(''),
    modified: at.modified.child(''),
    removed: at.removed.child(''),
  }
}

function comparePair(type: MergeType, pair: Pair): void {
  const { at, element, lhs, rhs } = pair
  const left = atomOf(type, lhs)
  const right = atomOf(type, rhs)
  let isLeaf: boolean
  if (rhs === undefined) isLeaf = compareAs(left, pair)
  else {
    // Two shapes of a value that may have any: both are walked.
    if (lhs !== undefined && left !== right) compareAs(left, pair)
    isLeaf = compareAs(right, pair)
  }
  if (isLeaf) return
  if (lhs === undefined) at.added.add(element)
  else if (rhs === undefined) at.removed.add(element)
}

/** True when the value was compared as a whole. */
function compareAs(atom: Atom, pair: Pair): boolean {
  if (
    atom.kind === 'scalar' ||
    atom.atomic ||
    (isNothing(atom, pair.lhs) && isNothing(atom, pair.rhs))
  ) {
    compareLeaves(pair)
    return true
  }
  if (atom.kind === 'map') compareFields(atom, pair)
  else compareItems(atom, pair)
  return false
}

/** Null and empty are told apart only when both sides are one of them. */
export function isNothing(atom: ListType | MapType, value: unknown): boolean {
  if (atom.kind === 'list') return !Array.isArray(value) || value.length === 0
  if (!isObject(value)) return true
  for (const _ in value) return false
  return true
}

function compareLeaves({ at, element, lhs, rhs }: Pair): void {
  if (lhs === undefined) at.added.add(element)
  else if (rhs === undefined) at.removed.add(element)
  else if (!isEqual(lhs, rhs)) at.modified.add(element)
}

const none: JsonObject = {}

/** The type of a field of a map; of fields that nobody knows, nothing is known. */
export const fieldType = (type: MapType, name: string): MergeType =>
  type.field(name) ?? type.element ?? {}

function compareFields(type: MapType, pair: Pair): void {
  const lhs = isObject(pair.lhs) ? pair.lhs : none
  const rhs = isObject(pair.rhs) ? pair.rhs : none
  const at = new Level(pair.at, pair.element)
  for (const name of Object.keys(lhs)) {
    const value = lhs[name]
    const other = getField(rhs, name)
    // Most of an object stays as it is.
    if (value === undefined || isEqual(value, other)) continue
    const element = fieldElement(name)
    comparePair(fieldType(type, name), { at, element, lhs: value, rhs: other })
  }
  for (const name of Object.keys(rhs)) {
    const value = rhs[name]
    if (value === undefined || getField(lhs, name) !== undefined) continue
    const element = fieldElement(name)
    comparePair(fieldType(type, name), { at, element, lhs: undefined, rhs: value })
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

function compareItems(type: ListType, pair: Pair): void {
  const left = itemsByElement(type, pair.lhs)
  const right = itemsByElement(type, pair.rhs)
  const at = new Level(pair.at, pair.element)
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const lhs = left.get(element) ?? []
    const rhs = right.get(element) ?? []
    const one = (l: unknown, r: unknown): void => {
      if (l !== undefined || r !== undefined)
        comparePair(type.element, { at, element, lhs: l, rhs: r })
    }
    // Items that stand there twice are owned as one leaf.
    if (lhs.length < 2 && rhs.length < 2) one(lhs[0], rhs[0])
    else if (lhs.length < 2) {
      one(lhs[0], undefined)
      at.added.add(element)
    } else if (rhs.length < 2) {
      one(undefined, rhs[0])
      at.removed.add(element)
    } else if (!isEqual(lhs, rhs)) at.modified.add(element)
  }
}
