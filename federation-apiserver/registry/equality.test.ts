import { expect, test } from 'vitest'
import { isEqual, isEqualExcept } from './equality.ts'

test.each([
  [{ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 }, true],
  [{ a: undefined }, {}, true],
  [{ a: null }, {}, false],
  [[1, 2], [2, 1], false],
  [{ a: {} }, { a: [] }, false],
  [{ a: { b: 1 } }, { a: { b: 1, c: 2 } }, false],
  ['1', 1, false],
])('%j and %j: %s', (a, b, equal) => {
  expect(isEqual(a, b)).toBe(equal)
  expect(isEqual(b, a)).toBe(equal)
})

test('fields that do not count', () => {
  const ignored = new Set(['metadata', 'status'])
  expect(
    isEqualExcept({ metadata: 1, spec: { a: 1 } }, { status: 2, spec: { a: 1 } }, ignored),
  ).toBe(true)
  expect(isEqualExcept({ spec: { a: 1 } }, { spec: { a: 2 } }, ignored)).toBe(false)
})
