import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator'
import { isObject } from '../../../patch/json-value.ts'

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
  if (isNumber(left) && isNumber(right)) return Number(left) === Number(right) && left == right
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0
  if (isTime(a) && isTime(b)) return a.constructor === b.constructor && a.valueOf() === b.valueOf()
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((one, i) => isEqualValue(one, b[i]))
  }
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isEqualValue(a[key], b[key]))
  )
}

const isNumber = (value: unknown): value is bigint | number =>
  typeof value === 'bigint' || typeof value === 'number'

const isTime = (value: unknown): value is Date | Duration =>
  value instanceof Date || value instanceof Duration
