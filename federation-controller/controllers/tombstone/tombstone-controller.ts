import { isNotFound } from '#apimachinery/errors/status-error.ts'
import { type Tombstone, tombstones } from '#apimachinery/schema/federation.ts'
import { ConnectionError } from '#client/api-client.ts'
import { settledBefore } from '#client/back-off.ts'
import { Informer } from '#client/informer.ts'
import type { FederatedType } from '../../federated-types/federated-type.ts'
import { lateWriteMs } from '../../federation/deletion-helper.ts'
import { getIfThere, removeCopy } from '../../federation/federated-updater.ts'
import type { FederationContext } from '../../federation/federation-context.ts'
import type { Member } from '../../federation/member-clusters.ts'
import { Controller } from '../../runtime/controller.ts'
import type { Result } from '../../runtime/reconciler.ts'
import { enqueueRequestForObject } from '../../runtime/sources.ts'

const workers = 8
const goingMs = 2_000

/** Pays what deletions owe to members that did not answer: deletes the copies, then the Tombstones. */
export async function runTombstoneController(
  context: FederationContext,
  signal: AbortSignal,
): Promise<void> {
  const { client, members, logger } = context
  const informer = new Informer<Tombstone>({ client, gvr: tombstones, logger })
  const debts = new Debts(context, informer)
  const controller = new Controller({
    name: 'tombstone',
    reconcile: (name, reconciling) => debts.pay(name, reconciling.signal),
    sources: [enqueueRequestForObject(informer)],
    concurrency: workers,
    logger,
  })
  if (!(await settledBefore(members.synced, signal))) return
  const stop = members.onChange(({ name }) => {
    const isWorthIt = members.answers(name) || members.clusters.get(name) === undefined
    if (!isWorthIt) return
    for (const { metadata, spec } of informer.list()) {
      if (spec.cluster === name && !debts.isDelayed(metadata.name))
        controller.enqueue(metadata.name)
    }
  })
  await Promise.all([informer.run(signal), controller.run(signal)])
  stop()
}

class Debts {
  readonly #context: FederationContext
  readonly #informer: Informer<Tombstone>
  /** When (monotonic ms) a copy was not found for the first time. */
  readonly #absentSince = new Map<string, number>()

  constructor(context: FederationContext, informer: Informer<Tombstone>) {
    this.#context = context
    this.#informer = informer
  }

  /** It was looked for, and will be again by itself. */
  isDelayed(name: string): boolean {
    return this.#absentSince.has(name)
  }

  async pay(name: string, signal: AbortSignal): Promise<Result | undefined> {
    const tombstone = this.#informer.get(name)
    if (tombstone === undefined) {
      this.#absentSince.delete(name)
      return undefined
    }
    const { members } = this.#context
    const { cluster } = tombstone.spec
    // Who has left is owed nothing. A cluster that is not known yet cannot be told from one that has left: members have synced.
    if (members.clusters.get(cluster) === undefined) return this.#settle(tombstone, signal)
    const member = members.get(cluster)
    // It comes back when the member answers.
    if (member === undefined || !members.answers(cluster)) return undefined
    try {
      return await this.#collect(tombstone, member, signal)
    } catch (error) {
      if (error instanceof ConnectionError && member.breaker.isOpen) return undefined
      throw error
    }
  }

  async #collect(
    tombstone: Tombstone,
    member: Member,
    signal: AbortSignal,
  ): Promise<Result | undefined> {
    const { spec } = tombstone
    const type = this.#typeOf(tombstone)
    if (type === undefined) return undefined
    const { namespace, name } = spec
    const ref = namespace === undefined ? { name } : { namespace, name }
    const { group, version, resource } = type
    const gvr = { group, version, resource }
    const copy = await getIfThere(member.client, { ...gvr, ...ref }, { signal })
    if (copy === undefined) return this.#absent(tombstone, signal)
    const { federationUID } = this.#context
    const { sourceUID } = spec
    const options = { type, client: member.client, federationUID, sourceUID, orphan: false, signal }
    const result = await removeCopy(options, copy)
    return result === 'gone' ? this.#absent(tombstone, signal) : { requeueAfterMs: goingMs }
  }

  /** One, or another one, may still be under way: it is looked for once more before the debt is settled. */
  async #absent(tombstone: Tombstone, signal: AbortSignal): Promise<Result | undefined> {
    const { name } = tombstone.metadata
    const now = performance.now()
    const since = this.#absentSince.get(name) ?? now
    this.#absentSince.set(name, since)
    const remaining = since + lateWriteMs - now
    return remaining > 0 ? { requeueAfterMs: remaining } : this.#settle(tombstone, signal)
  }

  async #settle({ metadata, spec }: Tombstone, signal: AbortSignal): Promise<undefined> {
    const { client, logger } = this.#context
    this.#absentSince.delete(metadata.name)
    try {
      await client.delete(tombstones, { name: metadata.name }, { signal })
      logger.info({ controller: 'tombstone', ...spec }, 'deletion debt settled')
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  #typeOf({ spec }: Tombstone): FederatedType | undefined {
    return this.#context.types.find(
      ({ group, resource }) => group === spec.group && resource === spec.resource,
    )
  }
}
