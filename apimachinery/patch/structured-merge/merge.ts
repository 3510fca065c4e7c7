import type { JsonObject } from '../../meta/object-meta.ts'
import { getField, isObject, setField } from '../json-value.ts'
import { fieldType, isNothing } from './compare.ts'
import { itemElement } from './list-items.ts'
import { type Atom, atomOf, type ListType, type MapType, type MergeType } from './merge-type.ts'

/**
 * The left value with everything that the right one mentions (structured-merge-diff's TypedValue.Merge): nothing is removed, the right side's
 * leaves win, and items that both have stand in the right side's order. `undefined` when nothing is left.
 */
export function merge(type: MergeType, lhs: unknown, rhs: unknown): unknown {
  return mergeAs(atomOf(type, rhs === undefined ? lhs : rhs), lhs, rhs)
}

function mergeAs(atom: Atom, lhs: unknown, rhs: unknown): unknown {
  if (atom.kind === 'scalar' || atom.atomic || (isNothing(atom, lhs) && isNothing(atom, rhs))) {
    return rhs === undefined ? lhs : rhs
  }
  return atom.kind === 'map' ? mergeFields(atom, lhs, rhs) : mergeItems(atom, lhs, rhs)
}

function mergeFields(type: MapType, lhs: unknown, rhs: unknown): JsonObject | undefined {
  const left = isObject(lhs) ? lhs : {}
  const right = isObject(rhs) ? rhs : {}
  const merged: JsonObject = {}
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const [l, r] = [getField(left, name), getField(right, name)]
    if (l === undefined && r === undefined) continue
    const value = merge(fieldType(type, name), l, r)
    if (value !== undefined) setField(merged, name, value)
  }
  return Object.keys(merged).length === 0 ? undefined : merged
}

/** The items of one side in order, with their elements. */
interface Side {
  readonly elements: readonly string[]
  readonly items: readonly unknown[]
  /** Null for what stands there more than once: such items are not merged with anything. */
  readonly byElement: ReadonlyMap<string, unknown>
}

function sideOf(type: ListType, list: unknown): Side {
  const items: readonly unknown[] = Array.isArray(list) ? list : []
  const elements = items.map((item) => itemElement(type, item))
  const byElement = new Map<string, unknown>()
  for (const [i, element] of elements.entries()) {
    byElement.set(element, byElement.has(element) ? null : items[i])
  }
  return { elements, items, byElement }
}

/**
 * Walks both lists at once. Shared items come in the right side's order; the left side's own keep their places between them, and the right side's own
 * follow the shared item that they stand behind.
 */
function mergeItems(type: ListType, lhs: unknown, rhs: unknown): unknown[] | undefined {
  const left = sideOf(type, lhs)
  const right = sideOf(type, rhs)
  const shared = right.elements.filter((element) => left.byElement.has(element))
  const done = new Set<string>()
  const merged: unknown[] = []
  const take = (l: unknown, r: unknown): void => {
    const value = merge(type.element, l, r)
    if (value !== undefined) merged.push(value)
  }
  const takeBoth = (element: string): void => {
    done.add(element)
    take(left.byElement.get(element), right.byElement.get(element))
    if (shared[0] === element) shared.shift()
  }
  let l = 0
  let r = 0
  while (l < left.elements.length || r < right.elements.length) {
    const mine = left.elements[l]
    const theirs = right.elements[r]
    if (mine !== undefined && theirs !== undefined) {
      if (mine === theirs) {
        takeBoth(mine)
        l++
        r++
        continue
      }
      // Shared, and not its turn: it comes where the right side has it.
      if (right.byElement.has(mine) && shared[0] !== undefined && shared[0] !== mine) {
        l++
        continue
      }
    }
    if (mine !== undefined) {
      if (!right.byElement.has(mine)) {
        take(left.items[l], undefined)
        l++
        continue
      }
      if (done.has(mine)) l++
    }
    if (theirs !== undefined) {
      takeBoth(theirs)
      r++
    }
  }
  return merged.length === 0 ? undefined : merged
}
