import {
  type ServiceDNSFacts,
  type ServiceDNSRecord,
  unknownGraceMs,
} from '#apimachinery/schema/federation.ts'
import { nameKey, type NameKey } from './zone/name.ts'
import { addressSet, cnameSet, type RRset, rrType, type Srv, srvSet } from './zone/rr-set.ts'

/** Seconds. */
export const ttls = {
  address: 30,
  minimum: 5,
  maximum: 3600,
  /** CNAMEs to the next wider name: they flip at a failover. */
  upLink: 15,
} as const

export interface NamingOptions {
  /** The zone, without a final dot. */
  readonly domain: string
  readonly federation: string
  readonly nowMs: number
}

export interface ServiceNames {
  /** Every name of the service with its records; no records: the name exists and holds no data. */
  readonly records: ReadonlyMap<NameKey, readonly RRset[]>
  /** When these records must be made anew although nothing is written (a grace ends); milliseconds since the epoch. */
  readonly recheckAtMs?: number
}

/** Whether a cluster has somewhere to send clients to; without ready endpoints it is as good as unhealthy. */
const canServe = (facts: ServiceDNSFacts): boolean =>
  facts.health !== 'Unhealthy' &&
  facts.readyEndpoints > 0 &&
  (facts.addresses?.length ?? 0) + (facts.hostnames?.length ?? 0) > 0

const graceEnd = (facts: ServiceDNSFacts): number => Date.parse(facts.since) + unknownGraceMs

/** Until when one that comes and goes is left out; the past for all others. */
const holdEnd = ({ steadyFrom }: ServiceDNSFacts): number =>
  steadyFrom === undefined ? -Infinity : Date.parse(steadyFrom)

export interface Serving {
  readonly clusters: readonly ServiceDNSFacts[]
  readonly recheckAtMs?: number
}

/**
 * The clusters that answer. Unhealthy is out at once; Unknown stays for the grace, and beyond it as long as no cluster is
 * known to be healthy: losing sight of everything must not empty a name. Who comes and goes is left out for a while.
 */
export function servingClusters(all: readonly ServiceDNSFacts[], nowMs: number): Serving {
  const able = all.filter(canServe)
  const healthy = able.filter((facts) => facts.health === 'Healthy')
  if (healthy.length === 0) return { clusters: able }
  const held = healthy.filter((facts) => holdEnd(facts) > nowMs)
  // Held are those that come and go, as long as there are others.
  const isAnyHeld = held.length > 0 && held.length < healthy.length
  const clusters = able.filter((facts) =>
    facts.health === 'Healthy' ? !isAnyHeld || !held.includes(facts) : graceEnd(facts) > nowMs,
  )
  const ends = clusters.filter((facts) => facts.health === 'Unknown').map(graceEnd)
  if (isAnyHeld) ends.push(...held.map(holdEnd))
  return ends.length === 0 ? { clusters } : { clusters, recheckAtMs: Math.min(...ends) }
}

type ServicePort = NonNullable<ServiceDNSRecord['spec']['ports']>[number]

interface Level {
  /** Service name at this level, as text. */
  readonly name: string
  /** The next wider level; absent for the global name. */
  readonly up?: string
  readonly clusters: readonly ServiceDNSFacts[]
}

/** Global, region and zone names, each once. A cluster without region has only the global one. */
function levelsOf(
  base: { head: string; domain: string },
  all: readonly ServiceDNSFacts[],
  serving: readonly ServiceDNSFacts[],
): Level[] {
  const global = `${base.head}.${base.domain}`
  const levels = new Map<string, Level>([[global, { name: global, clusters: serving }]])
  for (const { region, zones } of all) {
    if (region === undefined || region === '') continue
    const inRegion = serving.filter((c) => c.region === region)
    const name = `${base.head}.${region}.${base.domain}`
    levels.set(name, { name, up: global, clusters: inRegion })
    for (const zone of zones ?? []) {
      if (zone === '') continue
      const inZone = inRegion.filter((c) => c.zones?.includes(zone))
      const zoneName = `${base.head}.${zone}.${region}.${base.domain}`
      levels.set(zoneName, { name: zoneName, up: name, clusters: inZone })
    }
  }
  return [...levels.values()]
}

/** Addresses of the clusters; or, when there are only host names, a CNAME to the first, as a name can have but one. */
function targetSets(clusters: readonly ServiceDNSFacts[], ttl: number): RRset[] {
  const addresses = clusters.flatMap((c) => c.addresses ?? [])
  const sets = [addressSet(4, addresses, ttl), addressSet(6, addresses, ttl)].filter(
    (set) => set !== undefined,
  )
  if (sets.length > 0) return sets
  const [hostname] = clusters.flatMap((c) => c.hostnames ?? []).toSorted()
  return hostname === undefined ? [] : [cnameSet(hostname, ttl)]
}

const clusterName = (cluster: string, global: string): string => `${cluster}.${global}`

/** SRV records that spread over the clusters; a target must not be an alias (RFC 2782), so host names stand for themselves. */
function srvRecords(clusters: readonly ServiceDNSFacts[], port: number, global: string): Srv[] {
  const weight = Math.max(1, Math.floor(100 / clusters.length))
  return clusters.map((c) => ({
    priority: 10,
    weight,
    port,
    target:
      (c.addresses?.length ?? 0) > 0
        ? clusterName(c.cluster, global)
        : (c.hostnames?.[0] ?? clusterName(c.cluster, global)),
  }))
}

const recordTTL = (record: ServiceDNSRecord): number =>
  Math.min(ttls.maximum, Math.max(ttls.minimum, record.spec.recordTTL ?? ttls.address))

/** Collects records by name; names that are no domain names (too long) are left out: they cannot be asked for. */
class Records {
  readonly map = new Map<NameKey, readonly RRset[]>()

  set(name: string, sets: () => readonly RRset[]): void {
    try {
      this.map.set(nameKey(name), sets())
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
  }
}

/**
 * The names of one federated service, from the facts that the controllers gathered:
 * `SVC.NS.FED.svc[.ZONE].[REGION].DOMAIN`, with a CNAME to the next wider name where no cluster answers, `_port._proto.`
 * below each, and `CLUSTER.` below the global name. A service that is in no cluster has no names.
 */
export function serviceNames(record: ServiceDNSRecord, options: NamingOptions): ServiceNames {
  const all = record.status?.clusters ?? []
  const records = new Records()
  if (all.length === 0) return { records: records.map }
  const serving = servingClusters(all, options.nowMs)
  const { name, namespace } = record.metadata
  const head = `${name}.${namespace}.${options.federation}.svc`
  const global = `${head}.${options.domain}`
  const ttl = recordTTL(record)
  const { ports = [] } = record.spec
  const levels = levelsOf({ head, domain: options.domain }, all, serving.clusters)
  for (const level of levels) {
    records.set(level.name, () => levelSets(level, { ttl, global, ports }))
    for (const port of ports) {
      if (port.name === undefined || port.name === '') continue
      const prefix = `_${port.name}._${port.protocol.toLowerCase()}`
      records.set(`${prefix}.${level.name}`, () => {
        if (level.clusters.length > 0)
          return [srvSet(srvRecords(level.clusters, port.port, global), ttl)]
        return level.up === undefined ? [] : [upLink(`${prefix}.${level.up}`, ttl)]
      })
    }
  }
  for (const cluster of serving.clusters)
    records.set(clusterName(cluster.cluster, global), () => targetSets([cluster], ttl))
  return serving.recheckAtMs === undefined
    ? { records: records.map }
    : { records: records.map, recheckAtMs: serving.recheckAtMs }
}

const upLink = (target: string, ttl: number): RRset => cnameSet(target, Math.min(ttls.upLink, ttl))

/**
 * Addresses, and SRV for every port: a port without a name has no `_port._proto` name of its own, so that the service's name
 * answers for it too.
 */
function levelSets(
  level: Level,
  of: { ttl: number; global: string; ports: readonly ServicePort[] },
): readonly RRset[] {
  const sets = targetSets(level.clusters, of.ttl)
  if (sets.some((set) => set.type === rrType.CNAME)) return sets
  if (sets.length === 0) return level.up === undefined ? [] : [upLink(level.up, of.ttl)]
  const targets = of.ports.flatMap(({ port }) => srvRecords(level.clusters, port, of.global))
  return targets.length === 0 ? sets : [...sets, srvSet(targets, of.ttl)]
}
