import {
  isAlreadyExists,
  isConflict,
  isNamespaceTerminating,
  isNotFound,
} from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  type ClusterPlacement,
  type PlacementCondition,
  type PlacementDecision,
  placementDecisions,
} from '#apimachinery/schema/federation.ts'
import type { PlacementFinding } from '#apimachinery/planner/placement-finding.ts'
import type { ApiClient } from '#client/api-client.ts'
import { Informer } from '#client/informer.ts'
import { keyOf } from '#client/indexer.ts'
import type { Logger } from 'pino'
import type { FederatedType } from '../federated-types/federated-type.ts'
import { Controller } from '../runtime/controller.ts'
import { decisionOf, decisionRef, placementKeyOf } from './placement-decision.ts'

/** Where one federated object is. Rows are replaced, never changed in place. */
export interface Placement {
  readonly key: string
  readonly type: FederatedType
  source: ApiObject
  /** Generation of the source that the rows were decided for. */
  generation: number | undefined
  readonly rows: Map<string, ClusterPlacement>
  /** Undefined before anything was decided. */
  placed: PlacementCondition | undefined
}

export interface PlacementStoreOptions {
  readonly client: ApiClient
  readonly logger: Logger
}

export type PlacementListener = (type: FederatedType, key: string) => void

/** Fields whose change is written at once; `observedVersion` goes along with the next change. */
const durable = ['state', 'replicas', 'hash', 'observedHash', 'reason', 'message'] as const
/** When all members have answered, and when some have not: one write holds what many changes made, and copies go first. */
const settledMs = 100
const pendingMs = 3_000

/**
 * All PlacementDecisions. Memory is ahead of the API: changes are written soon, many in one. What the API holds is
 * read once, at the start: the leader is the only writer, and puts back what others change or delete.
 */
export class PlacementStore {
  readonly #client: ApiClient
  readonly #logger: Logger
  readonly #stored: Informer<PlacementDecision>
  readonly #placements = new Map<string, Placement>()
  readonly #listeners = new Set<PlacementListener>()
  readonly #writer: Controller
  /** By decision key: version of our last write, which the informer may not have seen yet. */
  readonly #versions = new Map<string, string>()

  constructor({ client, logger }: PlacementStoreOptions) {
    this.#client = client
    this.#logger = logger.child({ component: 'placement-store' })
    this.#stored = new Informer({ client, gvr: placementDecisions, logger: this.#logger })
    this.#writer = new Controller({
      name: 'placement-store',
      reconcile: async (key, { signal }) => {
        await this.#write(key, signal)
        return undefined
      },
      sources: [],
      concurrency: 4,
      logger,
    })
  }

  /** Resolves when everything stored is known. */
  get synced(): Promise<void> {
    return this.#stored.synced
  }

  async run(signal: AbortSignal): Promise<void> {
    const stop = this.#stored.onChange(({ type, object }) => {
      if (type !== 'DELETED') return
      this.#versions.delete(keyOf(object))
      const key = placementKeyOf(object)
      if (this.#placements.has(key)) this.#writer.enqueue(key, settledMs)
    })
    await Promise.all([this.#stored.run(signal), this.#writer.run(signal)])
    stop()
  }

  get(type: FederatedType, key: string): Placement | undefined {
    return this.#placements.get(memoryKey(type, key))
  }

  /**
   * The placement of a federated object, read from what is stored when it is asked for the first time. What was
   * stored for an earlier object of the same name does not count.
   */
  of(type: FederatedType, source: ApiObject): Placement {
    const key = memoryKey(type, keyOf(source))
    const known = this.#placements.get(key)
    if (known !== undefined && known.source.metadata.uid === source.metadata.uid) {
      known.source = source
      return known
    }
    const stored = this.#stored.get(keyOf({ metadata: decisionRef(type, source) }))
    const isSame = stored?.spec.objectRef.uid === source.metadata.uid
    const rows = isSame ? (stored?.status?.clusters ?? []) : []
    const placement: Placement = {
      key: keyOf(source),
      type,
      source,
      generation: isSame ? stored?.status?.observedGeneration : undefined,
      rows: new Map(rows.map((row) => [row.cluster, row])),
      placed: isSame
        ? stored?.status?.conditions?.find(({ type: t }) => t === 'Placed')
        : undefined,
    }
    this.#placements.set(key, placement)
    return placement
  }

  /** Replaces a member's row; written soon when anything durable is different. */
  setRow(placement: Placement, row: ClusterPlacement): void {
    const before = placement.rows.get(row.cluster)
    placement.rows.set(row.cluster, row)
    if (before !== undefined && durable.every((field) => before[field] === row[field])) return
    this.#changed(placement)
  }

  removeRow(placement: Placement, cluster: string): void {
    if (placement.rows.delete(cluster)) this.#changed(placement)
  }

  /** True when that is another finding than before. Written soon. */
  setPlaced(placement: Placement, { placed, reason, message }: PlacementFinding): boolean {
    const status = placed ? 'True' : 'False'
    const before = placement.placed
    const isSame =
      before?.status === status && before.reason === reason && before.message === message
    if (isSame) return false
    const isTransition = before?.status !== status
    const lastTransitionTime = isTransition ? now() : before.lastTransitionTime
    placement.placed = { type: 'Placed', status, reason, message, lastTransitionTime }
    this.#changed(placement)
    return true
  }

  /** The rows now stand for this generation of the source. */
  decided(placement: Placement, generation: number | undefined): void {
    if (placement.generation === generation) return
    placement.generation = generation
    this.#tell(placement)
  }

  /** Writes now; what is decided must be on record before it is acted upon. */
  async flush(placement: Placement, signal: AbortSignal): Promise<void> {
    await this.#write(memoryKey(placement.type, placement.key), signal)
  }

  /** The object is gone; its decision goes by its owner reference. */
  forget(type: FederatedType, key: string): void {
    this.#placements.delete(memoryKey(type, key))
  }

  onChange(listener: PlacementListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  #changed(placement: Placement): void {
    this.#tell(placement)
    const isPending = [...placement.rows.values()].some(({ state }) => state === 'Pending')
    const key = memoryKey(placement.type, placement.key)
    this.#writer.enqueue(key, isPending ? pendingMs : settledMs)
  }

  #tell({ type, key }: Placement): void {
    for (const listener of this.#listeners) listener(type, key)
  }

  async #write(key: string, signal: AbortSignal): Promise<void> {
    const placement = this.#placements.get(key)
    if (placement === undefined || placement.source.metadata.deletionTimestamp !== undefined) return
    const decision = decisionOf(placement)
    const decisionKey = keyOf(decision)
    const version =
      this.#versions.get(decisionKey) ?? this.#stored.get(decisionKey)?.metadata.resourceVersion
    try {
      const written =
        version === undefined
          ? await this.#client.create(placementDecisions, decision, { signal })
          : await this.#client.update(placementDecisions, versioned(decision, version), { signal })
      this.#versions.set(decisionKey, written.metadata.resourceVersion ?? '')
    } catch (error) {
      // Nothing is to be recorded any more. Another refusal is no reason to act upon what is on no record.
      if (isNamespaceTerminating(error)) return
      if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error
      await this.#reread(decision, signal)
      throw error
    }
  }

  /** Somebody else wrote or deleted it: the next try starts from what is there. */
  async #reread(decision: PlacementDecision, signal: AbortSignal): Promise<void> {
    const key = keyOf(decision)
    try {
      const live = await this.#client.get(placementDecisions, decision.metadata, { signal })
      this.#versions.set(key, live.metadata.resourceVersion ?? '')
    } catch (error) {
      if (!isNotFound(error)) throw error
      this.#versions.delete(key)
    }
  }
}

/** RFC 3339, whole seconds. */
const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z')

const memoryKey = (type: FederatedType, key: string): string =>
  `${type.resource}.${type.group} ${key}`

const versioned = (decision: PlacementDecision, resourceVersion: string): PlacementDecision => ({
  ...decision,
  metadata: { ...decision.metadata, resourceVersion },
})
