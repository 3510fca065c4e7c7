import { headerOctets } from './zone/message-writer.ts'
import { lowerOctet, type NameKey } from './zone/name.ts'
import { rcode } from './zone/answer.ts'
import { rrType } from './zone/rr-set.ts'

/** What a client says about itself in its OPT record (RFC 6891 §6.1). */
export interface Edns {
  readonly version: number
  readonly udpSize: number
  readonly dnssecOk: boolean
}

/** A request that may be answered. Fields of the question are absent when there is none that can be read. */
export interface Query {
  readonly bytes: Buffer
  readonly opcode: number
  readonly question?: Question
  readonly edns?: Edns
  /** Signed with a TSIG key (RFC 8945). */
  readonly signed: boolean
  /** FORMERR when the message breaks the format. */
  readonly problem?: number
}

export interface Question {
  /** Lower-case name. */
  readonly name: NameKey
  readonly type: number
  readonly class: number
  /** Where the question section ends in the request. */
  readonly end: number
}

export const classIn = 1

/** UDP requests and TCP frames above this are no queries that anybody sends (RFC 9715 keeps them below 1,400). */
export const maxQueryOctets = 4096

const maxNameOctets = 255
const maxLabel = 63
const scratch = Buffer.alloc(maxNameOctets)

/** Reads the one question; no compression is possible there, so a pointer is an error. */
function readQuestion(bytes: Buffer): Question | undefined {
  let length = 0
  for (let at = headerOctets; ;) {
    const label = bytes[at] ?? maxLabel + 1
    const end = length + label + 1
    if (label > maxLabel || end > maxNameOctets || at + label >= bytes.length) return undefined
    const last = at + label
    while (at <= last) scratch[length++] = lowerOctet(bytes[at++] ?? 0)
    if (label === 0) break
  }
  const end = headerOctets + length + 4
  if (end > bytes.length) return undefined
  return {
    name: scratch.toString('latin1', 0, length),
    type: bytes.readUInt16BE(end - 4),
    class: bytes.readUInt16BE(end - 2),
    end,
  }
}

/** Offset behind a record's name, without following pointers; undefined past the end. */
function skipName(bytes: Buffer, from: number): number | undefined {
  for (let at = from; at < bytes.length;) {
    const label = bytes[at] ?? 0
    if (label === 0) return at + 1
    if (label >= 0xc0) return at + 2
    if (label > maxLabel) return undefined
    at += label + 1
  }
  return undefined
}

const fixedRecordOctets = 10

/** Whether the options of an OPT record fill its RDATA exactly. */
function optionsFit(bytes: Buffer, from: number, end: number): boolean {
  let at = from
  while (at + 4 <= end) at += 4 + bytes.readUInt16BE(at + 2)
  return at === end
}

function readOpt(bytes: Buffer, fixed: number, rdataEnd: number): Edns | undefined {
  if (!optionsFit(bytes, fixed + fixedRecordOctets, rdataEnd)) return undefined
  return {
    udpSize: bytes.readUInt16BE(fixed + 2),
    version: bytes[fixed + 5] ?? 0,
    dnssecOk: ((bytes[fixed + 6] ?? 0) & 0x80) !== 0,
  }
}

interface Trailer {
  edns?: Edns
  signed: boolean
}

/** Walks the records behind the question; undefined when they break the format or hold two OPT records. */
function readRecords(bytes: Buffer, from: number): Trailer | undefined {
  const additionalFrom = bytes.readUInt16BE(6) + bytes.readUInt16BE(8)
  const total = additionalFrom + bytes.readUInt16BE(10)
  const trailer: Trailer = { signed: false }
  let at = from
  for (let i = 0; i < total; i++) {
    const fixed = skipName(bytes, at)
    if (fixed === undefined || fixed + fixedRecordOctets > bytes.length) return undefined
    const type = bytes.readUInt16BE(fixed)
    const end = fixed + fixedRecordOctets + bytes.readUInt16BE(fixed + 8)
    if (end > bytes.length) return undefined
    if (type === rrType.OPT) {
      const edns = fixed === at + 1 && i >= additionalFrom ? readOpt(bytes, fixed, end) : undefined
      if (edns === undefined || trailer.edns !== undefined) return undefined
      trailer.edns = edns
    }
    if (type === rrType.TSIG) trailer.signed = true
    at = end
  }
  return at === bytes.length ? trailer : undefined
}

/**
 * Reads a request without copying it. Undefined: no reply must be sent (too short, or a reply itself, which could make
 * two servers answer each other for ever). Cost is bounded by the length: no pointer is followed.
 */
export function parseQuery(bytes: Buffer): Query | undefined {
  if (bytes.length < headerOctets || ((bytes[2] ?? 0) & 0x80) !== 0) return undefined
  const opcode = ((bytes[2] ?? 0) >> 3) & 15
  const broken = { bytes, opcode, signed: false, problem: rcode.FORMERR }
  // RFC 9619: exactly one question.
  if (bytes.readUInt16BE(4) !== 1) return broken
  const question = readQuestion(bytes)
  if (question === undefined) return broken
  const trailer = readRecords(bytes, question.end)
  if (trailer === undefined) return { ...broken, question }
  return trailer.edns === undefined
    ? { bytes, opcode, question, signed: trailer.signed }
    : { bytes, opcode, question, signed: trailer.signed, edns: trailer.edns }
}
