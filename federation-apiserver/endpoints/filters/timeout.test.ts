import { expect, test } from 'vitest'
import { parseTimeout } from './timeout.ts'

test.each([
  ['32s', 32_000],
  ['1m30s', 90_000],
  ['500ms', 500],
  ['1.5s', 1500],
  ['0', undefined],
  ['0s', undefined],
  ['-1s', undefined],
  ['', undefined],
])('a timeout of %j is %s ms', (text, wanted) => {
  expect(parseTimeout(text)).toBe(wanted)
})

test.each([
  ['10', 'missing unit in duration "10"'],
  ['1m30', 'missing unit in duration "1m30"'],
  ['1d', 'unknown unit "d" in duration "1d"'],
  ['soon', 'invalid duration "soon"'],
  ['1s.', 'invalid duration "1s."'],
  ['-', 'invalid duration "-"'],
])('%j is no timeout: %s', (text, why) => {
  expect(() => parseTimeout(text)).toThrow(`in the request URL - time: ${why}`)
})
