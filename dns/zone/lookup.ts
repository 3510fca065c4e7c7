import { isWithin, type NameKey, parentKey } from './name.ts'
import { type RRset, rrType, targetsOf } from './rr-set.ts'
import type { Node, Zone } from './zone.ts'

/** An RRset with its owner name. */
export interface OwnedRRset {
  readonly owner: NameKey
  readonly set: RRset
}

/**
 * What the zone says about a name and type. `chain` holds the CNAMEs that led there, in order (RFC 1034 §4.3.2).
 * Success without `found`: the chain left the zone, looped or was too long; the resolver goes on from its last target.
 */
export type LookupResult = { readonly chain: readonly OwnedRRset[] } & (
  | { readonly kind: 'Success'; readonly found?: OwnedRRset }
  | { readonly kind: 'NoData'; readonly node: Node }
  | { readonly kind: 'NameError' }
  | { readonly kind: 'Delegation'; readonly found: OwnedRRset }
)

const maxChain = 8

/** NS records of the zone cut at or above `key`, if there is one (DS belongs to the parent's side of its own cut). */
function zoneCut(zone: Zone, key: NameKey, qtype: number): OwnedRRset | undefined {
  if (zone.delegations === 0) return undefined
  let cut: OwnedRRset | undefined
  for (let at: NameKey | undefined = key; at !== undefined && at !== zone.origin;) {
    const set = zone.nodes.get(at)?.rrsets.get(rrType.NS)
    if (set !== undefined && !(at === key && qtype === rrType.DS)) cut = { owner: at, set }
    at = parentKey(at)
  }
  return cut
}

/** Finds the answer to a question inside the zone, following CNAMEs; `key` must be within the zone. */
export function lookup(zone: Zone, key: NameKey, qtype: number): LookupResult {
  const chain: OwnedRRset[] = []
  const seen = new Set<NameKey>()
  for (let owner = key; ;) {
    const cut = zoneCut(zone, owner, qtype)
    if (cut !== undefined) return { kind: 'Delegation', chain, found: cut }
    const node = zone.nodes.get(owner)
    if (node === undefined) return { kind: 'NameError', chain }
    const set = node.rrsets.get(qtype)
    if (set !== undefined) return { kind: 'Success', chain, found: { owner, set } }
    const cname = node.rrsets.get(rrType.CNAME)
    const target = cname && targetsOf(cname)[0]
    if (cname === undefined || target === undefined) return { kind: 'NoData', chain, node }
    chain.push({ owner, set: cname })
    seen.add(owner)
    if (chain.length >= maxChain || seen.has(target) || !isWithin(target, zone.origin))
      return { kind: 'Success', chain }
    owner = target
  }
}
