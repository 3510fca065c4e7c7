import { Packet } from 'dns2'
import { nameOctets } from '../../dns/zone/name.ts'
import { rrType } from '../../dns/zone/rr-set.ts'

export const typeNumbers: Readonly<Record<string, number>> = { ...rrType, MX: 15, HINFO: 13 }
const typeNames = new Map(Object.entries(typeNumbers).map(([name, number]) => [number, name]))

export interface QueryParts {
  readonly name: string
  readonly type: number
  readonly id?: number
  /** UDP size offered in an OPT record; no OPT when absent. */
  readonly udpSize?: number
}

/** A query as a resolver sends it. */
export function queryOf({ name, type, id = 0x1234, udpSize }: QueryParts): Buffer {
  const header = Buffer.alloc(12)
  header.writeUInt16BE(id, 0)
  header.writeUInt16BE(0x0100, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(udpSize === undefined ? 0 : 1, 10)
  const tail = Buffer.alloc(4)
  tail.writeUInt16BE(type, 0)
  tail.writeUInt16BE(1, 2)
  const opt = Buffer.alloc(udpSize === undefined ? 0 : 11)
  if (udpSize !== undefined) {
    opt.writeUInt16BE(rrType.OPT, 1)
    opt.writeUInt16BE(udpSize, 3)
  }
  return Buffer.concat([header, nameOctets(name), tail, opt])
}

export interface Decoded {
  readonly packet: Packet
  readonly rcode: number
  readonly aa: boolean
  readonly tc: boolean
  readonly ra: boolean
  readonly opt: boolean
  /** Each record as `name type ttl rdata`, names in lower case with a final dot, sorted. */
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
}

type Resource = Packet['answers'][number] & Record<string, unknown>

const dotted = (name: unknown): string => `${String(name).toLowerCase().replace(/\.$/, '')}.`

/** IPv6 in one spelling: eight groups without leading zeros. */
const canonicalAddress = (address: string): string => {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const known = [...groups(head), ...groups(tail ?? '')]
  const zeros = Array<string>(8 - known.length).fill('0')
  return [...groups(head), ...zeros, ...groups(tail ?? '')]
    .map((g) => parseInt(g, 16).toString(16))
    .join(':')
}

function rdataOf(record: Resource): string {
  switch (record.type) {
    case rrType.A:
    case rrType.AAAA:
      return canonicalAddress(String(record.address))
    case rrType.CNAME:
      return dotted(record.domain)
    case rrType.NS:
      return dotted(record.ns)
    case rrType.SRV:
      return `${record.priority} ${String(record.weight)} ${String(record.port)} ${dotted(record.target)}`
    case rrType.SOA:
      return [
        dotted(record.primary),
        dotted(record.admin),
        String(record.serial),
        String(record.refresh),
        String(record.retry),
        String(record.expiration),
        String(record.minimum),
      ].join(' ')
    case rrType.TXT:
      return (record.data as string[]).map((s) => `"${s}"`).join(' ')
    default:
      return `type ${record.type}`
  }
}

const line = (record: Resource): string =>
  `${dotted(record.name)} ${typeNames.get(record.type) ?? `TYPE${record.type}`} ${record.ttl} ${rdataOf(record)}`

const lines = (records: readonly unknown[]): string[] =>
  (records as Resource[])
    .filter((r) => r.type !== rrType.OPT)
    .map(line)
    .sort()

/** The text of an expected record, spelled as `decode` spells. */
export const expectedLine = (r: {
  name: string
  type: string
  ttl: number
  rdata: string
}): string =>
  `${dotted(r.name)} ${r.type} ${r.ttl} ${r.type === 'AAAA' ? canonicalAddress(r.rdata) : r.rdata}`

/** Reads a reply with dns2's parser, which is not the code that wrote it. Throws when a record cannot be decoded. */
export function decode(bytes: Buffer): Decoded {
  const packet = Packet.parse(bytes)
  if (packet.errors.length > 0) throw new Error(`malformed: ${packet.errors.join('; ')}`)
  const opt = (packet.additionals as Resource[]).find((r) => r.type === rrType.OPT)
  const upper = opt === undefined ? 0 : Number(opt.extendedRcode ?? 0)
  return {
    packet,
    rcode: packet.header.rcode | (upper << 4),
    aa: packet.header.aa === 1,
    tc: packet.header.tc === 1,
    ra: packet.header.ra === 1,
    opt: opt !== undefined,
    answer: lines(packet.answers),
    authority: lines(packet.authorities),
    additional: lines(packet.additionals),
  }
}
