import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { isOlderVersion, isSinceVersion } from '#apimachinery/meta/resource-version.ts'
import type { ClusterPlacement } from '#apimachinery/schema/federation.ts'
import { keyOf, splitKey } from '#client/indexer.ts'
import { lateWriteMs } from '../../federation/deletion-helper.ts'
import type { FederatedInformer } from '../../federation/federated-informer.ts'
import { desiredShare, type DesiredObject, observedHash } from '../../federation/desired-object.ts'
import type { FederationContext } from '../../federation/federation-context.ts'
import {
  getIfThere,
  removeCopy,
  writeCopy,
  type WriteResult,
} from '../../federation/federated-updater.ts'
import { isAdopted, wantsAdoption } from '../../federation/ownership.ts'
import type { Member } from '../../federation/member-clusters.ts'
import type { MemberChange } from '../../federation/member-informers.ts'
import { Controller } from '../../runtime/controller.ts'
import type { ReconcileContext, Result } from '../../runtime/reconciler.ts'
import { type CopyMemory, copyMemory, type Entry, repairDelayMs } from './entry.ts'
import { failureOf, isSilence } from './failure.ts'
import type { EventLog } from './event-log.ts'

export interface MemberSyncOptions {
  readonly context: FederationContext
  readonly informer: FederatedInformer
  readonly member: Member
  readonly entries: ReadonlyMap<string, Entry>
  readonly log: EventLog
  /** A copy is gone, during deletion. */
  readonly onGone: (entry: Entry) => void
  /** A copy is there that has no place: the cluster was out, and has joined again. */
  readonly onUnplaced: (entry: Entry) => void
  /** A copy is there now. */
  readonly onPresent: (cluster: string, key: string) => void
}

const workers = 16
/** A removal that is waited for must not take the caller's whole time. */
const removeTimeoutMs = 5_000
/** A conflict is looked at again, ever more seldom: the object there may have gone. */
const longestConflictMs = 60_000
const longestWaitMs = 5_000

/** The copies of one kind in one member: an own queue with own workers, so that no member waits for another. */
export class MemberSync {
  readonly cluster: string
  readonly #options: MemberSyncOptions
  readonly #controller: Controller
  /** Keys that wait for their namespace, by namespace. */
  readonly #waiting = new Map<string, Set<string>>()
  /** When (monotonic ms) this process first heard from the member. */
  #heardAt: number | undefined

  constructor(options: MemberSyncOptions) {
    const { context, informer, member } = options
    this.#options = options
    this.cluster = member.name
    this.#controller = new Controller({
      name: `sync-${informer.type.resource}`,
      reconcile: (key, reconciling) => this.#reconcile(key, reconciling),
      sources: [],
      concurrency: workers,
      backOff: { initialMs: 50, maxMs: 30_000 },
      logger: context.logger.child({ cluster: member.name }),
    })
    if (informer.members.hasSynced(member.name)) this.#heardAt = performance.now()
  }

  /** A create of this copy may arrive after a delete that was sent later. */
  mayComeLate(entry: Entry): boolean {
    if (entry.copies.get(this.cluster)?.isUncertain === true) return true
    if (!entry.isInherited) return false
    return this.#heardAt === undefined || performance.now() - this.#heardAt < lateWriteMs
  }

  enqueue(key: string): void {
    this.#controller.enqueue(key)
  }

  enqueueAll(): void {
    for (const key of this.#options.entries.keys()) this.#controller.enqueue(key)
  }

  /** The namespace is there now. */
  wake(namespace: string): void {
    const keys = this.#waiting.get(namespace)
    this.#waiting.delete(namespace)
    for (const key of keys ?? []) this.#controller.enqueue(key)
  }

  /** Resolves when the signal aborts: with the member at the latest. */
  run(signal: AbortSignal): Promise<void> {
    return this.#controller.run(signal)
  }

  /** What its informer saw. Our own writes come back here, too, and mean nothing. */
  observe(change: MemberChange): void {
    if (change.type === 'SYNCED') {
      this.#heardAt ??= performance.now()
      this.enqueueAll()
      return
    }
    const key = keyOf(change.object)
    const entry = this.#options.entries.get(key)
    if (entry === undefined) return
    const { uid, resourceVersion } = change.object.metadata
    const memory = copyMemory(entry, this.cluster)
    if (change.type === 'DELETED') {
      if (memory.written?.uid === uid) memory.written = undefined
    } else if (isOlderVersion(resourceVersion, change.previous?.metadata.resourceVersion)) {
      // The member was restored from a backup: our write is not on its way, it is lost.
      memory.written = undefined
    } else if (entry.placement.rows.get(this.cluster)?.observedVersion === resourceVersion) return
    this.enqueue(key)
  }

  async #reconcile(key: string, { signal }: ReconcileContext): Promise<Result | undefined> {
    const entry = this.#options.entries.get(key)
    // A silent member is not asked: when it speaks again, all keys come back.
    if (entry === undefined || this.#options.member.breaker.isOpen) return undefined
    try {
      if (entry.deletion === undefined) return await this.#write(entry, signal)
      return await this.#remove(entry, entry.deletion.orphan, signal)
    } catch (error) {
      const isUnanswered = signal.aborted || isSilence(error)
      if (isUnanswered) copyMemory(entry, this.cluster).isUncertain = true
      if (signal.aborted || !isUnanswered) throw error
      if (this.#options.member.breaker.isOpen) return undefined
      throw error
    }
  }

  async #write(entry: Entry, signal: AbortSignal): Promise<Result | undefined> {
    const row = entry.placement.rows.get(this.cluster)
    const { informer, context, member } = this.#options
    const known = informer.members.get(this.cluster, entry.key)
    if (row === undefined) {
      if (known !== undefined) this.#options.onUnplaced(entry)
      return undefined
    }
    const { type } = informer
    const memory = copyMemory(entry, this.cluster)
    const desired = desiredShare(type, entry.desired, row.replicas)
    const isCurrent = row.state === 'Synced' && row.hash === desired.hash
    if (isCurrent) {
      if (this.#stands(entry, { row, known, memory, desired })) return undefined
      const wait = repairDelayMs(memory, performance.now())
      if (wait > 0) return { requeueAfterMs: wait }
    }
    const { federationUID } = context
    const target = {
      type,
      client: member.client,
      federationUID,
      desired: desired.object,
      adopts: type.adopts === true || wantsAdoption(entry.source),
      signal,
    }
    const result = await this.#attempt(entry, desired, () => writeCopy(target, known))
    if (isCurrent) this.#noteRepair(memory)
    return this.#record(entry, desired, result)
  }

  /** True: what was last written is what is there, as far as can be seen; drift is a difference from the member's answer. */
  #stands(
    entry: Entry,
    seen: {
      row: ClusterPlacement
      known: ApiObject | undefined
      memory: CopyMemory
      desired: DesiredObject
    },
  ): boolean {
    const { row, known, memory, desired } = seen
    const { informer, context } = this.#options
    if (known === undefined) {
      return this.#isUnseen(memory) || !informer.members.hasSynced(this.cluster)
    }
    const version = known.metadata.resourceVersion ?? ''
    if (version === row.observedVersion) return true
    if (memory.written !== undefined && isOlderVersion(version, memory.written.resourceVersion))
      return true
    if (observedHash(informer.type, known, desired.object) !== row.observedHash) return false
    context.placements.setRow(entry.placement, { ...row, observedVersion: version })
    return true
  }

  /** True: our last write may not have come to the informer yet. What it lacks at the write's version is gone again. */
  #isUnseen({ written }: CopyMemory): boolean {
    if (written === undefined) return false
    const seen = this.#options.informer.members.informer(this.cluster)?.resourceVersion
    return seen === undefined || !isSinceVersion(seen, written.resourceVersion)
  }

  #noteRepair(memory: CopyMemory): void {
    memory.repairs++
    memory.repairedAt = performance.now()
  }

  /** A refusal is put on record before it goes to the queue's back-off. */
  async #attempt(
    entry: Entry,
    desired: DesiredObject,
    write: () => Promise<WriteResult>,
  ): Promise<WriteResult> {
    try {
      return await write()
    } catch (error) {
      const failure = failureOf(error)
      if (failure !== undefined) this.#setRow(entry, desired, { state: 'Failed', ...failure })
      throw error
    }
  }

  #record(entry: Entry, desired: DesiredObject, result: WriteResult): Result | undefined {
    const memory = copyMemory(entry, this.cluster)
    switch (result.kind) {
      case 'created':
      case 'updated':
      case 'shared':
        this.#recordPresent(entry, desired, result)
        return undefined
      case 'conflict':
        this.#setRow(entry, desired, {
          state: 'Conflict',
          reason: 'AlreadyExists',
          message: result.message,
        })
        return { requeueAfterMs: Math.min(longestConflictMs, 1_000 * 2 ** memory.waits++) }
      case 'terminating':
      case 'noNamespace': {
        const reason = result.kind === 'terminating' ? 'Terminating' : 'NamespaceMissing'
        this.#setRow(entry, desired, { state: 'Pending', reason, message: result.message })
        this.#waitForNamespace(entry.key)
        return { requeueAfterMs: Math.min(longestWaitMs, 25 * 2 ** memory.waits++) }
      }
    }
  }

  #recordPresent(
    entry: Entry,
    desired: DesiredObject,
    { kind, copy }: { kind: 'created' | 'updated' | 'shared'; copy: ApiObject },
  ): void {
    const memory = copyMemory(entry, this.cluster)
    const { uid = '', resourceVersion = '' } = copy.metadata
    memory.written = { uid, resourceVersion }
    memory.waits = 0
    this.#setRow(entry, desired, {
      state: 'Synced',
      observedHash: observedHash(this.#options.informer.type, copy, desired.object),
      observedVersion: resourceVersion,
      ...presence(kind, copy),
    })
    if (kind !== 'shared') this.#options.log.wrote(entry, this.cluster, kind)
    this.#options.onPresent(this.cluster, entry.key)
    // Its deletion was seen before the answer to our write: no event will tell.
    const { members } = this.#options.informer
    if (members.get(this.cluster, entry.key) === undefined && !this.#isUnseen(memory))
      this.enqueue(entry.key)
  }

  #setRow(
    entry: Entry,
    desired: DesiredObject,
    change: Omit<ClusterPlacement, 'cluster' | 'hash' | 'replicas'>,
  ): void {
    const before = entry.placement.rows.get(this.cluster)
    // Taken away while the call was under way: the cluster has left.
    if (before === undefined) return
    const { replicas, hash } = before
    const written = change.state === 'Synced' ? desired.hash : hash
    this.#options.context.placements.setRow(entry.placement, {
      cluster: this.cluster,
      ...change,
      ...(replicas === undefined ? {} : { replicas }),
      ...(written === undefined ? {} : { hash: written }),
    })
    if (change.state !== before.state || change.message !== before.message) {
      this.#options.log.state(entry, this.cluster, change)
    }
  }

  #waitForNamespace(key: string): void {
    const { namespace } = splitKey(key)
    if (namespace === undefined) return
    const keys = this.#waiting.get(namespace)
    if (keys === undefined) this.#waiting.set(namespace, new Set([key]))
    else keys.add(key)
  }

  async #remove(entry: Entry, orphan: boolean, signal: AbortSignal): Promise<Result | undefined> {
    const memory = copyMemory(entry, this.cluster)
    if (memory.isGone) return undefined
    const { informer, member, context } = this.#options
    const { type } = informer
    const live = await this.#liveCopy(entry, memory, signal)
    const result =
      live === undefined
        ? 'gone'
        : await removeCopy(
            {
              type,
              client: member.client,
              federationUID: context.federationUID,
              sourceUID: entry.source.metadata.uid ?? '',
              orphan,
              timeoutMs: removeTimeoutMs,
              signal,
            },
            live,
          )
    if (result === 'going') {
      memory.written = undefined
      return { requeueAfterMs: 1_000 }
    }
    memory.isGone = true
    this.#options.onGone(entry)
    return undefined
  }

  /**
   * From the cache when it is there. Its absence is believed only where none was ever to be: a copy that lost its label is not in the
   * cache, and a create whose answer nobody saw may have arrived.
   */
  async #liveCopy(
    entry: Entry,
    memory: CopyMemory,
    signal: AbortSignal,
  ): Promise<ApiObject | undefined> {
    const { informer, member } = this.#options
    const known = informer.members.get(this.cluster, entry.key)
    if (known !== undefined) return known
    const isCertain =
      !entry.placement.rows.has(this.cluster) && !entry.isInherited && !memory.isUncertain
    if (isCertain && informer.members.hasSynced(this.cluster)) return undefined
    const call = { timeoutMs: removeTimeoutMs, signal }
    return getIfThere(member.client, { ...informer.type, ...splitKey(entry.key) }, call)
  }
}

/** Why a copy that is there is not simply ours. */
function presence(kind: WriteResult['kind'], copy: ApiObject): { reason?: string } {
  if (kind === 'shared') return { reason: 'Shared' }
  return isAdopted(copy) ? { reason: 'Adopted' } : {}
}
