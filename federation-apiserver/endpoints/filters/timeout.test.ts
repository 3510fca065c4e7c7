import { expect, test } from 'vitest'
import { parseDuration } from './timeout.ts'

test.each([
  ['32s', 32_000],
  ['1m30s', 90_000],
  ['500ms', 500],
  ['1.5s', 1500],
  ['10', 10_000],
  ['0', undefined],
  ['0s', undefined],
  ['', undefined],
  ['soon', undefined],
])('a timeout of %j is %s ms', (text, wanted) => {
  expect(parseDuration(text)).toBe(wanted)
})
