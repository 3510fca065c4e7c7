import { expect, test } from 'vitest'
import { unifiedDiff } from './unified-diff.ts'

const text = (...lines: readonly (string | number)[]): string => lines.join('\n')
const letters = 'a b c d e f g h i j k l m n'.split(' ')

test.each([
  ['nothing changed', text('a', 'b'), text('a', 'b'), ''],
  [
    'one line of many',
    text(...letters),
    text(...letters).replace('e', 'E'),
    '@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n',
  ],
  ['a line more at the end', text('a'), text('a', 'b'), '@@ -1 +1,2 @@\n a\n+b\n'],
  ['a line less at the start', text('a', 'b'), text('b'), '@@ -1,2 +1 @@\n-a\n b\n'],
  [
    'changes that are far from each other',
    text(...letters),
    text(...letters)
      .replace('a', 'A')
      .replace('n', 'N'),
    '@@ -1,4 +1,4 @@\n-a\n+A\n b\n c\n d\n@@ -11,4 +11,4 @@\n k\n l\n m\n-n\n+N\n',
  ],
  [
    'the longest run of equal lines is kept',
    text('x', 'a', 'b', 'c'),
    text('a', 'x', 'a', 'b', 'c'),
    '@@ -1,3 +1,4 @@\n+a\n x\n a\n b\n',
  ],
])('%s', (_, a, b, expected) => {
  expect(unifiedDiff(a, b)).toBe(expected)
})
