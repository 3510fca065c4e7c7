import { expect, it } from 'vitest'
import { AddressPool } from './address-pool.ts'

it('gives the lowest free address, once', () => {
  const pool = new AddressPool('192.0.2.0/29')
  expect(pool.take('a')).toBe('192.0.2.1')
  expect(pool.take('a')).toBe('192.0.2.1')
  pool.hold('b', '192.0.2.2')
  expect(pool.take('c')).toBe('192.0.2.3')
  pool.release('a')
  expect(pool.take('d')).toBe('192.0.2.1')
})

it('is empty after the last usable address', () => {
  const pool = new AddressPool('198.51.100.0/30')
  expect([pool.take('a'), pool.take('b'), pool.take('c')]).toEqual([
    '198.51.100.1',
    '198.51.100.2',
    undefined,
  ])
})

it('keeps the ranges of big networks apart', () => {
  expect(new AddressPool('203.0.113.128/25').take('a')).toBe('203.0.113.129')
})
