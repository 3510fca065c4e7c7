import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHandler } from '../../dns/handler.ts'
import { Metrics } from '../../dns/metrics.ts'
import { listen, type Listeners } from '../../dns/server.ts'
import compliance from '../../dns/testdata/edns-compliance.json' with { type: 'json' }
import hostile from '../../dns/testdata/hostile-packets.json' with { type: 'json' }
import own from '../../dns/testdata/own-zone.json' with { type: 'json' }
import { zoneOf } from '../../dns/testing/zone-text.ts'
import { compileZone } from '../../dns/zone/answer-table.ts'
import { digFull, noDig } from '../framework/dig.ts'
import { run } from '../framework/process.ts'

const zone = zoneOf(own.zone.origin, own.zone.records)
let server: Listeners

beforeAll(async () => {
  const state = { origin: zone.origin, table: compileZone(zone), stale: false, expired: false }
  const fail = (error: unknown): never => {
    throw error
  }
  const handler = createHandler({ state: () => state, metrics: new Metrics(), onDefect: fail })
  server = await listen({ handler, port: 0, address: '127.0.0.1', onError: fail })
})
afterAll(() => server[Symbol.asyncDispose]())

const digRaw = async (flags: string): Promise<string> => {
  const args = ['@127.0.0.1', '-p', String(server.port), '+tries=1', '+time=2', '+qr', '+comments']
  return (await run('dig', [...args, ...flags.split(' ')])).stdout
}

/** The reply's part of dig's output, behind the echo of the query. */
const replyOf = (text: string): string => text.slice(text.indexOf(';; Got answer:'))

interface Reply {
  readonly rcode: string
  readonly flags: readonly string[]
  readonly opt: boolean
  readonly ednsVersion: number
  readonly ednsFlags: string
  readonly answer: number
  readonly authority: readonly string[]
  readonly answers: readonly string[]
  readonly size: number
  readonly text: string
}

const section = (text: string, name: string): string[] => {
  const body = new RegExp(`;; ${name} SECTION:\\n([\\s\\S]*?)\\n\\n`).exec(text)?.[1]
  return body === undefined ? [] : body.split('\n').map((l) => l.replace(/\s+/g, ' '))
}

function parse(output: string): Reply {
  const text = replyOf(output)
  const edns = /EDNS: version: (\d+), flags:([^;]*);/.exec(text)
  return {
    rcode: /status: (\w+)/.exec(text)?.[1] ?? 'none',
    flags: (/;; flags:([^;]*);/.exec(text)?.[1] ?? '').trim().split(' '),
    opt: edns !== null,
    ednsVersion: Number(edns?.[1] ?? -1),
    ednsFlags: edns?.[2] ?? '',
    answer: Number(/ANSWER: (\d+)/.exec(text)?.[1] ?? -1),
    answers: section(text, 'ANSWER'),
    authority: section(text, 'AUTHORITY'),
    size: Number(/MSG SIZE {2}rcvd: (\d+)/.exec(text)?.[1] ?? 0),
    text,
  }
}

interface Expect {
  rcode: string
  soaInAnswer?: boolean
  soaInAuthority?: boolean
  aa?: boolean
  rd?: boolean
  ad?: boolean
  tc?: boolean
  z?: boolean
  do?: boolean
  opt?: boolean
  ednsVersion?: number
  ednsFlagsZ?: number
  answerCount?: number
  maxSize?: number
  optionNotEchoed?: number
}

function checkReply(reply: Reply, wanted: Expect): void {
  // One case allows several codes, in words.
  const codes = /^\w+$/.test(wanted.rcode) ? [wanted.rcode] : ['NOTAUTH', 'REFUSED', 'NOERROR']
  expect(codes).toContain(reply.rcode)
  const flag = (name: string, value: boolean | undefined): void => {
    if (value !== undefined) expect(reply.flags.includes(name), `flag ${name}`).toBe(value)
  }
  for (const name of ['aa', 'rd', 'ad', 'tc'] as const) flag(name, wanted[name])
  if (wanted.z === false) expect(reply.text).not.toContain('MBZ')
  if (wanted.opt !== undefined) expect(reply.opt).toBe(wanted.opt)
  if (wanted.ednsVersion !== undefined) expect(reply.ednsVersion).toBe(wanted.ednsVersion)
  if (wanted.ednsFlagsZ === 0) expect(reply.text).not.toContain('MBZ')
  if (wanted.do !== undefined) expect(reply.ednsFlags.includes('do')).toBe(wanted.do)
  const soa = (lines: readonly string[]): boolean => lines.some((l) => l.includes(' IN SOA '))
  if (wanted.soaInAnswer !== undefined) expect(soa(reply.answers)).toBe(wanted.soaInAnswer)
  if (wanted.soaInAuthority !== undefined) expect(soa(reply.authority)).toBe(wanted.soaInAuthority)
  if (wanted.answerCount !== undefined) expect(reply.answer).toBe(wanted.answerCount)
  if (wanted.maxSize !== undefined) expect(reply.size).toBeLessThanOrEqual(wanted.maxSize)
  if (wanted.optionNotEchoed !== undefined) expect(reply.text).not.toContain('OPT=100')
}

describe.skipIf(noDig !== undefined)(
  `DNS by dig${noDig === undefined ? '' : ` (${noDig})`}`,
  () => {
    describe('EDNS compliance', () => {
      const cases = compliance.cases.map((c) => [c.name, c.dig, c.expect as Expect] as const)
      test.each(cases)('%s: dig %s', async (_name, flags, wanted) => {
        checkReply(parse(await digRaw(flags.replace('ZONE', 'example.com'))), wanted)
      })

      test('every type at the apex is data or no data', async () => {
        for (const type of compliance.types) {
          const reply = parse(await digRaw(`+noedns +noad +norec ${type} example.com`))
          expect([type, reply.rcode]).toEqual([type, 'NOERROR'])
          expect(reply.answer > 0 || reply.authority.length === 1).toBe(true)
        }
      })
    })

    interface OwnCase {
      qname: string
      qtype: string
      rcode: string
      flags?: string
      answer: string | { name: string; type: string; ttl: number; rdata: string }[]
      authority: { name: string; type: string; ttl: number; rdata: string }[]
      answerCount?: number
    }

    describe('own federation zone', () => {
      const cases = (own.cases as unknown as OwnCase[]).map(
        (c) => [`${c.qname} ${c.qtype} ${c.flags ?? ''}`.trim(), c] as const,
      )
      const line = (r: { name: string; type: string; ttl: number; rdata: string }): string =>
        `${r.name} ${r.ttl} IN ${r.type} ${r.rdata}`.toLowerCase()

      test.each(cases)('%s', async (_title, c) => {
        const flags = c.flags === undefined || c.flags === '' ? [] : c.flags.split(' ')
        const reply = parse(await digFull(server.port, c.qname, c.qtype, '+norec', ...flags))
        expect(reply.rcode).toBe(c.rcode)
        if (Array.isArray(c.answer))
          expect(reply.answers.map((l) => l.toLowerCase()).sort()).toEqual(
            c.answer.map(line).sort(),
          )
        if (c.answerCount !== undefined) expect(reply.answer).toBe(c.answerCount)
        expect(reply.authority.map((l) => l.toLowerCase())).toEqual(c.authority.map(line))
        expect(reply.text).not.toMatch(/;; WARNING|malformed|extra bytes/i)
      })

      test('the question comes back as it was written', async () => {
        const text = await digFull(server.port, 'NgInX.DeFaUlT.MyFeD.SvC.eXaMpLe.CoM', 'TXT', '+qr')
        expect(replyOf(text)).toContain(';NgInX.DeFaUlT.MyFeD.SvC.eXaMpLe.CoM.')
        expect(section(replyOf(text), 'AUTHORITY')[0]).toMatch(/^eXaMpLe\.CoM\. /)
      })
    })

    test('hostile packets over the wire leave it answering', async () => {
      const { createSocket } = await import('node:dgram')
      const socket = createSocket('udp4')
      for (const c of hostile.cases)
        socket.send(Buffer.from(c.hex, 'hex'), server.port, '127.0.0.1')
      const reply = parse(await digFull(server.port, 'nginx.default.myfed.svc.example.com'))
      socket.close()
      expect(reply.rcode).toBe('NOERROR')
      expect(reply.answer).toBe(2)
    })
  },
)
