import { expect, test } from 'vitest'
import { parseDuration } from './timeout.ts'

test.each([
  ['32s', 32_000],
  ['1m30s', 90_000],
  ['500ms', 500],
  ['1.5s', 1500],
  ['0', undefined],
  ['0s', undefined],
  ['', undefined],
  ['-1s', undefined],
])('a timeout of %j is %s ms', (text, wanted) => {
  expect(parseDuration(text)).toBe(wanted)
})

test.each([
  ['5', 'time: missing unit in duration "5"'],
  ['soon', 'time: invalid duration "soon"'],
  ['1m5d', 'time: unknown unit "d" in duration "1m5d"'],
])('a timeout of %j is a bad request', (text, why) => {
  expect(() => parseDuration(text)).toThrow(`invalid timeout specified in the request URL - ${why}`)
})
