import pino from 'pino'
import { expect, test } from 'vitest'
import { StorageError } from './errors.ts'
import { Expiry } from './expiry.ts'

const logger = pino({ level: 'silent' })
const lifetime = { ttlSeconds: 60, expiresAt: 100 }

test('while storage is away nothing due is forgotten', async () => {
  let away = true
  const removed: string[] = []
  const expiry = new Expiry({
    logger,
    remove: async (key) => {
      if (away) throw new StorageError('Unavailable', 'away')
      removed.push(key)
    },
  })
  for (const key of ['a', 'b', 'c']) expiry.add({ key, revision: 1 }, lifetime)
  await expiry.removeDue(100)
  expect(removed).toEqual([])
  away = false
  await expiry.removeDue(100)
  await expiry.removeDue(100)
  expect(removed).toEqual(['a', 'b', 'c'])
})

test('an object that is read often is removed once, at its newest revision', async () => {
  const removed: [string, number][] = []
  const expiry = new Expiry({ logger, remove: async (...what) => removed.push(what) })
  for (const revision of [1, 1, 3, 2]) expiry.add({ key: 'a', revision }, lifetime)
  await expiry.removeDue(99)
  expect(removed).toEqual([])
  await expiry.removeDue(100)
  expect(removed).toEqual([['a', 3]])
})
