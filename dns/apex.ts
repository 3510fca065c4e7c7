import { nameKey, type NameKey } from './zone/name.ts'
import { addressSet, nsSet, type RRset, soaSet, txtSet } from './zone/rr-set.ts'

/** Seconds. */
const soaTtl = 10
const stableTtl = 3600
export const soaExpireSeconds = 7 * 24 * 3600
const refresh = 3600
const retry = 600
/** The version of the Kubernetes DNS specification that the names follow. */
const dnsVersion = '1.1.0'

export interface ApexOptions {
  readonly domain: string
  /** IPv4 and IPv6 literals of this server as its clients see it. */
  readonly addresses: readonly string[]
  readonly serial: number
}

/** SOA, name servers and their addresses: what makes a zone out of names. A new service is seen after `soaTtl` at most. */
export function apexRecords({
  domain,
  addresses,
  serial,
}: ApexOptions): Map<NameKey, readonly RRset[]> {
  const servers = [`ns1.${domain}`, `ns2.${domain}`]
  const soa = {
    mname: `ns1.${domain}`,
    rname: `hostmaster.${domain}`,
    serial,
    refresh,
    retry,
    expire: soaExpireSeconds,
    minimum: soaTtl,
  }
  const glue = [addressSet(4, addresses, stableTtl), addressSet(6, addresses, stableTtl)].filter(
    (set) => set !== undefined,
  )
  return new Map<NameKey, readonly RRset[]>([
    [nameKey(domain), [soaSet(soa, soaTtl), nsSet(servers, stableTtl)]],
    ...servers.map((server) => [nameKey(server), glue] as const),
    [nameKey(`dns-version.${domain}`), [txtSet([[dnsVersion]], stableTtl)]],
  ])
}
