import { describe, expect, test } from 'vitest'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { argumentsOf, exactlyOneName, parseDuration } from './arguments.ts'

test.each([
  ['10s', 10_000],
  ['1m30s', 90_000],
  ['500ms', 500],
  ['1.5h', 5_400_000],
  ['0', 0],
  ['15', 15_000],
  ['', undefined],
  ['soon', undefined],
  ['10 s', undefined],
  ['-1s', undefined],
])('duration %j is %j ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

describe('arguments', () => {
  const args = argumentsOf({ arguments: ['a'], context: ['x', 'y'], wait: 'soon', empty: '' })

  test('the last of several wins, and empty is absent', () => {
    expect([args.string('context'), args.string('empty'), args.string('no')]).toEqual([
      'y',
      undefined,
      undefined,
    ])
  })

  test('what is no duration is named', () => {
    expect(() => args.duration('wait')).toThrow(
      new UsageError('--wait=soon is no duration: write it like 10s, 1m30s or 500ms'),
    )
  })

  test.each([[[]], [['a', 'b']]])('one name is wanted: %j', (given) => {
    expect(() => exactlyOneName(argumentsOf({ arguments: given }))).toThrow(
      new UsageError(`exactly one NAME is required, got ${given.length}`),
    )
  })
})
