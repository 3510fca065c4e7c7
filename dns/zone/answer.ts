import { lookup, type LookupResult, type OwnedRRset } from './lookup.ts'
import { MessageWriter } from './message-writer.ts'
import type { NameKey } from './name.ts'
import { rrType, targetsOf } from './rr-set.ts'
import type { Zone } from './zone.ts'

export const rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  NOTAUTH: 9,
  BADVERS: 16,
} as const

const noBytes = Buffer.alloc(0)

/** A reply's records as octets that follow the question. They hold for one qname (in any case) and one version of a zone. */
export interface Answer {
  /** May exceed 15: the upper bits travel in the OPT record. */
  readonly rcode: number
  readonly authoritative: boolean
  readonly counts: { readonly answer: number; readonly authority: number; readonly extra: number }
  /** Answer and authority sections; several when addresses are rotated, each as good as the other. Never empty. */
  readonly bodies: readonly Buffer[]
  /** Whether the zone's SOA goes behind the body, in the authority section (RFC 2308). */
  readonly negative: boolean
  /** Additional section, left out when it does not fit (RFC 2181 §9). */
  readonly extra: Buffer
  /** Extended DNS Error (RFC 8914), for clients that speak EDNS. */
  readonly extendedError?: number
}

/** An answer without records. */
export const emptyAnswer = (
  code: number,
  options: { authoritative?: boolean; negative?: boolean; extendedError?: number } = {},
): Answer => ({
  rcode: code,
  authoritative: options.authoritative ?? false,
  counts: { answer: 0, authority: 0, extra: 0 },
  bodies: [noBytes],
  negative: options.negative ?? false,
  extra: noBytes,
  ...(options.extendedError === undefined ? {} : { extendedError: options.extendedError }),
})

/** In the zone, but no such name. */
export const nameError = emptyAnswer(rcode.NXDOMAIN, { authoritative: true, negative: true })

/** A name of the zone without the records that are asked for. */
const noData = emptyAnswer(rcode.NOERROR, { authoritative: true, negative: true })

const maxRotations = 8
const isAddress = (type: number): boolean => type === rrType.A || type === rrType.AAAA

/** Addresses in the zone of the hosts that the RRset points at. */
function glue(zone: Zone, { set }: OwnedRRset): OwnedRRset[] {
  if (set.type === rrType.CNAME) return []
  return [...new Set(targetsOf(set))].flatMap((owner) =>
    [...(zone.nodes.get(owner)?.rrsets.values() ?? [])]
      .filter((s) => isAddress(s.type))
      .map((s) => ({ owner, set: s })),
  )
}

const recordCount = (sets: readonly OwnedRRset[]): number =>
  sets.reduce((sum, { set }) => sum + set.rdata.length, 0)

/** Compiles what a lookup found for `qname`. */
function compileResult(zone: Zone, qname: NameKey, result: LookupResult): Answer {
  if (result.kind === 'NoData' && result.chain.length === 0) return noData
  const found = result.kind === 'Success' || result.kind === 'Delegation' ? result.found : undefined
  const extra = found === undefined ? [] : glue(zone, found)
  const size = found?.set.rdata.length ?? 0
  const rotations = found && isAddress(found.set.type) ? Math.min(size, maxRotations) : 1
  const bodies: Buffer[] = []
  let extraBytes: Buffer = noBytes
  for (let first = 0; first < rotations; first++) {
    const writer = new MessageWriter(qname)
    for (const { owner, set } of result.chain) writer.rrset(owner, set)
    if (found !== undefined) writer.rrset(found.owner, found.set, first)
    const body = writer.length
    for (const { owner, set } of extra) writer.rrset(owner, set)
    const bytes = writer.bytes()
    bodies.push(extra.length === 0 ? bytes : bytes.subarray(0, body))
    if (extra.length > 0) extraBytes = bytes.subarray(body)
  }
  const delegation = result.kind === 'Delegation'
  return {
    rcode: result.kind === 'NameError' ? rcode.NXDOMAIN : rcode.NOERROR,
    authoritative: !delegation || result.chain.length > 0,
    counts: {
      answer: recordCount(result.chain) + (delegation ? 0 : size),
      authority: delegation ? size : 0,
      extra: recordCount(extra),
    },
    bodies,
    negative: result.kind === 'NoData' || result.kind === 'NameError',
    extra: extraBytes,
  }
}

/** Every answer that one name can give. */
export interface NameAnswers {
  readonly byType: ReadonlyMap<number, Answer>
  /** For any type not in `byType`: no data, or a chain that ends without. */
  readonly otherwise: Answer
  /** Other names that these answers were made from. */
  readonly from: readonly NameKey[]
}

const noType = 0
const emptyNonTerminal: NameAnswers = { byType: new Map(), otherwise: noData, from: [] }

/** Compiles a name that exists; types are those at the end of its CNAME chain, and CNAME itself. */
export function compileName(zone: Zone, qname: NameKey): NameAnswers {
  const end = lookup(zone, qname, noType)
  if (end.kind === 'NoData' && end.node.rrsets.size === 0 && end.chain.length === 0)
    return emptyNonTerminal
  const types = new Set(zone.nodes.get(qname)?.rrsets.keys())
  if (end.kind === 'NoData') for (const type of end.node.rrsets.keys()) types.add(type)
  const from = new Set<NameKey>(end.chain.flatMap(({ set }) => targetsOf(set)))
  const byType = new Map<number, Answer>()
  for (const type of types) {
    const result = lookup(zone, qname, type)
    byType.set(type, compileResult(zone, qname, result))
    if ('found' in result && result.found !== undefined)
      for (const target of targetsOf(result.found.set)) from.add(target)
  }
  from.delete(qname)
  return { byType, otherwise: compileResult(zone, qname, end), from: [...from] }
}

/** Referral or name error for a name of the zone that has no node. */
export function answerMissing(zone: Zone, qname: NameKey, qtype: number): Answer {
  if (zone.delegations === 0) return nameError
  return compileResult(zone, qname, lookup(zone, qname, qtype))
}
