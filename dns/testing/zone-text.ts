import { nameKey, type NameKey } from '../zone/name.ts'
import { addressSet, cnameSet, nsSet, type RRset, soaSet, srvSet, txtSet } from '../zone/rr-set.ts'
import { buildZone, type Zone } from '../zone/zone.ts'

/** A record as zone files write it. */
export interface TextRecord {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly rdata: string
}

function soaOf(rdata: string, ttl: number): RRset {
  const [mname = '', rname = '', ...numbers] = rdata.split(' ')
  const [serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0] = numbers.map(Number)
  return soaSet({ mname, rname, serial, refresh, retry, expire, minimum }, ttl)
}

function srvOf(rdata: string): {
  priority: number
  weight: number
  port: number
  target: string
} {
  const [priority, weight, port, target = ''] = rdata.split(' ')
  return { priority: Number(priority), weight: Number(weight), port: Number(port), target }
}

const stringsOf = (rdata: string): string[] =>
  [...rdata.matchAll(/"([^"]*)"/g)].map((m) => m[1] ?? '')

function setOf(type: string, ttl: number, rdata: readonly string[]): RRset | undefined {
  const [first = ''] = rdata
  if (type === 'A') return addressSet(4, rdata, ttl)
  if (type === 'AAAA') return addressSet(6, rdata, ttl)
  if (type === 'CNAME') return cnameSet(first, ttl)
  if (type === 'NS') return nsSet(rdata, ttl)
  if (type === 'SOA') return soaOf(first, ttl)
  if (type === 'SRV') return srvSet(rdata.map(srvOf), ttl)
  if (type === 'TXT') return txtSet(rdata.map(stringsOf), ttl)
  throw new Error(`no records of type ${type} here`)
}

/** A zone from records as text, for tests. */
export function zoneOf(origin: string, records: readonly TextRecord[]): Zone {
  const changes = new Map<NameKey, RRset[]>()
  const groups = Map.groupBy(records, (r) => `${r.name} ${r.type}`)
  for (const group of groups.values()) {
    const [first] = group
    if (first === undefined) continue
    const set = setOf(
      first.type,
      first.ttl,
      group.map((r) => r.rdata),
    )
    const key = nameKey(first.name)
    if (set !== undefined) changes.set(key, [...(changes.get(key) ?? []), set])
  }
  return buildZone(nameKey(origin), 1, changes)
}
