import { type Answer, answerMissing, compileName, type NameAnswers } from './answer.ts'
import { LayeredMap } from './layered-map.ts'
import { headerOctets } from './message-writer.ts'
import { isWithin, type NameKey, parentKey, root } from './name.ts'
import { rrType } from './rr-set.ts'
import type { NextZone, Zone } from './zone.ts'

/** The zone's SOA as the record of a negative answer; pointers at the apex are set for each question. */
export interface SoaTemplate {
  readonly bytes: Buffer
  /** Where `bytes` holds 2-octet pointers at the apex. */
  readonly pointers: readonly number[]
}

const soaMinimumOctets = 4

/** TTL is the lesser of the SOA's own and its MINIMUM (RFC 2308 §5). */
function soaTemplate(zone: Zone): SoaTemplate {
  const set = zone.nodes.get(zone.origin)?.rrsets.get(rrType.SOA)
  const rdata = set?.rdata[0]
  if (set === undefined || rdata === undefined) return { bytes: Buffer.alloc(0), pointers: [] }
  const octets = Buffer.from(rdata)
  const ttl = Math.min(set.ttl, octets.readUInt32BE(octets.length - soaMinimumOctets))
  const bytes: number[] = []
  const pointers: number[] = []
  const pointer = (): void => {
    pointers.push(bytes.length)
    bytes.push(0xc0, headerOctets)
  }
  let at = 0
  pointer()
  const head = Buffer.alloc(10)
  head.writeUInt16BE(rrType.SOA, 0)
  head.writeUInt16BE(1, 2)
  head.writeUInt32BE(ttl, 4)
  bytes.push(...head)
  const start = bytes.length
  for (let names = 2; names > 0; names--) {
    let key: NameKey | undefined = nameAt(octets, at)
    at += key.length
    while (key !== undefined && key !== root && key !== zone.origin) {
      bytes.push(...Buffer.from(key.slice(0, key.charCodeAt(0) + 1), 'latin1'))
      key = parentKey(key)
    }
    if (key === zone.origin) pointer()
    else bytes.push(0)
  }
  bytes.push(...octets.subarray(at))
  const out = Buffer.from(bytes)
  out.writeUInt16BE(out.length - start, start - 2)
  return { bytes: out, pointers }
}

function nameAt(octets: Buffer, from: number): NameKey {
  let at = from
  while ((octets[at] ?? 0) > 0) at += (octets[at] ?? 0) + 1
  return octets.toString('latin1', from, at + 1)
}

/** All answers of one version of a zone, compiled; never changed. */
export interface AnswerTable {
  readonly zone: Zone
  readonly names: LayeredMap<NameKey, NameAnswers>
  /** Which names' answers were made from a name. */
  readonly dependents: LayeredMap<NameKey, ReadonlySet<NameKey>>
  readonly soa: SoaTemplate
}

/** Notes of who was made from whom, as they change. */
class Dependents {
  readonly changes = new Map<NameKey, Set<NameKey>>()
  readonly #before: AnswerTable['dependents']

  constructor(before: AnswerTable['dependents']) {
    this.#before = before
  }

  move(name: NameKey, from: readonly NameKey[], to: readonly NameKey[]): void {
    for (const other of from) this.#of(other).delete(name)
    for (const other of to) this.#of(other).add(name)
  }

  #of(name: NameKey): Set<NameKey> {
    const known = this.changes.get(name)
    if (known !== undefined) return known
    const copy = new Set(this.#before.get(name))
    this.changes.set(name, copy)
    return copy
  }

  next(): AnswerTable['dependents'] {
    const changes = [...this.changes].map(
      ([name, set]) => [name, set.size === 0 ? undefined : set] as const,
    )
    return this.#before.with(new Map(changes))
  }
}

export function compileZone(zone: Zone): AnswerTable {
  const names = new Map<NameKey, NameAnswers>()
  const dependents = new Dependents(LayeredMap.of(new Map()))
  for (const key of zone.nodes.keys()) {
    const answers = compileName(zone, key)
    names.set(key, answers)
    dependents.move(key, [], answers.from)
  }
  return {
    zone,
    names: LayeredMap.of(names),
    dependents: dependents.next(),
    soa: soaTemplate(zone),
  }
}

/** The next table: compiles the touched names and those whose answers were made from them, and keeps the rest. */
export function recompile(table: AnswerTable, { zone, touched }: NextZone): AnswerTable {
  if (zone.delegations > 0 || table.zone.delegations > 0) return compileZone(zone)
  const stale = new Set(touched)
  for (const name of touched)
    for (const dependent of table.dependents.get(name) ?? []) stale.add(dependent)
  const names = new Map<NameKey, NameAnswers | undefined>()
  const dependents = new Dependents(table.dependents)
  for (const key of stale) {
    const answers = zone.nodes.has(key) ? compileName(zone, key) : undefined
    names.set(key, answers)
    dependents.move(key, table.names.get(key)?.from ?? [], answers?.from ?? [])
  }
  return {
    zone,
    names: table.names.with(names),
    dependents: dependents.next(),
    soa: soaTemplate(zone),
  }
}

/** The answer for a lower-case name, or undefined when it is not in the zone. */
export function findAnswer(table: AnswerTable, qname: NameKey, qtype: number): Answer | undefined {
  const answers = table.names.get(qname)
  if (answers !== undefined) return answers.byType.get(qtype) ?? answers.otherwise
  return isWithin(qname, table.zone.origin) ? answerMissing(table.zone, qname, qtype) : undefined
}
