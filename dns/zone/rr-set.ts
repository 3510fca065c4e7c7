import { ipv4Octets, ipv6Octets } from './address.ts'
import { keyOfOctets, type NameKey, nameOctets } from './name.ts'

/** RR types that this server makes or treats specially (IANA numbers). */
export const rrType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  DS: 43,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const

/** Records of one name and type; they share a TTL in seconds (RFC 2181 §5.2). Names in `rdata` are whole, not compressed. */
export interface RRset {
  readonly type: number
  readonly ttl: number
  readonly rdata: readonly Uint8Array[]
}

export interface Srv {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}

export interface Soa {
  readonly mname: string
  readonly rname: string
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
}

const u16 = (n: number): number[] => [(n >> 8) & 255, n & 255]
const u32 = (n: number): number[] => [...u16(n >>> 16), ...u16(n & 0xffff)]

/** A or AAAA of those literals that are of the family; undefined when none is. Duplicates are dropped, order is sorted. */
export function addressSet(
  family: 4 | 6,
  addresses: Iterable<string>,
  ttl: number,
): RRset | undefined {
  const parse = family === 4 ? ipv4Octets : ipv6Octets
  const distinct = new Map<string, Uint8Array>()
  for (const text of addresses) {
    const octets = parse(text)
    if (octets !== undefined) distinct.set(Buffer.from(octets).toString('hex'), octets)
  }
  if (distinct.size === 0) return undefined
  const rdata = [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, octets]) => octets)
  return { type: family === 4 ? rrType.A : rrType.AAAA, ttl, rdata }
}

export const cnameSet = (target: string, ttl: number): RRset => ({
  type: rrType.CNAME,
  ttl,
  rdata: [nameOctets(target)],
})

export const nsSet = (targets: readonly string[], ttl: number): RRset => ({
  type: rrType.NS,
  ttl,
  rdata: targets.map(nameOctets),
})

export const srvSet = (records: readonly Srv[], ttl: number): RRset => ({
  type: rrType.SRV,
  ttl,
  rdata: records.map((r) =>
    Buffer.concat([
      Buffer.from([...u16(r.priority), ...u16(r.weight), ...u16(r.port)]),
      nameOctets(r.target),
    ]),
  ),
})

/** Each record a list of character-strings; those over 255 octets are split, as one octet holds the length. */
export const txtSet = (records: readonly (readonly string[])[], ttl: number): RRset => ({
  type: rrType.TXT,
  ttl,
  rdata: records.map((strings) =>
    Buffer.concat(
      strings.flatMap((text) => {
        const octets = Buffer.from(text, 'utf8')
        const parts: Buffer[] = []
        for (let at = 0; at === 0 || at < octets.length; at += 255) {
          const part = octets.subarray(at, at + 255)
          parts.push(Buffer.of(part.length), part)
        }
        return parts
      }),
    ),
  ),
})

export const soaSet = (soa: Soa, ttl: number): RRset => ({
  type: rrType.SOA,
  ttl,
  rdata: [
    Buffer.concat([
      nameOctets(soa.mname),
      nameOctets(soa.rname),
      Buffer.from([soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum].flatMap(u32)),
    ]),
  ],
})

/** Octets before the name in the RDATA of a type that points at a host; undefined for other types. */
const targetOffsets = new Map<number, number>([
  [rrType.CNAME, 0],
  [rrType.NS, 0],
  [rrType.SRV, 6],
])

/** The names that an RRset points at (CNAME, NS and SRV targets). */
export function targetsOf(set: RRset): NameKey[] {
  const offset = targetOffsets.get(set.type)
  return offset === undefined ? [] : set.rdata.map((r) => keyOfOctets(r.subarray(offset)))
}

/** Whether two RRsets put the same octets on the wire. */
export const sameSet = (a: RRset, b: RRset): boolean =>
  a.type === b.type &&
  a.ttl === b.ttl &&
  a.rdata.length === b.rdata.length &&
  a.rdata.every((r, i) => Buffer.compare(r, b.rdata[i] ?? Buffer.alloc(0)) === 0)
