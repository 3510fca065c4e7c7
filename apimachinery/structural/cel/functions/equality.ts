import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator'
import { Optional } from '@marcbachmann/cel-js'
import { isObject } from '../../../patch/json-value.ts'
import { listKindOf } from '../list-kinds.ts'

/** What can be ordered: numbers, texts, truth values, bytes, times, durations. */
export type Comparable =
  bigint | number | string | boolean | Date | Duration | UnsignedInt | Uint8Array

/** Negative, zero or positive; values are of one type, or numbers. */
export function compare(a: Comparable, b: Comparable): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

/** Equality of CEL: numbers of any type by value, lists and maps by what is in them. */
export function isEqualValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  const [left, right] = [a, b].map((one) => (one instanceof UnsignedInt ? one.valueOf() : one))
  if (isNumber(left) && isNumber(right)) return isSameNumber(left, right)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0
  if (isTime(a) && isTime(b)) return a.constructor === b.constructor && a.valueOf() === b.valueOf()
  if (Array.isArray(a) && Array.isArray(b)) return areEqualLists(a, b)
  if (a instanceof Optional && b instanceof Optional) {
    return a.hasValue() === b.hasValue() && isEqualValue(a.orValue(null), b.orValue(null))
  }
  if (isEquatable(a)) return b instanceof a.constructor && a.equals(b)
  if (!isPlain(a) || !isPlain(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isEqualValue(a[key], b[key]))
  )
}

/** A value that only functions can look into, and that knows what it is equal to. */
export interface Equatable {
  readonly equals: (other: never) => boolean
}

const isEquatable = (value: unknown): value is { equals: (other: unknown) => boolean } =>
  typeof value === 'object' && value !== null && 'equals' in value && !isPlain(value)

/** A map or an object of a schema, and nothing of a class. */
const isPlain = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && [Object.prototype, null].includes(Object.getPrototypeOf(value))

/** The order of items does not count in sets and in lists by key (kubernetes.io/docs, "CEL in Kubernetes"). */
function areEqualLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  const kind = listKindOf(a)
  if (a.length !== b.length) return false
  if (kind === undefined) return a.every((one, i) => isEqualValue(one, b[i]))
  const others = Map.groupBy(b, kind)
  return a.every((one) => others.get(kind(one))?.some((other) => isEqualValue(one, other)) === true)
}

/** By value, exactly: as doubles two large integers may look alike. */
function isSameNumber(a: bigint | number, b: bigint | number): boolean {
  if (typeof a === typeof b) return a === b
  const [whole, other] = typeof a === 'bigint' ? [a, Number(b)] : [BigInt(b), a]
  return Number.isInteger(other) && BigInt(other as number) === whole
}

const isNumber = (value: unknown): value is bigint | number =>
  typeof value === 'bigint' || typeof value === 'number'

const isTime = (value: unknown): value is Date | Duration =>
  value instanceof Date || value instanceof Duration
