import { keyOf } from '#client/indexer.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { whollyPlaced } from '#apimachinery/planner/placement-finding.ts'
import { isNotFound } from '#apimachinery/errors/status-error.ts'
import type { Logger } from 'pino'
import {
  addFinalizer,
  isHeld,
  removeFinalizers,
  wantsOrphans,
  writeTombstones,
} from '../../federation/deletion-helper.ts'
import { desiredObject } from '../../federation/desired-object.ts'
import type { FederatedInformer } from '../../federation/federated-informer.ts'
import type { FederationContext } from '../../federation/federation-context.ts'
import type { Member } from '../../federation/member-clusters.ts'
import { ownershipOf } from '../../federation/ownership.ts'
import { neverLeaves } from '../../federation/propagation-policy.ts'
import { runPerMember } from '../../federation/run-per-member.ts'
import { Controller } from '../../runtime/controller.ts'
import type { Result } from '../../runtime/reconciler.ts'
import { enqueueRequestForObject } from '../../runtime/sources.ts'
import { copyMemory, type Entry } from './entry.ts'
import { EventLog } from './event-log.ts'
import { MemberSync } from './member-sync.ts'
import { isBehind, notePending, placeRows } from './place-rows.ts'

export interface TypeSyncOptions {
  readonly context: FederationContext
  readonly informer: FederatedInformer
  /** A copy is there now, in this cluster. */
  readonly onPresent: (cluster: string, key: string) => void
}

const workers = 16
/** A delete takes no longer than this, however slow a member is. */
const deletionDeadlineMs = 60_000
/** Everything is looked at again now and then, should anything ever have been missed. */
const resyncMs = 10 * 60_000

/** Distributes the objects of one kind: decides what each member shall have, and hands that to the members' queues. */
export class TypeSync {
  readonly #options: TypeSyncOptions
  readonly #logger: Logger
  readonly #log: EventLog
  readonly #controller: Controller
  readonly #entries = new Map<string, Entry>()
  readonly #members = new Map<string, MemberSync>()
  /** Clusters that answered when last looked at. */
  readonly #answering = new Set<string>()
  /** Clusters that something new could be placed in when last looked at. */
  readonly #steady = new Set<string>()

  constructor(options: TypeSyncOptions) {
    const { context, informer } = options
    const name = `sync-${informer.type.resource}`
    this.#options = options
    this.#logger = context.logger.child({ controller: name })
    this.#log = new EventLog(context.events)
    this.#controller = new Controller({
      name,
      reconcile: (key, { signal }) => this.#reconcile(key, signal),
      sources: [enqueueRequestForObject(informer.federation)],
      concurrency: workers,
      backOff: { initialMs: 10, maxMs: 30_000 },
      logger: context.logger,
    })
  }

  /** The namespace is there now, in this cluster. */
  wake(cluster: string, namespace: string): void {
    this.#members.get(cluster)?.wake(namespace)
  }

  async run(signal: AbortSignal): Promise<void> {
    const { members } = this.#options.context
    const syncing = runPerMember(
      {
        members,
        work: (member, connected) => this.#runMember(member, connected),
        onGone: (name) => this.#members.delete(name),
      },
      signal,
    )
    const stops = [
      members.onChange(({ name }) => this.#onMember(name)),
      this.#options.informer.members.onChange((cluster, change) =>
        this.#members.get(cluster)?.observe(change),
      ),
    ]
    for (const name of members.names()) {
      if (members.answers(name)) this.#answering.add(name)
      if (members.isSteady(name)) this.#steady.add(name)
    }
    const resync = setInterval(() => this.#enqueueAll(), resyncMs)
    await this.#controller.run(signal)
    clearInterval(resync)
    for (const stop of stops) stop()
    await syncing
  }

  #onMember(name: string): void {
    const { members } = this.#options.context
    const wasSteady = this.#steady.has(name)
    if (members.isSteady(name)) this.#steady.add(name)
    else this.#steady.delete(name)
    const answered = this.#answering.has(name)
    if (members.answers(name)) {
      this.#answering.add(name)
      if (!answered || this.#steady.has(name) !== wasSteady) this.#enqueueAll()
      return
    }
    this.#answering.delete(name)
    if (members.clusters.get(name) === undefined) this.#enqueueAll()
    else if (answered) this.#enqueueUnsettled(name)
  }

  /** A cluster has fallen silent: deletions wait for it no more, and what it has not got says so. The others need not be disturbed. */
  #enqueueUnsettled(cluster: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.deletion !== undefined || isBehind(entry, cluster))
        this.#controller.enqueue(entry.key)
    }
  }

  #runMember(member: Member, signal: AbortSignal): Promise<void> {
    const { name } = member
    const { context, informer, onPresent } = this.#options
    const sync = new MemberSync({
      context,
      informer,
      member,
      entries: this.#entries,
      log: this.#log,
      onGone: (entry) => this.#controller.enqueue(entry.key),
      onUnplaced: (entry) => this.#controller.enqueue(entry.key),
      onPresent,
    })
    this.#members.set(name, sync)
    for (const entry of this.#entries.values()) copyMemory(entry, name).written = undefined
    sync.enqueueAll()
    return sync.run(signal)
  }

  #enqueueAll(): void {
    for (const object of this.#options.informer.federation.list()) {
      this.#controller.enqueue(keyOf(object))
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<Result | undefined> {
    const { type, federation } = this.#options.informer
    const source = federation.get(key)
    if (source === undefined) {
      this.#forget(key)
      return undefined
    }
    if (neverLeaves(type, source)) {
      // Held only by a mistake of somebody else; nothing of it is anywhere.
      if (isHeld(source) && source.metadata.deletionTimestamp !== undefined) {
        await this.#release(source, signal)
      }
      return undefined
    }
    if (source.metadata.deletionTimestamp !== undefined) return this.#delete(key, source, signal)
    await this.#distribute(key, source, signal)
    return undefined
  }

  #forget(key: string): void {
    this.#entries.delete(key)
    this.#options.context.placements.forget(this.#options.informer.type, key)
  }

  async #distribute(key: string, from: ApiObject, signal: AbortSignal): Promise<void> {
    const { context, informer } = this.#options
    const { client, placements } = context
    const { type } = informer
    const source = isHeld(from) ? from : await addFinalizer({ client, type, source: from, signal })
    const entry = this.#entryOf(key, source, isHeld(from))
    const hasCopy = (cluster: string): boolean => {
      const copy = informer.members.get(cluster, key)
      return copy !== undefined && ownershipOf(copy, context.federationUID) === 'ours'
    }
    const placing = { type, members: context.members, placements, hasCopy }
    const finding = placeRows(entry, placing)
    notePending(entry, placing)
    const isNews = placements.setPlaced(entry.placement, finding)
    // Where all clusters shall have it, the condition says enough: a burst of objects is no burst of Events.
    if (isNews && finding !== whollyPlaced && type.replicas !== undefined) {
      const reason = finding.placed ? finding.reason : 'PlacementIncomplete'
      this.#log.warn(source, reason, finding.message)
    }
    if (entry.mustFlush) {
      await placements.flush(entry.placement, signal)
      entry.mustFlush = false
    }
    placements.decided(entry.placement, source.metadata.generation)
    for (const cluster of entry.placement.rows.keys()) this.#members.get(cluster)?.enqueue(key)
  }

  /** The entry for this very object, with what is desired of it now; `wasHeld` counts when it is seen for the first time. */
  #entryOf(key: string, source: ApiObject, wasHeld: boolean): Entry {
    const { context, informer } = this.#options
    const placement = context.placements.of(informer.type, source)
    const known = this.#entries.get(key)
    if (known !== undefined && known.source.metadata.uid === source.metadata.uid) {
      if (known.source !== source) {
        known.source = source
        known.desired = desiredObject(informer.type, source, context.federationUID)
      }
      return known
    }
    const entry: Entry = {
      key,
      source,
      desired: desiredObject(informer.type, source, context.federationUID),
      placement,
      isInherited: wasHeld,
      mustFlush: false,
      deletion: undefined,
      copies: new Map(),
    }
    this.#entries.set(key, entry)
    return entry
  }

  /**
   * Copies in members that answer are deleted now. A copy that may be in a member that does not answer is put on
   * record as a Tombstone; then the object may go. It goes after a minute at the latest.
   */
  async #delete(key: string, source: ApiObject, signal: AbortSignal): Promise<Result | undefined> {
    if (!isHeld(source) || hasContent(source)) return undefined
    const entry = this.#entryOf(key, source, true)
    // The first sight counts: somebody else may take the finalizer `orphan` away.
    entry.deletion ??= { since: performance.now(), orphan: wantsOrphans(source) }
    const { since, orphan } = entry.deletion
    const open = this.#unsettled(entry)
    const remainingMs = since + deletionDeadlineMs - performance.now()
    const answering = open.filter((cluster) => this.#answers(cluster))
    if (answering.length > 0 && remainingMs > 0) {
      for (const cluster of answering) this.#members.get(cluster)?.enqueue(key)
      return { requeueAfterMs: remainingMs }
    }
    const { client } = this.#options.context
    const { type } = this.#options.informer
    if (!orphan) {
      const owing = this.#options.context.members
        .names()
        .filter((name) => open.includes(name) || this.#mayComeLate(entry, name))
      await writeTombstones({ client, type, source, signal }, owing)
      if (owing.length > 0)
        this.#logger.info({ object: key, clusters: owing }, 'deletion owed to clusters')
    }
    await this.#release(source, signal)
    return undefined
  }

  /** Clusters of which it is not known that nothing of ours is there. */
  #unsettled(entry: Entry): string[] {
    const { members } = this.#options.context
    return members.names().filter((name) => !copyMemory(entry, name).isGone)
  }

  #mayComeLate(entry: Entry, cluster: string): boolean {
    return this.#members.get(cluster)?.mayComeLate(entry) ?? true
  }

  #answers(cluster: string): boolean {
    return this.#members.has(cluster) && this.#options.context.members.answers(cluster)
  }

  async #release(source: ApiObject, signal: AbortSignal): Promise<void> {
    const { client } = this.#options.context
    try {
      await removeFinalizers({ client, type: this.#options.informer.type, source, signal })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}

/** A namespace goes after what is in it; its own controller says when. */
const hasContent = ({ kind, spec }: ApiObject): boolean =>
  kind === 'Namespace' && Array.isArray(spec?.['finalizers']) && spec['finalizers'].length > 0
