import type { ServiceDNSRecord } from '#apimachinery/schema/federation.ts'
import { apexRecords } from './apex.ts'
import { type ServiceNames, serviceNames } from './records.ts'
import { type AnswerTable, compileZone, recompile } from './zone/answer-table.ts'
import { nameKey, type NameKey } from './zone/name.ts'
import type { RRset } from './zone/rr-set.ts'
import { applyChanges, buildZone } from './zone/zone.ts'

export interface ZoneOptions {
  /** The zone, without a final dot. */
  readonly domain: string
  readonly federation: string
  /** Addresses of the zone's name servers. */
  readonly addresses: readonly string[]
  /** Told of a record that no names can be made of; its last good names stay. */
  readonly onBadRecord?: (key: string, error: unknown) => void
}

interface Service {
  readonly record: ServiceDNSRecord
  readonly names: ReadonlySet<NameKey>
}

const never = Number.POSITIVE_INFINITY

export const recordKey = (record: ServiceDNSRecord): string =>
  `${record.metadata.namespace}/${record.metadata.name}`

/** resourceVersions as RFC 1982 serials: equal on every replica that has seen the same revision. */
export function serialOf(resourceVersion: string | undefined): number {
  return resourceVersion !== undefined && /^\d+$/.test(resourceVersion)
    ? Number(BigInt(resourceVersion) % 4_294_967_296n)
    : 0
}

/** Owns the zone: takes ServiceDNSRecords, and makes the next compiled version from those that changed. */
export class ZoneBuilder {
  readonly #options: ZoneOptions
  readonly #origin: NameKey
  readonly #services = new Map<string, Service>()
  readonly #changed = new Set<string>()
  readonly #incoming = new Map<string, ServiceDNSRecord>()
  /** Services whose records time alone will change, and when. */
  readonly #rechecks = new Map<string, number>()
  #serial = 0
  #table: AnswerTable | undefined

  constructor(options: ZoneOptions) {
    this.#options = options
    this.#origin = nameKey(options.domain)
  }

  get origin(): NameKey {
    return this.#origin
  }

  /** The last version made by `build`; absent before. */
  get table(): AnswerTable | undefined {
    return this.#table
  }

  get serial(): number {
    return this.#serial
  }

  /** The records as of the last `build`. */
  records(): ServiceDNSRecord[] {
    return [...this.#services.values()].map((service) => service.record)
  }

  set(record: ServiceDNSRecord): void {
    this.#see(record.metadata.resourceVersion)
    this.#incoming.set(recordKey(record), record)
    this.#changed.add(recordKey(record))
  }

  /** The revision of a deletion is not known here, but the zone changes, and so must its serial. */
  delete(key: string): void {
    this.#serial++
    this.#incoming.delete(key)
    this.#changed.add(key)
  }

  /** Takes these for all records there are: others go. */
  replace(records: readonly ServiceDNSRecord[]): void {
    const keys = new Set(records.map(recordKey))
    for (const key of [...this.#services.keys(), ...this.#incoming.keys()])
      if (!keys.has(key)) this.delete(key)
    for (const record of records) this.set(record)
  }

  /** Revisions count upwards, and so does the serial (RFC 1982); also a snapshot's. */
  seeSerial(serial: number): void {
    this.#serial = Math.max(this.#serial, serial)
  }

  /** Compiles what changed since the last call. Returns when to call again although nothing is set (never: Infinity). */
  build(nowMs: number): number {
    for (const [key, atMs] of this.#rechecks) if (atMs <= nowMs) this.#changed.add(key)
    const changes = new Map<NameKey, readonly RRset[] | undefined>()
    for (const key of this.#changed) this.#refresh(key, nowMs, changes)
    this.#changed.clear()
    const { domain, addresses } = this.#options
    const serial = this.#serial
    for (const [key, sets] of apexRecords({ domain, addresses, serial })) changes.set(key, sets)
    this.#table =
      this.#table === undefined
        ? compileZone(buildZone(this.#origin, serial, changes))
        : recompile(this.#table, applyChanges(this.#table.zone, changes, serial))
    return this.#nextRecheck()
  }

  #nextRecheck(): number {
    let next = never
    for (const atMs of this.#rechecks.values()) next = Math.min(next, atMs)
    return next
  }

  #refresh(key: string, nowMs: number, changes: Map<NameKey, readonly RRset[] | undefined>): void {
    const old = this.#services.get(key)
    const record = this.#incoming.get(key)
    this.#rechecks.delete(key)
    for (const name of old?.names ?? []) if (!changes.get(name)) changes.set(name, undefined)
    if (record === undefined) {
      this.#services.delete(key)
      return
    }
    const made = this.#namesOf(record, nowMs)
    if (made === undefined) {
      // The last good records stay.
      for (const name of old?.names ?? []) changes.delete(name)
      return
    }
    for (const [name, sets] of made.records) changes.set(name, sets)
    const names = new Set(made.records.keys())
    this.#services.set(key, { record, names })
    if (made.recheckAtMs !== undefined) this.#rechecks.set(key, made.recheckAtMs)
  }

  #namesOf(record: ServiceDNSRecord, nowMs: number): ServiceNames | undefined {
    try {
      return serviceNames(record, { ...this.#options, nowMs })
    } catch (error) {
      this.#options.onBadRecord?.(recordKey(record), error)
      return undefined
    }
  }

  #see(resourceVersion: string | undefined): void {
    this.seeSerial(serialOf(resourceVersion))
  }
}
