import { expect, test } from 'vitest'
import { decode, queryOf } from '../test/framework/dns-messages.ts'
import { createHandler } from './handler.ts'
import { parseQuery } from './message.ts'
import { Metrics } from './metrics.ts'
import hostile from './testdata/hostile-packets.json' with { type: 'json' }
import own from './testdata/own-zone.json' with { type: 'json' }
import { zoneOf } from './testing/zone-text.ts'
import { compileZone } from './zone/answer-table.ts'

/** mulberry32: the same packets in every run. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const zone = zoneOf(own.zone.origin, own.zone.records)
const state = { origin: zone.origin, table: compileZone(zone), stale: false, expired: false }
const defects: unknown[] = []
const handler = createHandler({
  state: () => state,
  metrics: new Metrics(),
  onDefect: (error) => defects.push(error),
})

const seeds: Buffer[] = [
  ...hostile.cases.map((c) => Buffer.from(c.hex, 'hex')),
  ...own.cases.map((c, i) => queryOf({ name: c.qname, type: [1, 28, 33, 6, 255][i % 5] ?? 1 })),
  ...own.cases.map((c) => queryOf({ name: c.qname, type: 1, udpSize: 1232 })),
]

function mutate(random: () => number): Buffer {
  const upTo = (n: number): number => Math.floor(random() * n)
  const bytes = Buffer.from(seeds[upTo(seeds.length)] ?? Buffer.alloc(0))
  for (let n = upTo(4); n >= 0; n--) if (bytes.length > 0) bytes[upTo(bytes.length)] = upTo(256)
  const shape = random()
  if (shape < 0.15) return bytes.subarray(0, upTo(bytes.length + 1))
  if (shape < 0.3) return Buffer.concat([bytes, Buffer.from([upTo(256), upTo(256), 0, 41])])
  if (shape < 0.4) return Buffer.concat([bytes, seeds[upTo(seeds.length)] ?? bytes])
  return bytes
}

/** Octets that dns2's parser reads otherwise than RFC 1035 does: a dot inside a label, and what is no ASCII. */
const hasOddLabel = (question: Buffer): boolean =>
  question.some((octet) => octet === 0x2e || octet > 0x7e)

test('mutated messages get silence or a well-formed reply with the same id and question', () => {
  const random = randomOf(20240101)
  let replies = 0
  let withQuestion = 0
  for (let i = 0; i < 60_000; i++) {
    const bytes = mutate(random)
    const reply = handler(bytes, i % 8 === 0 ? 'tcp' : 'udp')
    if (reply === undefined) continue
    replies++
    expect(reply.readUInt16BE(0)).toBe(bytes.readUInt16BE(0))
    expect((reply[2] ?? 0) & 0x80).toBe(0x80)
    const question = parseQuery(bytes)?.question
    expect(reply.readUInt16BE(4)).toBe(question === undefined ? 0 : 1)
    if (question === undefined) continue
    withQuestion++
    const asked = bytes.subarray(12, question.end)
    expect(Buffer.compare(reply.subarray(12, question.end), asked)).toBe(0)
    if (!hasOddLabel(asked)) decode(reply)
  }
  expect(defects).toEqual([])
  expect(replies).toBeGreaterThan(20_000)
  expect(withQuestion).toBeGreaterThan(10_000)
})

test('random octets are survived', () => {
  const random = randomOf(7)
  for (let i = 0; i < 20_000; i++) {
    const bytes = Buffer.from(
      Array.from({ length: Math.floor(random() * 90) }, () => random() * 256),
    )
    const reply = handler(bytes, 'udp')
    if (reply !== undefined) expect(reply.readUInt16BE(0)).toBe(bytes.readUInt16BE(0))
  }
  expect(defects).toEqual([])
})
