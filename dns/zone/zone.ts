import { LayeredMap } from './layered-map.ts'
import { isWithin, type NameKey, nameText, parentKey } from './name.ts'
import { type RRset, rrType, sameSet } from './rr-set.ts'

export type RRsets = ReadonlyMap<number, RRset>

/** A name that exists. Without RRsets it is an empty non-terminal, or held: either way NODATA, never NXDOMAIN (RFC 8020). */
export interface Node {
  readonly rrsets: RRsets
  /** Direct child names that exist. */
  readonly children: number
  /** Whether it was set, and so exists without children. */
  readonly held: boolean
}

/** One version of a zone; never changed, so that readers see a whole version. */
export interface Zone {
  readonly origin: NameKey
  /** SOA serial (RFC 1982), unsigned 32 bit. */
  readonly serial: number
  readonly nodes: LayeredMap<NameKey, Node>
  /** How many names below the apex have NS records: lookups skip the search for zone cuts when none has. */
  readonly delegations: number
}

/** What a name holds from now on; undefined takes it away; no RRsets keep it as a name without data. */
export type Changes = ReadonlyMap<NameKey, readonly RRset[] | undefined>

const none: RRsets = new Map()

const sameSets = (a: RRsets, b: RRsets): boolean =>
  a.size === b.size &&
  [...a].every(([type, set]) => {
    const other = b.get(type)
    return other !== undefined && sameSet(set, other)
  })

const emptyZone = (origin: NameKey): Zone => ({
  origin,
  serial: 0,
  nodes: LayeredMap.of(new Map([[origin, { rrsets: none, children: 0, held: true }]])),
  delegations: 0,
})

/** Edits the nodes of the next version and keeps the ancestors of every name in being. */
class NodeEdit {
  readonly changed = new Map<NameKey, Node | undefined>()
  /** Names whose answers change because their own records or existence did. */
  readonly touched = new Set<NameKey>()
  delegations: number
  readonly #origin: NameKey
  readonly #before: Zone['nodes']

  constructor(zone: Zone) {
    this.#before = zone.nodes
    this.delegations = zone.delegations
    this.#origin = zone.origin
  }

  #get(key: NameKey): Node | undefined {
    return this.changed.has(key) ? this.changed.get(key) : this.#before.get(key)
  }

  set(key: NameKey, rrsets: RRsets): void {
    const old = this.#get(key)
    this.#countCut(key, old?.rrsets ?? none, rrsets)
    this.changed.set(key, { rrsets, children: old?.children ?? 0, held: true })
    if (old === undefined) this.#link(key)
    if (old === undefined || !sameSets(old.rrsets, rrsets)) this.touched.add(key)
  }

  remove(key: NameKey): void {
    const old = this.#get(key)
    if (old === undefined || key === this.#origin) return
    this.#countCut(key, old.rrsets, none)
    this.touched.add(key)
    if (old.children > 0)
      this.changed.set(key, { rrsets: none, children: old.children, held: false })
    else {
      this.changed.set(key, undefined)
      this.#unlink(key)
    }
  }

  #countCut(key: NameKey, before: RRsets, after: RRsets): void {
    if (key === this.#origin) return
    this.delegations += Number(after.has(rrType.NS)) - Number(before.has(rrType.NS))
  }

  #link(key: NameKey): void {
    for (let parent = parentKey(key); parent !== undefined; parent = parentKey(parent)) {
      const node = this.#get(parent)
      if (node !== undefined) {
        this.changed.set(parent, { ...node, children: node.children + 1 })
        return
      }
      this.changed.set(parent, { rrsets: none, children: 1, held: false })
      this.touched.add(parent)
    }
  }

  #unlink(key: NameKey): void {
    for (let parent = parentKey(key); parent !== undefined; parent = parentKey(parent)) {
      const node = this.#get(parent)
      if (node === undefined) return
      if (node.children > 1 || node.held) {
        this.changed.set(parent, { ...node, children: node.children - 1 })
        return
      }
      this.changed.set(parent, undefined)
      this.touched.add(parent)
    }
  }
}

export interface NextZone {
  readonly zone: Zone
  readonly touched: ReadonlySet<NameKey>
}

/** The next version of a zone. Throws RangeError for a name outside it. Cost: that of the changes. */
export function applyChanges(zone: Zone, changes: Changes, serial: number): NextZone {
  const edit = new NodeEdit(zone)
  for (const [key, sets] of changes) {
    if (!isWithin(key, zone.origin))
      throw new RangeError(`${nameText(key)} is not in the zone ${nameText(zone.origin)}`)
    if (sets === undefined) edit.remove(key)
    else edit.set(key, new Map(sets.map((set) => [set.type, set])))
  }
  const { delegations, touched } = edit
  const nodes = zone.nodes.with(edit.changed)
  return { zone: { origin: zone.origin, serial, nodes, delegations }, touched }
}

/** A zone from its records. */
export const buildZone = (origin: NameKey, serial: number, changes: Changes): Zone =>
  applyChanges(emptyZone(origin), changes, serial).zone
