import { ownName } from '../print.ts'
import { addValues } from './addition.ts'
import { type Comparable, compare, isEqualValue } from './equality.ts'
import type { Functions, Library } from './library.ts'

type List = Iterable<unknown>

const timestamp = 'google.protobuf.Timestamp'
const duration = 'google.protobuf.Duration'
const comparable = ['int', 'uint', 'double', 'bool', 'string', 'bytes', timestamp, duration]

/** The same function for lists of each of the types. */
const forTypes = (
  types: readonly string[],
  signature: (type: string) => string,
  handler: (list: Iterable<Comparable>) => unknown,
): Functions => Object.fromEntries(types.map((type) => [signature(type), handler]))

const extreme = (list: Iterable<Comparable>, sign: 1 | -1): Comparable => {
  const [first, ...items] = list
  if (first === undefined) throw new Error(`${sign > 0 ? 'max' : 'min'} called on empty list`)
  return items.reduce((a, b) => (compare(b, a) * sign > 0 ? b : a), first)
}

function isSorted(list: Iterable<Comparable>): boolean {
  const items = [...list]
  return items.every((one, i) => i === 0 || compare(items[i - 1] ?? one, one) <= 0)
}

/** Of no items, whose type nobody knows, 0. */
const sum = ([first, ...items]: Iterable<unknown>): unknown =>
  first === undefined ? 0n : items.reduce(addValues, first)

function indexOf(list: List, item: unknown): bigint {
  return BigInt([...list].findIndex((one) => isEqualValue(one, item)))
}

function lastIndexOf(list: List, item: unknown): bigint {
  return BigInt([...list].findLastIndex((one) => isEqualValue(one, item)))
}

function distinct(list: List): unknown[] {
  const kept: unknown[] = []
  for (const item of list) if (!kept.some((one) => isEqualValue(one, item))) kept.push(item)
  return kept
}

function flatten(list: List, depth: bigint): unknown[] {
  if (depth < 0n) throw new Error('level must be non-negative')
  return [...list].flat(Number(depth > 100n ? 100n : depth))
}

function slice(list: List, start: bigint, end: bigint): unknown[] {
  const items = [...list]
  if (start < 0n || end < 0n) {
    throw new Error(`cannot slice(${start}, ${end}), negative indexes not supported`)
  }
  if (start > end)
    throw new Error(
      `cannot slice(${start}, ${end}), start index must be less than or equal to end index`,
    )
  if (items.length < end)
    throw new Error(`cannot slice(${start}, ${end}), list is length ${items.length}`)
  return items.slice(Number(start), Number(end))
}

/** As many numbers as Kubernetes lets an expression walk through. */
const longestRange = 1_000_000n

function range(count: bigint): bigint[] {
  if (count > longestRange) throw new Error('cost limit exceeded')
  return Array.from({ length: Math.max(0, Number(count)) }, (_, i) => BigInt(i))
}

const contains = (list: List, sought: List): boolean => {
  const items = [...list]
  return [...sought].every((one) => items.some((other) => isEqualValue(other, one)))
}

const intersects = (list: List, others: List): boolean => {
  const items = [...list]
  return [...others].some((one) => items.some((other) => isEqualValue(other, one)))
}

class Lists {}
class Sets {}

export const lists: Library = {
  functions: {
    ...forTypes(comparable, (type) => `list<${type}>.isSorted(): bool`, isSorted),
    ...forTypes(
      comparable,
      (type) => `list<${type}>.min(): ${type}`,
      (list) => extreme(list, -1),
    ),
    ...forTypes(
      comparable,
      (type) => `list<${type}>.max(): ${type}`,
      (list) => extreme(list, 1),
    ),
    ...forTypes(
      comparable,
      (type) => `list<${type}>.sort(): list<${type}>`,
      (list) => [...list].sort(compare),
    ),
    ...forTypes(['int', 'uint', 'double', duration], (type) => `list<${type}>.sum(): ${type}`, sum),
    [`list<dyn>.${ownName('min')}(): dyn`]: (list: Iterable<Comparable>) => extreme(list, -1),
    [`list<dyn>.${ownName('max')}(): dyn`]: (list: Iterable<Comparable>) => extreme(list, 1),
    [`list<dyn>.${ownName('sum')}(): dyn`]: sum,
    [`list<dyn>.${ownName('sort')}(): list<dyn>`]: (list: Iterable<Comparable>) =>
      [...list].sort(compare),
    'list<T>.indexOf(T): int': indexOf,
    'list<T>.lastIndexOf(T): int': lastIndexOf,
    'list<T>.slice(int, int): list<T>': slice,
    'list<list<T>>.flatten(): list<T>': (list: List) => flatten(list, 1n),
    'list<dyn>.flatten(int): list<dyn>': flatten,
    'list<T>.distinct(): list<T>': distinct,
    'list<T>.reverse(): list<T>': (list: List) => [...list].reverse(),
    'Lists.range(int): list<int>': (_: Lists, count: bigint) => range(count),
    'Sets.contains(list<T>, list<T>): bool': (_: Sets, a: List, b: List) => contains(a, b),
    'Sets.equivalent(list<T>, list<T>): bool': (_: Sets, a: List, b: List) =>
      contains(a, b) && contains(b, a),
    'Sets.intersects(list<T>, list<T>): bool': (_: Sets, a: List, b: List) => intersects(a, b),
  },
  types: [
    { name: 'Lists', ctor: Lists },
    { name: 'Sets', ctor: Sets },
  ],
  namespaces: { lists: new Lists(), sets: new Sets() },
}
