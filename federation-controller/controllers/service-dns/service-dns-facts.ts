import { type ServiceDNSFacts, unknownGraceMs } from '#apimachinery/schema/federation.ts'
import { calmMs, holdMs } from '../../federation/flapping.ts'

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
 * known, as Unknown; if nothing was ever known it has none.
 */
export function serviceDNSFacts({ observations, previous, now }: FactsInput): ServiceDNSFacts[] {
  const before = new Map(previous.map((facts) => [facts.cluster, facts]))
  return observations
    .flatMap((seen) => {
      const last = before.get(seen.cluster)
      const facts = seen.visible ? observedFacts(seen) : lastKnownFacts(seen, last)
      if (facts === undefined) return []
      return [{ ...facts, ...standing(last, facts.health, now) }]
    })
    .sort((a, b) => (a.cluster < b.cluster ? -1 : 1))
}

type Standing = Pick<ServiceDNSFacts, 'since' | 'returns' | 'steadyFrom'>
type FactsWithoutStanding = Omit<ServiceDNSFacts, keyof Standing>

/** Since when it is so, and whether it comes and goes. */
function standing(
  last: ServiceDNSFacts | undefined,
  health: ServiceDNSFacts['health'],
  now: string,
): Standing {
  if (last?.health === health) return standingOf(last)
  const stayedMs = Date.parse(now) - Date.parse(last?.since ?? now)
  if (last?.health === 'Healthy') {
    return { since: now, returns: stayedMs > calmMs ? 0 : (last.returns ?? 0) }
  }
  if (last?.returns === undefined) return { since: now }
  // Out of sight for a moment, it answered all the time: that is no return.
  const wasAnswering = last.health === 'Unknown' && stayedMs < unknownGraceMs
  if (health !== 'Healthy' || wasAnswering) return { since: now, returns: last.returns }
  const returns = last.returns + 1
  return { since: now, returns, ...steadyFrom(now, holdMs(returns)) }
}

const standingOf = ({ since, returns, steadyFrom }: ServiceDNSFacts): Standing => ({
  since,
  ...(returns === undefined ? {} : { returns }),
  ...(steadyFrom === undefined ? {} : { steadyFrom }),
})

const steadyFrom = (now: string, ms: number): { steadyFrom?: string } =>
  ms === 0
    ? {}
    : { steadyFrom: new Date(Date.parse(now) + ms).toISOString().replace(/\.\d+Z$/, 'Z') }

function observedFacts(seen: MemberObservation): FactsWithoutStanding | undefined {
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
): FactsWithoutStanding | undefined {
  if (last === undefined) return undefined
  const { since: _since, returns: _returns, steadyFrom: _steadyFrom, ...known } = last
  return { ...known, ...placeOf(seen), health: 'Unknown' }
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
