import { describe, expect, test } from 'vitest'
import { compareKeys, prefixEnd } from './keys.ts'

const keys = [
  '',
  '/',
  '/a',
  '/a/b',
  '/ab',
  '/a~',
  '/é',
  '/\ud7ff',
  '/\ue000',
  '/\uffee',
  '/\u{10000}',
  '/\u{10ffff}',
]

describe('keys', () => {
  test('are compared by their UTF-8 bytes', () => {
    for (const a of keys) {
      for (const b of keys) {
        const bytes = Buffer.compare(Buffer.from(a), Buffer.from(b))
        expect(Math.sign(compareKeys(a, b))).toBe(bytes)
      }
    }
  })

  test.each([
    ['/a/', '/a0'],
    ['/\ud7ff', '/\ue000'],
    ['/a\u{10ffff}', '/b'],
    ['\u{10ffff}', undefined],
    ['', undefined],
  ])('behind all keys under %j comes %j', (prefix, end) => {
    expect(prefixEnd(prefix)).toBe(end)
  })
})
