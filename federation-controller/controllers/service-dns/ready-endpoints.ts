import type { ApiObject } from '#apimachinery/meta/object-meta.ts'

interface Endpoint {
  addresses?: string[] | null
  conditions?: { ready?: boolean | null }
}

interface Subset {
  addresses?: { ip: string }[] | null
}

/** Distinct ready addresses in the EndpointSlices of one Service; a condition that is absent means ready (KEP-752). */
export function readyInSlices(slices: readonly ApiObject[]): number {
  const addresses = new Set<string>()
  for (const slice of slices) {
    const endpoints = (slice['endpoints'] ?? []) as Endpoint[]
    for (const { addresses: own, conditions } of endpoints)
      if (conditions?.ready !== false) for (const address of own ?? []) addresses.add(address)
  }
  return addresses.size
}

/** Distinct ready addresses in an Endpoints object. */
export function readyInEndpoints(endpoints: ApiObject | undefined): number {
  const subsets = (endpoints?.['subsets'] ?? []) as Subset[]
  return new Set(subsets.flatMap(({ addresses }) => (addresses ?? []).map(({ ip }) => ip))).size
}
