import { describe, expect, test } from 'vitest'
import { differences } from './differences.ts'
import { Normaliser } from './normalise.ts'

const object = (resourceVersion: string, uid: string, more: object = {}): object => ({
  metadata: { resourceVersion, uid, ...more },
})
const a = '11111111-1111-4111-8111-111111111111'
const b = '22222222-2222-4222-8222-222222222222'

const normalised = (...values: unknown[]): unknown[] =>
  new Normaliser({ managedFields: true }).all(values)

const refused = (...errors: readonly (readonly [field: string, message: string])[]): object => ({
  message: `Pod "a" is invalid: [${errors.map((error) => error.join(': ')).join(', ')}]`,
  details: { causes: errors.map(([field, message]) => ({ field, message })) },
})
const [cpu, memory, name] = [
  ['spec.resources.limits[cpu]', 'Invalid value: "-1", or so'],
  ['spec.resources.limits[memory]', 'Invalid value: "-2"'],
  ['spec.name', 'Required value'],
] as const

const pairs: readonly (readonly [
  what: string,
  left: unknown[],
  right: unknown[],
  equal: boolean,
])[] = [
  [
    'other uids and versions',
    [object('9', a), object('10', a)],
    [object('5', b), object('7', b)],
    true,
  ],
  [
    'versions in another order',
    [object('9', a), object('10', a)],
    [object('7', b), object('5', b)],
    false,
  ],
  [
    'a version that stayed',
    [object('9', a), object('10', a)],
    [object('5', b), object('5', b)],
    false,
  ],
  ['another object', [object('9', a), object('9', a)], [object('5', a), object('5', b)], false],
  [
    'generated names, also in text',
    [object('1', a, { generateName: 'x-', name: 'x-abcde' }), 'gone: x-abcde'],
    [object('1', a, { generateName: 'x-', name: 'x-fghij' }), 'gone: x-fghij'],
    true,
  ],
  [
    'errors about one map in another order',
    [refused(name, cpu, memory)],
    [refused(name, memory, cpu)],
    true,
  ],
  ['other errors in another order', [refused(name, cpu)], [refused(cpu, name)], false],
  ['the time', [new Date().toISOString()], [new Date(Date.now() - 5000).toISOString()], true],
  ['a time that was given', ['2020-01-01T00:00:00Z'], ['2020-01-01T00:00:01Z'], false],
  ['a time of another precision', [new Date().toISOString()], ['2020-01-01T00:00:00Z'], false],
]

describe('what two servers must answer alike', () => {
  test.each(pairs)('%s', (_, left, right, equal) => {
    expect(differences(normalised(...left), normalised(...right)).length === 0).toBe(equal)
  })

  test('a difference says where it is', () => {
    expect(differences({ a: [{ b: 1 }] }, { a: [{ b: 2 }, 3] })).toEqual([
      { at: 'a[0].b', real: 1, ours: 2 },
      { at: 'a[1]', ours: 3 },
    ])
  })
})
