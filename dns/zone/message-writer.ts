import { keyOfOctets, type NameKey, octetsOfKey, parentKey, root } from './name.ts'
import { type RRset, rrType } from './rr-set.ts'

/** Octets of the message header: the question's name starts right behind it. */
export const headerOctets = 12

const pointerFlag = 0xc000
const classIn = 1

/**
 * Octets of RDATA before, in and behind names that may be compressed. SRV is not among them: RFC 2782 and RFC 3597 §4
 * keep compression to the types of RFC 1035.
 */
const compressible = new Map<number, { names: number }>([
  [rrType.NS, { names: 1 }],
  [rrType.CNAME, { names: 1 }],
  [rrType.SOA, { names: 2 }],
])

const nameEnd = (octets: Uint8Array, from: number): number => {
  let at = from
  for (let length = octets[at] ?? 0; length > 0; length = octets[at] ?? 0) at += length + 1
  return at + 1
}

/**
 * Writes records that will follow the question for `qname`, with compression against the question and each other. The
 * octets depend on nothing but qname: the question itself is copied from each query, and pointers into it keep its case.
 */
export class MessageWriter {
  #buffer: Buffer = Buffer.allocUnsafe(512)
  #length = 0
  readonly #base: number
  readonly #offsets = new Map<NameKey, number>()

  constructor(qname: NameKey) {
    this.#base = headerOctets + qname.length + 4
    this.#remember(qname, headerOctets)
  }

  /** Octets written so far. */
  get length(): number {
    return this.#length
  }

  /** Writes every record of the set, beginning with the one at `first`. */
  rrset(owner: NameKey, set: RRset, first = 0): void {
    for (let i = 0; i < set.rdata.length; i++) {
      const rdata = set.rdata[(first + i) % set.rdata.length]
      if (rdata !== undefined) this.record(owner, set, rdata)
    }
  }

  record(owner: NameKey, { type, ttl }: { type: number; ttl: number }, rdata: Uint8Array): void {
    this.#name(owner)
    this.#u16(type)
    this.#u16(classIn)
    this.#u16(ttl >>> 16)
    this.#u16(ttl & 0xffff)
    this.#u16(0)
    const start = this.#length
    let at = 0
    for (let names = compressible.get(type)?.names ?? 0; names > 0; names--) {
      const end = nameEnd(rdata, at)
      this.#name(keyOfOctets(rdata.subarray(at, end)), rdata.subarray(at, end))
      at = end
    }
    this.#bytes(rdata.subarray(at))
    this.#buffer.writeUInt16BE(this.#length - start, start - 2)
  }

  bytes(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length))
  }

  #name(key: NameKey, octets: Uint8Array = octetsOfKey(key)): void {
    let rest: NameKey | undefined = key
    while (rest !== undefined && rest !== root) {
      const offset = this.#offsets.get(rest)
      if (offset !== undefined) {
        const written = key.length - rest.length
        this.#remember(key, this.#base + this.#length, written)
        this.#bytes(octets.subarray(0, written))
        this.#u16(pointerFlag | offset)
        return
      }
      rest = parentKey(rest)
    }
    this.#remember(key, this.#base + this.#length)
    this.#bytes(octets)
  }

  /** Notes where `key` and its ancestors stand, as far as its first `upTo` octets; pointers reach 14 bits. */
  #remember(key: NameKey, offset: number, upTo = key.length): void {
    let at: NameKey | undefined = key
    while (at !== undefined && at !== root && key.length - at.length < upTo) {
      const position = offset + key.length - at.length
      if (position >= 0x4000) return
      if (!this.#offsets.has(at)) this.#offsets.set(at, position)
      at = parentKey(at)
    }
  }

  #bytes(octets: Uint8Array): void {
    this.#reserve(octets.length)
    this.#buffer.set(octets, this.#length)
    this.#length += octets.length
  }

  #u16(value: number): void {
    this.#reserve(2)
    this.#length = this.#buffer.writeUInt16BE(value, this.#length)
  }

  #reserve(octets: number): void {
    if (this.#length + octets <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + octets))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}
