import { describe, expect, it } from 'vitest'
import { type CopyMemory, repairDelayMs } from './entry.ts'

const memory = (repairs: number, repairedAt: number): CopyMemory => ({
  written: undefined,
  isUncertain: false,
  isGone: false,
  repairs,
  repairedAt,
  waits: 0,
})

describe('repairDelayMs', () => {
  it.each<[string, number, number, number]>([
    ['the first repairs come at once', 2, 0, 0],
    ['then it takes a second', 3, 0, 1_000],
    ['counted from the last repair', 3, 400, 600],
    ['then ever longer', 6, 0, 8_000],
    ['up to a minute', 30, 0, 60_000],
    ['a long calm forgives', 30, 11 * 60_000, 0],
  ])('%s', (_, repairs, sinceMs, expected) => {
    expect(repairDelayMs(memory(repairs, 1_000), 1_000 + sinceMs)).toBe(expected)
  })
})
