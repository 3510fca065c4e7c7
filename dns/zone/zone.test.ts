import { describe, expect, test } from 'vitest'
import { zoneOf } from '../testing/zone-text.ts'
import { ipv4Octets, ipv6Octets } from './address.ts'
import { compileZone, findAnswer, recompile } from './answer-table.ts'
import { lookup } from './lookup.ts'
import { isWithin, nameKey, nameText } from './name.ts'
import { addressSet, cnameSet, nsSet, rrType, txtSet } from './rr-set.ts'
import { applyChanges, type Changes } from './zone.ts'

const origin = nameKey('example.test')
const a = (text: string) => addressSet(4, [text], 30) ?? expect.fail('no address')
const base = zoneOf('example.test', [
  { name: 'a.b.example.test', type: 'A', ttl: 30, rdata: '192.0.2.1' },
])
const change = (entries: Record<string, ReturnType<typeof a>[] | undefined>): Changes =>
  new Map(Object.entries(entries).map(([name, sets]) => [nameKey(name), sets]))
const kindOf = (zone: typeof base, name: string, type: number = rrType.A) =>
  lookup(zone, nameKey(name), type).kind

describe('names', () => {
  test.each([
    ['a.example.test', true],
    ['EXAMPLE.test', true],
    ['example.test.', true],
    ['xexample.test', false],
    ['test', false],
    ['.', false],
  ])('%s within example.test: %s', (name, within) => {
    expect(isWithin(nameKey(name), origin)).toBe(within)
  })

  test('octets of another name inside a label are no label boundary', () => {
    const label = '\x07example\x04test'
    const inside = `${String.fromCharCode(label.length + 1)}x${label}\0`
    expect(isWithin(inside, origin)).toBe(false)
  })

  test.each(['a..b', 'x'.repeat(64), Array(70).fill('abc').join('.')])('refuses %s', (name) => {
    expect(() => nameKey(name)).toThrow(RangeError)
  })

  test('odd octets are shown as numbers', () => {
    expect(nameText('\x03a.b\x03com\0')).toBe('a\\046b.com.')
  })
})

describe('addresses', () => {
  test.each([
    ['192.0.2.1', 'c0000201'],
    ['192.0.2.01', undefined],
    ['192.0.2.256', undefined],
    ['192.0.2', undefined],
  ])('%s', (text, hex) => {
    const octets = ipv4Octets(text)
    expect(octets && Buffer.from(octets).toString('hex')).toBe(hex)
  })

  test.each([
    ['2001:db8::1', '20010db8000000000000000000000001'],
    ['::', '00000000000000000000000000000000'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['1:2:3:4:5:6:7:8:9', undefined],
    ['1:2:3:4:5:6:7::8', undefined],
    ['1::2::3', undefined],
    ['fe80::1%eth0', undefined],
    ['192.0.2.1', undefined],
  ])('%s', (text, hex) => {
    const octets = ipv6Octets(text)
    expect(octets && Buffer.from(octets).toString('hex')).toBe(hex)
  })

  test('sets are sorted, without duplicates and of one family', () => {
    const set = addressSet(4, ['192.0.2.2', '192.0.2.1', '192.0.2.2', '2001:db8::1', 'no'], 30)
    expect(set?.rdata.map((r) => r.join('.'))).toEqual(['192.0.2.1', '192.0.2.2'])
  })

  test('a text over 255 octets becomes several strings', () => {
    const [rdata] = txtSet([['x'.repeat(300)]], 30).rdata
    expect([rdata?.[0], rdata?.[256], rdata?.length]).toEqual([255, 45, 302])
  })
})

describe('empty non-terminals', () => {
  test('come and go with the names below them', () => {
    expect(kindOf(base, 'b.example.test')).toBe('NoData')
    const { zone, touched } = applyChanges(base, change({ 'a.b.example.test': undefined }), 2)
    expect(kindOf(zone, 'b.example.test')).toBe('NameError')
    expect(kindOf(zone, 'example.test')).toBe('NoData')
    expect([...touched].map(nameText).sort()).toEqual(['a.b.example.test.', 'b.example.test.'])
    expect(kindOf(base, 'b.example.test')).toBe('NoData')
  })

  test('a name that was set stays without records and without children', () => {
    const held = applyChanges(base, change({ 'b.example.test': [] }), 2).zone
    const zone = applyChanges(held, change({ 'a.b.example.test': undefined }), 3).zone
    expect(kindOf(zone, 'b.example.test')).toBe('NoData')
  })

  test('a name with children that is removed stays as empty', () => {
    const zone = applyChanges(base, change({ 'b.example.test': [a('192.0.2.9')] }), 2).zone
    const next = applyChanges(zone, change({ 'b.example.test': undefined }), 3).zone
    expect(kindOf(next, 'b.example.test')).toBe('NoData')
  })

  test('names outside the zone are refused', () => {
    expect(() => applyChanges(base, change({ 'example.org': [] }), 2)).toThrow(
      'example.org. is not in the zone example.test.',
    )
  })
})

describe('lookup', () => {
  test('stops at loops, and after eight CNAMEs', () => {
    const loop = applyChanges(
      base,
      change({
        'x.example.test': [cnameSet('y.example.test', 15)],
        'y.example.test': [cnameSet('x.example.test', 15)],
        ...Object.fromEntries(
          Array.from({ length: 12 }, (_, i) => [
            `c${i}.example.test`,
            [cnameSet(`c${i + 1}.example.test`, 15)],
          ]),
        ),
      }),
      2,
    ).zone
    expect(lookup(loop, nameKey('x.example.test'), rrType.A).chain).toHaveLength(2)
    expect(lookup(loop, nameKey('c0.example.test'), rrType.A).chain).toHaveLength(8)
  })

  test('refers to the servers of a zone cut, also for names that it does not know', () => {
    const { zone } = applyChanges(
      base,
      change({
        'sub.example.test': [nsSet(['ns.sub.example.test'], 3600)],
        'ns.sub.example.test': [a('192.0.2.53')],
      }),
      2,
    )
    for (const name of ['sub.example.test', 'ns.sub.example.test', 'no.sub.example.test']) {
      const answer = findAnswer(compileZone(zone), nameKey(name), rrType.A)
      expect(answer?.authoritative).toBe(false)
      expect(answer?.counts).toEqual({ answer: 0, authority: 1, extra: 1 })
    }
    expect(kindOf(zone, 'no.example.test')).toBe('NameError')
    expect(kindOf(zone, 'sub.example.test', rrType.DS)).toBe('NoData')
  })
})

describe('recompile', () => {
  const start = compileZone(
    applyChanges(
      base,
      change({
        'up.example.test': [cnameSet('a.b.example.test', 15)],
        'other.example.test': [a('192.0.2.7')],
      }),
      2,
    ).zone,
  )
  const next = applyChanges(start.zone, change({ 'a.b.example.test': [a('192.0.2.99')] }), 3)

  test('gives what compiling everything gives', () => {
    const table = recompile(start, next)
    const whole = compileZone(next.zone)
    expect([...table.names.keys()].sort()).toEqual([...whole.names.keys()].sort())
    for (const [name, answers] of whole.names) expect(table.names.get(name)).toEqual(answers)
  })

  test('makes anew only what changed and what was made from it', () => {
    const table = recompile(start, next)
    const changed = [...table.names].filter(([name, answers]) => start.names.get(name) !== answers)
    expect(changed.map(([name]) => nameText(name)).sort()).toEqual([
      'a.b.example.test.',
      'up.example.test.',
    ])
  })
})
