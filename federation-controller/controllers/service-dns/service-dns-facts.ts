import type { ServiceDNSFacts } from '#apimachinery/schema/federation.ts'

/** What can be seen of one federated Service in one member now. */
export interface MemberObservation {
  readonly cluster: string
  readonly region?: string
  readonly zones?: readonly string[]
  /** False: the member does not answer, so what is below it is not known. */
  readonly visible: boolean
  /** The member's copy; absent when it has none. */
  readonly service?: {
    readonly ingress: readonly { readonly ip?: string; readonly hostname?: string }[]
    readonly readyEndpoints: number
  }
}

export interface FactsInput {
  readonly observations: readonly MemberObservation[]
  readonly previous: readonly ServiceDNSFacts[]
  /** RFC 3339, whole seconds. */
  readonly now: string
}

/**
 * The DNS facts of a Service, sorted by cluster. A member without a copy has none. A member that cannot be seen keeps what was last
 * known, as Unknown; if nothing was ever known it has none. `since` is kept while the health stays the same.
 */
export function serviceDNSFacts({ observations, previous, now }: FactsInput): ServiceDNSFacts[] {
  const before = new Map(previous.map((facts) => [facts.cluster, facts]))
  return observations
    .flatMap((seen) => {
      const last = before.get(seen.cluster)
      const facts = seen.visible ? observedFacts(seen) : lastKnownFacts(seen, last)
      if (facts === undefined) return []
      return [{ ...facts, since: last?.health === facts.health ? last.since : now }]
    })
    .sort((a, b) => (a.cluster < b.cluster ? -1 : 1))
}

type FactsWithoutSince = Omit<ServiceDNSFacts, 'since'>

function observedFacts(seen: MemberObservation): FactsWithoutSince | undefined {
  if (seen.service === undefined) return undefined
  const { ingress, readyEndpoints } = seen.service
  const addresses = distinct(ingress.map(({ ip }) => ip))
  const hostnames = distinct(ingress.map(({ hostname }) => hostname))
  const hasAddress = addresses.length + hostnames.length > 0
  return {
    ...placeOf(seen),
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(hostnames.length === 0 ? {} : { hostnames }),
    readyEndpoints,
    health: hasAddress && readyEndpoints > 0 ? 'Healthy' : 'Unhealthy',
  }
}

function lastKnownFacts(
  seen: MemberObservation,
  last: ServiceDNSFacts | undefined,
): FactsWithoutSince | undefined {
  if (last === undefined) return undefined
  return {
    ...last,
    ...placeOf(seen),
    health: 'Unknown',
  }
}

const placeOf = ({
  cluster,
  region,
  zones,
}: MemberObservation): Pick<ServiceDNSFacts, 'cluster' | 'region' | 'zones'> => ({
  cluster,
  ...(region === undefined || region === '' ? {} : { region }),
  ...(zones === undefined || zones.length === 0 ? {} : { zones: distinct(zones) }),
})

const distinct = (values: readonly (string | undefined)[]): string[] =>
  [
    ...new Set(values.flatMap((value) => (value === undefined || value === '' ? [] : [value]))),
  ].sort((a, b) => (a < b ? -1 : 1))
