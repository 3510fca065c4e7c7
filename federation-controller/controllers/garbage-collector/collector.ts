import type { ApiClient, ObjectRef } from '#client/api-client.ts'
import { isConflict, isNotFound } from '#apimachinery/errors/status-error.ts'
import type { ApiObject, ObjectMeta, OwnerReference } from '#apimachinery/meta/object-meta.ts'
import {
  foregroundFinalizer,
  orphanFinalizer,
  type OwnedObject,
  type OwnershipGraph,
} from './ownership-graph.ts'
import type { OwnerLookup, OwnerState } from './owners.ts'

export interface CollectorDeps {
  readonly client: ApiClient
  readonly graph: OwnershipGraph
  readonly owners: OwnerLookup
}

/** What one look at an object came to. `again` are other uids to look at because of it. */
export interface Collected {
  readonly again: readonly string[]
  /** An owner's kind is not known now; look again after the next discovery. */
  readonly undecided: boolean
}

const settled: Collected = { again: [], undecided: false }

/** Does what the object with this uid needs: orphans its dependents, ends its foreground deletion, or deletes it when its owners are gone. */
export async function collect(
  deps: CollectorDeps,
  uid: string,
  signal: AbortSignal,
): Promise<Collected> {
  const object = deps.graph.get(uid)
  if (object === undefined) return settled
  if (object.orphaning) return orphanDependents(deps, object, signal)
  if (object.foreground) return finishForeground(deps, object, signal)
  if (object.deleting || deps.graph.hasOwners(object)) return settled
  return deleteIfUnowned(deps, object, signal)
}

async function orphanDependents(
  { client, graph }: CollectorDeps,
  owner: OwnedObject,
  signal: AbortSignal,
): Promise<Collected> {
  for (const dependent of graph.dependentsOf(owner.uid))
    await dropOwners(client, dependent, { uids: new Set([owner.uid]), signal })
  await removeFinalizer(client, owner, { finalizer: orphanFinalizer, signal })
  return settled
}

/** The owner goes when no dependent blocks it; until then every dependent is looked at, and its end brings the owner back here. */
async function finishForeground(
  { client, graph }: CollectorDeps,
  owner: OwnedObject,
  signal: AbortSignal,
): Promise<Collected> {
  const dependents = graph.dependentsOf(owner.uid)
  const isBlocked = dependents.some(({ owners }) =>
    owners.some(({ uid, blockOwnerDeletion }) => uid === owner.uid && blockOwnerDeletion === true),
  )
  if (!isBlocked) await removeFinalizer(client, owner, { finalizer: foregroundFinalizer, signal })
  // Those that wait for their own dependents come back by themselves.
  const again = dependents.filter(({ foreground }) => !foreground).map(({ uid }) => uid)
  return { again, undecided: false }
}

async function deleteIfUnowned(
  deps: CollectorDeps,
  object: OwnedObject,
  signal: AbortSignal,
): Promise<Collected> {
  const live = await getLive(deps.client, object, signal)
  if (live === undefined || live.uid !== object.uid || live.deletionTimestamp !== undefined)
    return settled
  const references = live.ownerReferences ?? []
  const states = await Promise.all(
    references.map((reference) => deps.owners.stateOf(reference, object.namespace, signal)),
  )
  const having = (...wanted: OwnerState[]): OwnerReference[] =>
    references.filter((_, index) => wanted.includes(states[index] ?? 'unknown'))
  if (references.length === 0) return settled
  if (having('unknown').length > 0) return { again: [], undecided: true }
  const gone = having('dangling', 'waiting')
  if (gone.length === 0) return settled
  if (gone.length < references.length) {
    const uids = new Set(gone.map(({ uid }) => uid))
    await dropOwners(deps.client, object, { uids, signal })
    return settled
  }
  const isWaitedFor = having('waiting').length > 0
  await deleteObject(deps, object, { live, isWaitedFor, signal })
  return settled
}

/** An object that its owner waits for, and that has dependents, goes in the foreground too, so that the owner really goes last. */
async function deleteObject(
  { client, graph }: CollectorDeps,
  object: OwnedObject,
  how: { live: ObjectMeta; isWaitedFor: boolean; signal: AbortSignal },
): Promise<void> {
  const finalizers = how.live.finalizers ?? []
  const dependents = graph.dependentsOf(object.uid)
  const hasDependents = dependents.length > 0
  // Perhaps a circle of owners, each waiting for the next: this one lets go of its own.
  if (how.isWaitedFor && dependents.some(({ foreground }) => foreground)) {
    const { live, signal } = how
    const ownerReferences = (live.ownerReferences ?? []).map((reference) => ({
      ...reference,
      blockOwnerDeletion: false,
    }))
    await patchMetadata(client, object, { live, change: { ownerReferences }, signal })
  }
  const policy = (): 'Background' | 'Foreground' | 'Orphan' => {
    if (how.isWaitedFor && hasDependents) return 'Foreground'
    if (finalizers.includes(orphanFinalizer)) return 'Orphan'
    return finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background'
  }
  await client
    .delete(object.resource, refOf(object), {
      propagationPolicy: policy(),
      preconditions: { uid: object.uid },
      signal: how.signal,
    })
    .catch(ignoreGone)
}

/** Metadata as it is on the server now; undefined when the object is gone. */
async function getLive(
  client: ApiClient,
  object: OwnedObject,
  signal: AbortSignal,
): Promise<ObjectMeta | undefined> {
  try {
    return (await client.get(object.resource, refOf(object), { signal })).metadata
  } catch (err) {
    if (isNotFound(err)) return undefined
    throw err
  }
}

async function dropOwners(
  client: ApiClient,
  object: OwnedObject,
  { uids, signal }: { uids: ReadonlySet<string>; signal: AbortSignal },
): Promise<void> {
  const live = await getLive(client, object, signal)
  if (live === undefined || live.uid !== object.uid) return
  const before = live.ownerReferences ?? []
  const ownerReferences = before.filter(({ uid }) => !uids.has(uid))
  if (ownerReferences.length === before.length) return
  await patchMetadata(client, object, { live, change: { ownerReferences }, signal })
}

async function removeFinalizer(
  client: ApiClient,
  object: OwnedObject,
  { finalizer, signal }: { finalizer: string; signal: AbortSignal },
): Promise<void> {
  const live = await getLive(client, object, signal)
  if (live === undefined || live.uid !== object.uid) return
  if (live.finalizers?.includes(finalizer) !== true) return
  const finalizers = live.finalizers.filter((name) => name !== finalizer)
  await patchMetadata(client, object, { live, change: { finalizers }, signal })
}

/** A merge patch that only applies to the very object that was read: a conflict is thrown and retried by the caller's queue. */
async function patchMetadata(
  client: ApiClient,
  object: OwnedObject,
  how: { live: ObjectMeta; change: Partial<ObjectMeta>; signal: AbortSignal },
): Promise<void> {
  const { uid, resourceVersion } = how.live
  const body = { metadata: { ...how.change, uid, resourceVersion } }
  await client
    .patch<ApiObject>(
      object.resource,
      refOf(object),
      { type: 'merge', body },
      { signal: how.signal },
    )
    .catch((err: unknown) => {
      if (!isNotFound(err)) throw err
    })
}

const refOf = ({ namespace, name }: OwnedObject): ObjectRef => ({
  ...(namespace === undefined ? {} : { namespace }),
  name,
})

/** Gone already, or another object by this name now (the uid precondition failed): nothing left to delete. */
function ignoreGone(err: unknown): void {
  if (!isNotFound(err) && !isConflict(err)) throw err
}
