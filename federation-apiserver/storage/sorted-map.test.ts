import { expect, test } from 'vitest'
import { compareKeys } from './keys.ts'
import { SortedMap } from './sorted-map.ts'
import { Random } from './testing/random.ts'

interface Value {
  readonly key: string
  readonly n: number
}

test('is in order after any history of changes and reads', () => {
  const random = new Random(7)
  for (let history = 0; history < 50; history += 1) {
    const map = new SortedMap<Value>()
    const model = new Map<string, Value>()
    const inOrder = (): Value[] => [...model.values()].sort((a, b) => compareKeys(a.key, b.key))
    for (let n = 0; n < 300; n += 1) {
      const key = `/${'abc'[random.below(3)]}/${random.below(200)}`
      const action = random.below(20)
      if (action < 15) {
        map.set({ key, n })
        model.set(key, { key, n })
      } else if (action < 17) {
        map.delete(key)
        model.delete(key)
      } else if (action === 17) {
        expect(map.values).toEqual(inOrder())
      } else {
        const { start, end } = map.bounds('/b/', '/b/50')
        const wanted = inOrder().filter(
          (value) => value.key.startsWith('/b/') && compareKeys(value.key, '/b/50') > 0,
        )
        expect(map.values.slice(start, end)).toEqual(wanted)
      }
      expect(map.get(key)).toEqual(model.get(key))
      expect(map.size).toBe(model.size)
    }
    expect(map.values).toEqual(inOrder())
  }
})
