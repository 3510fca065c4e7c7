import { describe, expect, it } from 'vitest'
import { rolloutLimits } from '../../../federation-controller/federated-types/rollout-limits.ts'
import { nextRecreateStep, nextRollingStep, type RolloutSet } from './rollout.ts'

const set = (name: string, replicas: number, available = replicas): RolloutSet => ({
  name,
  replicas,
  available,
  created: name,
})

describe('rolloutLimits', () => {
  it.each([
    [4, {}, { maxSurge: 1, maxUnavailable: 1 }],
    [1, {}, { maxSurge: 1, maxUnavailable: 0 }],
    [10, { maxSurge: '30%', maxUnavailable: '15%' }, { maxSurge: 3, maxUnavailable: 1 }],
    [3, { maxSurge: 0, maxUnavailable: 0 }, { maxSurge: 0, maxUnavailable: 1 }],
    [2, { maxSurge: 5, maxUnavailable: 9 }, { maxSurge: 5, maxUnavailable: 2 }],
  ])('%i replicas, %o', (desired, strategy, limits) => {
    expect(rolloutLimits(desired, strategy)).toEqual(limits)
  })
})

describe('nextRollingStep', () => {
  const limits = { maxSurge: 1, maxUnavailable: 1 }
  it.each<[string, { desired: number; current: RolloutSet; old: RolloutSet[] }, object]>([
    ['a new set is filled at once', { desired: 4, current: set('n', 0), old: [] }, { n: 4 }],
    ['a finished one rests', { desired: 4, current: set('n', 4), old: [set('o', 0)] }, {}],
    ['scaling down', { desired: 2, current: set('n', 4), old: [] }, { n: 2 }],
    [
      'surge up, unavailable down',
      { desired: 4, current: set('n', 0), old: [set('o', 4)] },
      { n: 1, o: 3 },
    ],
    [
      'waits for new pods to come up',
      { desired: 4, current: set('n', 2, 0), old: [set('o', 3)] },
      {},
    ],
    ['goes on as they come', { desired: 4, current: set('n', 2, 1), old: [set('o', 3)] }, { o: 2 }],
    [
      'old pods that never came up go first',
      { desired: 4, current: set('n', 1, 1), old: [set('bad', 1, 0), set('o', 3)] },
      { bad: 0, o: 2 },
    ],
    [
      'the oldest set is emptied first',
      { desired: 2, current: set('n', 1), old: [set('b', 1), set('a', 1)] },
      { a: 0, b: 0 },
    ],
  ])('%s', (_, input, step) => {
    expect(Object.fromEntries(nextRollingStep({ ...limits, ...input }))).toEqual(step)
  })

  it.each([
    [4, 1, 1],
    [7, 2, 0],
    [3, 0, 1],
    [10, 3, 2],
  ])(
    '%i replicas end, surge %i and unavailable %i honoured',
    (desired, maxSurge, maxUnavailable) => {
      let current = set('n', 0)
      let old = set('o', desired)
      let rounds = 0
      while (current.replicas !== desired || old.replicas > 0) {
        const step = nextRollingStep({ desired, maxSurge, maxUnavailable, current, old: [old] })
        expect(step.size).toBeGreaterThan(0)
        const next = { n: step.get('n') ?? current.replicas, o: step.get('o') ?? old.replicas }
        expect(next.n + next.o).toBeLessThanOrEqual(desired + maxSurge)
        expect(current.available + next.o).toBeGreaterThanOrEqual(desired - maxUnavailable)
        current = set('n', next.n)
        old = set('o', next.o)
        expect(++rounds).toBeLessThan(50)
      }
    },
  )
})

describe('nextRecreateStep', () => {
  it.each([
    ['empties first', [set('o', 3)], 3, { o: 0 }],
    ['waits for old pods', [set('o', 0)], 2, {}],
    ['then fills', [set('o', 0)], 0, { n: 3 }],
  ])('%s', (_, old, oldPods, step) => {
    expect(Object.fromEntries(nextRecreateStep(3, { current: set('n', 0), old, oldPods }))).toEqual(
      step,
    )
  })
})
