import { expect, test } from 'vitest'
import { countIndexes } from './indexes.ts'

test.each([
  ['', 0],
  ['0', 1],
  ['0-1', 2],
  ['0,2-4,7', 5],
  ['1-3,5-6', 5],
  ['8', 'too large index: "8"'],
  ['0-8', 'too large index: "8"'],
  ['x', 'cannot convert string to integer for index: "x"'],
  ['1-', 'cannot convert string to integer for index: ""'],
  ['3,3', 'non-increasing order, previous: 3, current: 3'],
  ['3-2', 'non-increasing order, previous: 3, current: 2'],
  [
    '1-2-3',
    `the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`,
  ],
])('%j of 8 indexes', (list, expected) => {
  expect(countIndexes(list, 8)).toBe(expected)
})
