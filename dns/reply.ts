import type { Answer } from './zone/answer.ts'
import type { SoaTemplate } from './zone/answer-table.ts'
import { headerOctets } from './zone/message-writer.ts'
import { rrType } from './zone/rr-set.ts'
import type { NameKey } from './zone/name.ts'
import type { Query } from './message.ts'

/** Largest UDP reply, and what our OPT advertises: below it nothing is fragmented (RFC 9715). */
export const maxUdpOctets = 1232
const minUdpOctets = 512
const maxTcpOctets = 65_535

const optOctets = 11
const extendedErrorOctets = 6
const extendedErrorOption = 15

const flagsResponse = 0x80
const flagAuthoritative = 0x04
const flagTruncated = 0x02
const flagRecursionDesired = 0x01
const flagCheckingDisabled = 0x10

/** What a negative answer needs of the zone. */
export interface NegativePart {
  readonly origin: NameKey
  readonly soa: SoaTemplate
}

export interface ReplyOptions {
  readonly transport: 'udp' | 'tcp'
  /** Present when answers may be negative. */
  readonly negative?: NegativePart
  /** Counts up, to choose among rotated bodies. */
  readonly turn: number
}

/** Octets that the client takes (RFC 6891 §6.2.5): 512 without EDNS, and never above our own limit. */
function sizeLimit(query: Query, transport: 'udp' | 'tcp'): number {
  if (transport === 'tcp') return maxTcpOctets
  if (query.edns === undefined) return minUdpOctets
  return Math.min(Math.max(query.edns.udpSize, minUdpOctets), maxUdpOctets)
}

/** What goes into one reply. */
interface Parts {
  readonly body: Buffer
  readonly extra: Buffer | undefined
  readonly soa: Buffer | undefined
  readonly truncated: boolean
  readonly length: number
}

const noBody = Buffer.alloc(0)

function chooseParts(query: Query, answer: Answer, options: ReplyOptions): Parts {
  const head = query.question?.end ?? headerOctets
  const body = answer.bodies[options.turn % answer.bodies.length] ?? noBody
  const soa = answer.negative ? options.negative?.soa.bytes : undefined
  const opt = optLength(query, answer)
  const length = head + body.length + (soa?.length ?? 0) + opt
  const limit = sizeLimit(query, options.transport)
  // RFC 6891 §7: a truncated reply keeps its OPT record.
  if (length > limit)
    return { body: noBody, extra: undefined, soa: undefined, truncated: true, length: head + opt }
  const withExtra = length + answer.extra.length
  if (answer.extra.length === 0 || withExtra > limit)
    return { body, extra: undefined, soa, truncated: false, length }
  return { body, extra: answer.extra, soa, truncated: false, length: withExtra }
}

const optLength = (query: Query, answer: Answer): number => {
  if (query.edns === undefined) return 0
  return optOctets + (answer.extendedError === undefined ? 0 : extendedErrorOctets)
}

function writeHeader(out: Buffer, query: Query, answer: Answer, parts: Parts): void {
  const asked = query.bytes
  out[0] = asked[0] ?? 0
  out[1] = asked[1] ?? 0
  out[2] =
    flagsResponse |
    (query.opcode << 3) |
    (answer.authoritative ? flagAuthoritative : 0) |
    (parts.truncated ? flagTruncated : 0) |
    ((asked[2] ?? 0) & flagRecursionDesired)
  out[3] = ((asked[3] ?? 0) & flagCheckingDisabled) | (answer.rcode & 15)
  const { counts } = answer
  const soa = parts.soa === undefined || parts.soa.length === 0 ? 0 : 1
  out.writeUInt16BE(query.question === undefined ? 0 : 1, 4)
  out.writeUInt16BE(parts.truncated ? 0 : counts.answer, 6)
  out.writeUInt16BE(parts.truncated ? 0 : counts.authority + soa, 8)
  out.writeUInt16BE(
    (parts.extra === undefined ? 0 : counts.extra) + (query.edns === undefined ? 0 : 1),
    10,
  )
}

function writeSoa(out: Buffer, at: number, negative: NegativePart, qnameEnd: number): number {
  const { bytes, pointers } = negative.soa
  out.set(bytes, at)
  // The apex is the tail of the question's name.
  const apex = qnameEnd - negative.origin.length
  for (const pointer of pointers) out.writeUInt16BE(0xc000 | apex, at + pointer)
  return at + bytes.length
}

function writeOpt(out: Buffer, at: number, answer: Answer, dnssecOk: boolean): void {
  out[at] = 0
  out.writeUInt16BE(rrType.OPT, at + 1)
  out.writeUInt16BE(maxUdpOctets, at + 3)
  out[at + 5] = answer.rcode >> 4
  out[at + 6] = 0
  // DO is copied (RFC 4035 §3.2.1), the reserved flags are clear.
  out.writeUInt16BE(dnssecOk ? 0x8000 : 0, at + 7)
  out.writeUInt16BE(answer.extendedError === undefined ? 0 : extendedErrorOctets, at + 9)
  if (answer.extendedError === undefined) return
  out.writeUInt16BE(extendedErrorOption, at + optOctets)
  out.writeUInt16BE(2, at + optOctets + 2)
  out.writeUInt16BE(answer.extendedError, at + optOctets + 4)
}

/** The reply: header and question from the query octet for octet, the compiled records, our OPT when the client sent one. */
export function writeReply(query: Query, answer: Answer, options: ReplyOptions): Buffer {
  const parts = chooseParts(query, answer, options)
  const out = Buffer.allocUnsafe(parts.length)
  writeHeader(out, query, answer, parts)
  let at: number = headerOctets
  if (query.question !== undefined) {
    query.bytes.copy(out, at, headerOctets, query.question.end)
    at = query.question.end
  }
  out.set(parts.body, at)
  at += parts.body.length
  if (parts.soa !== undefined && options.negative !== undefined && query.question !== undefined)
    at = writeSoa(out, at, options.negative, query.question.end - 4)
  if (parts.extra !== undefined) {
    out.set(parts.extra, at)
    at += parts.extra.length
  }
  if (query.edns !== undefined) writeOpt(out, at, answer, query.edns.dnssecOk)
  return out
}
