import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { PlacementState } from '#apimachinery/schema/federation.ts'
import type { ObjectEvents } from '../../federation/federation-context.ts'
import type { Entry } from './entry.ts'

interface Written {
  readonly source: ApiObject
  readonly created: Set<string>
  readonly updated: Set<string>
}

/** What several members say within this time is one Event. */
const gatherMs = 250
/** Normal Events beyond this are left out, so that a burst of objects is not a burst of Events, too. */
const burst = 30
const perSecond = 5

/** Tells the story of each federated object as Events on it, with Federation v1's reasons. */
export class EventLog {
  readonly #events: ObjectEvents
  readonly #written = new Map<string, Written>()
  #tokens = burst
  #filledAt = performance.now()

  constructor(events: ObjectEvents) {
    this.#events = events
  }

  wrote(entry: Entry, cluster: string, kind: 'created' | 'updated'): void {
    let written = this.#written.get(entry.key)
    if (written === undefined) {
      written = { source: entry.source, created: new Set(), updated: new Set() }
      this.#written.set(entry.key, written)
      setTimeout(() => this.#flush(entry.key), gatherMs).unref()
    }
    written[kind].add(cluster)
  }

  /** A row's state has changed. */
  state(
    { source }: Entry,
    cluster: string,
    { state, reason, message = '' }: { state: PlacementState; reason?: string; message?: string },
  ): void {
    if (state !== 'Conflict' && state !== 'Failed') return
    const event = state === 'Conflict' ? 'ConflictInCluster' : 'UpdateInClusterFailed'
    this.#events.event(source, {
      type: 'Warning',
      reason: event,
      message: `cluster ${cluster}: ${message === '' ? String(reason) : message}`,
    })
  }

  warn(source: ApiObject, reason: string, message: string): void {
    this.#events.event(source, { type: 'Warning', reason, message })
  }

  #flush(key: string): void {
    const written = this.#written.get(key)
    if (written === undefined) return
    this.#written.delete(key)
    const { source, created, updated } = written
    this.#normal(source, 'CreateInCluster', created)
    this.#normal(source, 'UpdateInCluster', updated)
  }

  #normal(source: ApiObject, reason: string, clusters: ReadonlySet<string>): void {
    if (clusters.size === 0 || !this.#takeToken()) return
    const verb = reason === 'CreateInCluster' ? 'Created' : 'Updated'
    const message = `${verb} in ${clusters.size > 1 ? 'clusters' : 'cluster'} ${[...clusters].sort().join(', ')}`
    this.#events.event(source, { type: 'Normal', reason, message })
  }

  #takeToken(): boolean {
    const now = performance.now()
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) / 1000) * perSecond)
    this.#filledAt = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
