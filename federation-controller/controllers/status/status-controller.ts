import { isDeepStrictEqual } from 'node:util'
import { isNotFound } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { settledBefore } from '#client/back-off.ts'
import { keyOf } from '#client/indexer.ts'
import type { MemberCopy, Refusal } from '../../federated-types/federated-type.ts'
import { desiredObject, desiredShare } from '../../federation/desired-object.ts'
import type { FederatedInformer } from '../../federation/federated-informer.ts'
import type { FederationContext } from '../../federation/federation-context.ts'
import { sourceUIDOf } from '../../federation/ownership.ts'
import type { Placement } from '../../federation/placement-store.ts'
import { neverLeaves } from '../../federation/propagation-policy.ts'
import { Controller } from '../../runtime/controller.ts'
import { enqueueRequestForObject } from '../../runtime/sources.ts'

const workers = 4
/** What several members report within this time is one write. */
const gatherMs = 40

/** Sums the members' status of each federated object that has one. Resolves when the signal aborts. */
export async function runStatus(context: FederationContext, signal: AbortSignal): Promise<void> {
  const { members, placements } = context
  if (!(await settledBefore(Promise.all([members.synced, placements.synced]), signal))) return
  const summed = context.types.filter(({ status }) => status !== undefined)
  await Promise.all(summed.map((type) => runTypeStatus(context, context.informerOf(type), signal)))
}

async function runTypeStatus(
  context: FederationContext,
  informer: FederatedInformer,
  signal: AbortSignal,
): Promise<void> {
  const { members, placements, logger } = context
  const controller = new Controller({
    name: `status-${informer.type.resource}`,
    reconcile: async (key, reconciling) => {
      await writeStatus({ context, informer, key, signal: reconciling.signal })
      return undefined
    },
    sources: [enqueueRequestForObject(informer.federation)],
    concurrency: workers,
    backOff: { initialMs: 20, maxMs: 30_000 },
    logger,
  })
  const all = (): void => {
    for (const object of informer.federation.list()) controller.enqueue(keyOf(object), gatherMs)
  }
  const ready = new Map(members.names().map((name) => [name, members.isReady(name)]))
  const stops = [
    informer.members.onChange((_, change) => {
      if (change.type === 'SYNCED') all()
      else controller.enqueue(keyOf(change.object), gatherMs)
    }),
    placements.onChange((type, key) => {
      if (type === informer.type) controller.enqueue(key, gatherMs)
    }),
    members.onChange(({ name }) => {
      const isReady = members.isReady(name)
      if (ready.get(name) === isReady) return
      ready.set(name, isReady)
      all()
    }),
  ]
  await controller.run(signal)
  for (const stop of stops) stop()
}

async function writeStatus(options: {
  context: FederationContext
  informer: FederatedInformer
  key: string
  signal: AbortSignal
}): Promise<void> {
  const { context, informer, key, signal } = options
  const source = informer.federation.get(key)
  if (source === undefined || source.metadata.deletionTimestamp !== undefined) return
  if (neverLeaves(informer.type, source)) return
  const status = summedStatus(context, informer, source)
  if (status === undefined || isDeepStrictEqual(status, { ...source.status })) return
  try {
    const body: ApiObject = { ...source, status }
    await context.client.update(informer.type, body, { subresource: 'status', signal })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/** Undefined when there is nothing to say, or when a member that answers is not known well enough yet. */
function summedStatus(
  context: FederationContext,
  informer: FederatedInformer,
  source: ApiObject,
): ApiObject['status'] {
  const { members, placements } = context
  const { type } = informer
  const placement = placements.get(type, keyOf(source))
  if (placement === undefined) return undefined
  const clusters = [...placement.rows.keys()].sort()
  const placed = clusters.filter((name) => members.isReady(name))
  if (placed.some((name) => !informer.members.hasSynced(name))) return undefined
  const isDecided =
    placement.source.metadata.uid === source.metadata.uid &&
    placement.generation === source.metadata.generation
  const isCurrent = currency(context, source, placement)
  const copies = placed.flatMap((cluster): MemberCopy[] => {
    const object = informer.members.get(cluster, keyOf(source))
    // Another federation's copy carries the label, too.
    if (object === undefined || sourceUIDOf(object) !== source.metadata.uid) return []
    return [{ cluster, object, current: isCurrent(cluster, object) }]
  })
  const isPlacedNowhere = placement.rows.size === 0
  return type.status?.({
    source,
    copies,
    complete:
      isDecided &&
      (placed.length > 0 || isPlacedNowhere) &&
      copies.length === placed.length &&
      copies.every(({ current }) => current),
    placed: placement.placed,
    away: clusters.filter((name) => !members.isReady(name)),
    refusals: refusalsOf(placement),
    now: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  })
}

const refusalsOf = ({ rows }: Placement): Refusal[] =>
  [...rows.values()]
    .filter(({ state }) => state === 'Conflict' || state === 'Failed')
    .sort((a, b) => (a.cluster < b.cluster ? -1 : 1))
    .map(({ cluster, state, reason = state, message = '' }) => ({ cluster, reason, message }))

/** Whether a member's object is what is desired now: the row says that it was written, and the cache has seen that. */
function currency(
  { federationUID }: FederationContext,
  source: ApiObject,
  { type, rows }: Placement,
): (cluster: string, object: ApiObject) => boolean {
  const desired = desiredObject(type, source, federationUID)
  return (cluster, object) => {
    const row = rows.get(cluster)
    if (row === undefined || row.state !== 'Synced') return false
    if (row.hash !== desiredShare(type, desired, row.replicas).hash) return false
    return isAtLeast(object.metadata.resourceVersion, row.observedVersion)
  }
}

/** Versions that are no numbers cannot be compared: only the very same counts as seen. */
function isAtLeast(version: string | undefined, than: string | undefined): boolean {
  if (version === than || than === undefined) return true
  const digits = /^\d+$/
  if (version === undefined || !digits.test(version) || !digits.test(than)) return false
  return BigInt(version) >= BigInt(than)
}
