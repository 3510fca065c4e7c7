import { expect, describe, test } from 'vitest'
import { decode, expectedLine, queryOf, typeNumbers } from '../test/framework/dns-messages.ts'
import { createHandler, type Handler } from './handler.ts'
import { Metrics } from './metrics.ts'
import type { ServingState } from './plugins/plugin.ts'
import hostile from './testdata/hostile-packets.json' with { type: 'json' }
import own from './testdata/own-zone.json' with { type: 'json' }
import { zoneOf } from './testing/zone-text.ts'
import { rcode } from './zone/answer.ts'
import { compileZone } from './zone/answer-table.ts'
import { nameKey, nameText } from './zone/name.ts'

const zone = zoneOf(own.zone.origin, own.zone.records)
const serving: ServingState = {
  origin: zone.origin,
  table: compileZone(zone),
  stale: false,
  expired: false,
}

function handlerOf(state: ServingState): Handler {
  const onDefect = (error: unknown): never => {
    throw error
  }
  return createHandler({ state: () => state, metrics: new Metrics(), onDefect })
}

const handler = handlerOf(serving)

function ask(parts: Parameters<typeof queryOf>[0], transport: 'udp' | 'tcp' = 'udp') {
  const query = queryOf(parts)
  const reply = handler(query, transport)
  if (reply === undefined) throw new Error('no reply')
  return { query, reply, decoded: decode(reply) }
}

interface OwnCase {
  qname: string
  qtype: string
  rcode: keyof typeof rcode
  flags?: string
  answer: string | { name: string; type: string; ttl: number; rdata: string }[]
  authority: { name: string; type: string; ttl: number; rdata: string }[]
  answerCount?: number
  aa?: boolean
  ra?: boolean
  tc?: boolean
  opt?: boolean
  maxSize?: number
}

function partsOf(c: OwnCase) {
  const flags = c.flags ?? '+bufsize=1232'
  const size = /bufsize=(\d+)/.exec(flags)?.[1]
  const parts = { name: c.qname, type: typeNumbers[c.qtype] ?? 0 }
  return size === undefined ? parts : { ...parts, udpSize: Number(size) }
}

describe('own federation zone', () => {
  test.each(
    (own.cases as unknown as OwnCase[]).map((c) => [`${c.qname} ${c.qtype} ${c.flags ?? ''}`, c]),
  )('%s', (_title, c) => {
    const { query, reply, decoded } = ask(partsOf(c), c.flags?.includes('+tcp') ? 'tcp' : 'udp')
    const questionEnd = 12 + Buffer.from(c.qname === '.' ? '' : c.qname).length + 1 + 4
    expect(reply.subarray(12, questionEnd)).toEqual(query.subarray(12, questionEnd))
    expect(reply.readUInt16BE(0)).toBe(0x1234)
    expect(decoded.rcode).toBe(rcode[c.rcode])
    expect(decoded.ra).toBe(false)
    if (c.aa !== undefined) expect(decoded.aa).toBe(c.aa)
    if (c.tc !== undefined) expect(decoded.tc).toBe(c.tc)
    if (c.maxSize !== undefined) expect(reply.length).toBeLessThanOrEqual(c.maxSize)
    if (c.answerCount !== undefined) expect(decoded.answer).toHaveLength(c.answerCount)
    expect(decoded.opt).toBe(partsOf(c).hasOwnProperty('udpSize'))
    if (Array.isArray(c.answer)) expect(decoded.answer).toEqual(c.answer.map(expectedLine).sort())
    if (c.qtype === 'ANY')
      expect(new Set(decoded.answer.map((line) => line.split(' ')[1])).size).toBe(1)
    expect(decoded.authority).toEqual(c.authority.map(expectedLine).sort())
  })

  test('case of the question is kept, and of the zone in a negative answer', () => {
    const { reply } = ask({ name: 'aBsEnT.ExAmPlE.cOm', type: 1 })
    expect(reply.includes('aBsEnT')).toBe(true)
    expect(reply.toString('latin1').match(/example/gi)).toEqual(['ExAmPlE'])
  })

  test('an SRV target is not compressed, and its address comes along', () => {
    const { reply, decoded } = ask({
      name: '_http._tcp.nginx.default.myfed.svc.example.com',
      type: typeNumbers.SRV ?? 0,
      udpSize: 1232,
    })
    expect(reply.toString('latin1').split('\x02c1\x05nginx\x07default')).toHaveLength(2)
    expect(decoded.additional).toEqual([
      'c1.nginx.default.myfed.svc.example.com. A 30 198.51.100.1',
      'c2.nginx.default.myfed.svc.example.com. A 30 198.51.100.2',
    ])
  })

  test('addresses take turns at the front, behind the CNAMEs', () => {
    const parts = { name: 'nginx.default.myfed.svc.europe-west1.example.com', type: 1 }
    const heads = Array.from({ length: 4 }, () => {
      const records = ask(parts).decoded.packet.answers
      expect(records[0]?.type).toBe(typeNumbers.CNAME)
      return records[1]?.address
    })
    expect(new Set(heads)).toEqual(new Set(['198.51.100.1', '198.51.100.2']))
  })
})

describe('hostile packets', () => {
  const cases = hostile.cases.filter((c) => !('udpSocketPort' in c) && !('udpSourcePort' in c))
  test.each(cases.map((c) => [c.name, c.expect, Buffer.from(c.hex, 'hex')] as const))(
    '%s: %s',
    (_name, expected, bytes) => {
      const started = performance.now()
      const reply = handler(bytes, 'udp')
      expect(performance.now() - started).toBeLessThan(50)
      if (expected.startsWith('no reply')) {
        expect(reply).toBeUndefined()
        return
      }
      const allowed = Object.entries(rcode).filter(([name]) => expected.includes(name))
      expect(allowed.map(([, code]) => code)).toContain(reply && decode(reply).rcode)
      if (expected.includes('octet for octet'))
        expect(reply?.subarray(12)).toEqual(bytes.subarray(12))
    },
  )

  test('a question that is longer than a name may be', () => {
    const label = Buffer.concat([Buffer.of(63), Buffer.alloc(63, 0x61)])
    const bytes = Buffer.concat([
      queryOf({ name: '.', type: 1 }).subarray(0, 12),
      ...Array.from({ length: 4 }, () => label),
      Buffer.from([0, 0, 1, 0, 1]),
    ])
    const reply = handler(bytes, 'udp')
    expect(reply && decode(reply).rcode).toBe(rcode.FORMERR)
  })

  test('a datagram that is too long to be a query is dropped', () => {
    const bytes = Buffer.concat([queryOf({ name: 'example.com', type: 1 }), Buffer.alloc(5000)])
    expect(handler(bytes, 'udp')).toBeUndefined()
  })
})

describe('data that is missing or old', () => {
  const extendedError = (reply: Buffer): number => reply.readUInt16BE(reply.length - 2)

  test.each([
    ['not synced', { ...serving, table: undefined }, rcode.SERVFAIL, 14],
    ['older than EXPIRE', { ...serving, expired: true }, rcode.SERVFAIL, 22],
    ['stale', { ...serving, stale: true }, rcode.NOERROR, 3],
  ])('%s', (_title, state, code, error) => {
    const { table, ...rest } = state
    const reply = handlerOf(table === undefined ? rest : { ...rest, table })(
      queryOf({ name: 'nginx.default.myfed.svc.example.com', type: 1, udpSize: 1232 }),
      'udp',
    )
    if (reply === undefined) throw new Error('no reply')
    expect(decode(reply).rcode).toBe(code)
    expect(extendedError(reply)).toBe(error)
  })

  test('other zones are refused all the same', () => {
    const { table: _table, ...state } = serving
    const reply = handlerOf(state)(queryOf({ name: 'example.org', type: 1 }), 'udp')
    expect(reply && decode(reply).rcode).toBe(rcode.REFUSED)
  })
})

describe('every compiled answer', () => {
  test('reads the same with another parser as the zone says', () => {
    let compared = 0
    for (const [key, node] of zone.nodes) {
      for (const [type, set] of node.rrsets) {
        const name = nameText(key)
        const { decoded } = ask({ name, type }, 'tcp')
        const direct = decoded.packet.answers.filter((r) => r.type === type)
        expect(direct.map((r) => r.ttl)).toEqual(set.rdata.map(() => set.ttl))
        const expected = own.zone.records
          .filter((r) => nameKey(r.name) === key && typeNumbers[r.type] === type)
          .map(expectedLine)
        expect(decoded.answer).toEqual(expected.sort())
        compared += direct.length
      }
    }
    expect(compared).toBe(own.zone.records.length)
  })
})
