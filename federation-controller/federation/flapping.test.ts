import { describe, expect, it } from 'vitest'
import { calmMs, FlapGuard, holdMs } from './flapping.ts'

it.each([
  [0, 0],
  [1, 0],
  [2, 10_000],
  [3, 20_000],
  [5, 60_000],
  [50, 60_000],
])('after %i returns it must stay %i ms', (returns, ms) => {
  expect(holdMs(returns)).toBe(ms)
})

describe('FlapGuard', () => {
  const goneAndBack = (guard: FlapGuard, at: number): number | undefined => {
    guard.note('a', false, at)
    return guard.note('a', true, at + 1_000)
  }

  it('relies at once on who is new, and on who comes back once', () => {
    const guard = new FlapGuard()
    expect(guard.isSteady('a', 0)).toBe(true)
    expect(guard.note('a', true, 0)).toBe(0)
    expect(goneAndBack(guard, 1_000)).toBe(0)
    expect(guard.isSteady('a', 2_000)).toBe(true)
  })

  it('does not count the first arrival of who was away at first', () => {
    const guard = new FlapGuard()
    guard.note('a', false, 0)
    expect(guard.note('a', true, 1_000)).toBe(0)
    expect(goneAndBack(guard, 2_000)).toBe(0)
    expect(goneAndBack(guard, 4_000)).toBe(10_000)
  })

  it('waits ever longer for who comes and goes, and hears the same news once', () => {
    const guard = new FlapGuard()
    guard.note('a', true, 0)
    goneAndBack(guard, 1_000)
    expect(goneAndBack(guard, 3_000)).toBe(10_000)
    expect(guard.note('a', true, 5_000)).toBeUndefined()
    expect(guard.isSteady('a', 13_999)).toBe(false)
    expect(guard.isSteady('a', 14_000)).toBe(true)
    expect(goneAndBack(guard, 20_000)).toBe(20_000)
  })

  it('forgives who was calm for long', () => {
    const guard = new FlapGuard()
    guard.note('a', true, 0)
    goneAndBack(guard, 1_000)
    goneAndBack(guard, 3_000)
    expect(goneAndBack(guard, 4_001 + calmMs)).toBe(0)
  })
})
