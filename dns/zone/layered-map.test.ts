import { expect, test } from 'vitest'
import { LayeredMap } from './layered-map.ts'

test('agrees with plain maps through many versions, and old versions stay as they were', () => {
  let map = LayeredMap.of<number, string>(new Map())
  let plain = new Map<number, string>()
  const kept: [LayeredMap<number, string>, Map<number, string>][] = []
  for (let step = 0; step < 400; step++) {
    const changes = new Map<number, string | undefined>()
    for (let i = 0; i < 5; i++) {
      const key = (step * 31 + i * 17) % 700
      changes.set(key, (step + i) % 3 === 0 ? undefined : `${step}/${i}`)
    }
    map = map.with(changes)
    plain = new Map(plain)
    for (const [key, value] of changes) {
      if (value === undefined) plain.delete(key)
      else plain.set(key, value)
    }
    if (step % 40 === 0) kept.push([map, plain])
  }
  kept.push([map, plain])
  for (const [version, expected] of kept) {
    expect(version.size).toBe(expected.size)
    expect(new Map(version)).toEqual(expected)
    for (let key = 0; key < 700; key++) expect(version.get(key)).toBe(expected.get(key))
  }
})
