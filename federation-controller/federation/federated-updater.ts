import {
  isAlreadyExists,
  isConflict,
  isNotFound,
  StatusError,
} from '#apimachinery/errors/status-error.ts'
import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { adoptAnnotation, federationUIDAnnotation } from '#apimachinery/schema/federation.ts'
import type { ApiClient, CallOptions, ObjectRef } from '#client/api-client.ts'
import type { FederatedType } from '../federated-types/federated-type.ts'
import { asAdopted, mergeIntoCopy } from './desired-object.ts'
import { isAdopted, ownershipOf, releasePatch, sourceUIDOf } from './ownership.ts'

/** One copy in one member. */
export interface CopyTarget {
  readonly type: FederatedType
  /** The member's. */
  readonly client: ApiClient
  readonly federationUID: string
  readonly desired: ApiObject
  /** What is there already, and nobody's, shall be taken over. */
  readonly adopts: boolean
  readonly signal: AbortSignal
}

/**
 * What a write came to. created, updated: the member's answer. shared: an adopted object that another federation
 * marks; it is there, and is left as it is. conflict: something that is not ours is there. terminating: the object
 * there, or its namespace, is on its way out. noNamespace: its namespace is not there yet.
 */
export type WriteResult =
  | { readonly kind: 'created' | 'updated' | 'shared'; readonly copy: ApiObject }
  | { readonly kind: 'conflict' | 'terminating' | 'noNamespace'; readonly message: string }

/** Makes the member's object what is desired. `known` is the object as last seen, when there is one. */
export async function writeCopy(
  target: CopyTarget,
  known: ApiObject | undefined,
): Promise<WriteResult> {
  if (known !== undefined) return overwrite(target, known)
  try {
    const { client, type, desired, signal } = target
    return { kind: 'created', copy: await client.create(type, desired, { signal }) }
  } catch (error) {
    if (isAlreadyExists(error)) return overwrite(target, await getCopy(target))
    return whenNamespaceIsMissing(error)
  }
}

async function overwrite(target: CopyTarget, live: ApiObject): Promise<WriteResult> {
  const refusal = mayNotWrite(target, live)
  if (refusal !== undefined) return refusal
  try {
    return await put(target, live)
  } catch (error) {
    if (isNotFound(error)) return writeCopy(target, undefined)
    if (!isConflict(error)) throw error
  }
  // Seen too late; what is there now decides. A second conflict is left to the queue's back-off.
  const fresh = await getCopy(target)
  return mayNotWrite(target, fresh) ?? put(target, fresh)
}

function mayNotWrite(
  { type, adopts, federationUID }: CopyTarget,
  live: ApiObject,
): WriteResult | undefined {
  const { name, deletionTimestamp, annotations } = live.metadata
  if (ownershipOf(live, federationUID) === 'foreign') {
    const isOfAnother = annotations?.[federationUIDAnnotation] !== undefined
    if (isOfAnother && type.adopts === true) return { kind: 'shared', copy: live }
    if (isOfAnother || !adopts) return conflict(`${type.kind} "${name}"`, isOfAnother)
  }
  if (deletionTimestamp === undefined) return undefined
  return { kind: 'terminating', message: `${type.kind} "${name}" is being deleted there` }
}

const conflict = (what: string, isOfAnother: boolean): WriteResult => ({
  kind: 'conflict',
  message: isOfAnother
    ? `${what} is there already and is another federation's; it is left as it is`
    : `${what} is there already and was not made by this federation; it is left as it is. To take it over, annotate the federated object with ${adoptAnnotation}=true`,
})

async function put(target: CopyTarget, live: ApiObject): Promise<WriteResult> {
  const { client, type, desired, federationUID, signal } = target
  const merged = mergeIntoCopy(type, desired, live)
  const isOurs = ownershipOf(live, federationUID) === 'ours'
  const copy = await client.update(type, isOurs ? merged : asAdopted(merged), { signal })
  return { kind: 'updated', copy }
}

const getCopy = ({ client, type, desired, signal }: CopyTarget): Promise<ApiObject> =>
  client.get(type, desired.metadata, { signal })

/** 404 for a POST is about the namespace; 403 with the cause NamespaceTerminating, too. */
function whenNamespaceIsMissing(error: unknown): WriteResult {
  if (isNotFound(error)) return { kind: 'noNamespace', message: 'its namespace is not there yet' }
  if (error instanceof StatusError) {
    const causes = error.status.details?.causes ?? []
    if (causes.some(({ reason }) => reason === 'NamespaceTerminating')) {
      return { kind: 'terminating', message: 'its namespace is being deleted there' }
    }
  }
  throw error
}

export interface RemoveOptions {
  readonly type: FederatedType
  /** The member's. */
  readonly client: ApiClient
  readonly federationUID: string
  /** Copies of another source are left alone. */
  readonly sourceUID: string
  /** The copy shall stay, as an object that is nobody's. */
  readonly orphan: boolean
  readonly timeoutMs?: number
  readonly signal: AbortSignal
}

/** gone: nothing of ours is there. going: deleted, but finalizers in the member hold it. */
export type RemoveResult = 'gone' | 'going'

/**
 * Takes back a copy, which was read from the member; deletes nothing that is not ours, and nothing that we only adopted. What has
 * changed since it was read is looked at again: the copy may have become that of another source.
 */
export async function removeCopy(options: RemoveOptions, copy: ApiObject): Promise<RemoveResult> {
  const { type, client, signal, timeoutMs = 10_000 } = options
  try {
    return await takeBack(options, copy)
  } catch (error) {
    if (!isConflict(error)) throw error
  }
  const { name, namespace } = copy.metadata
  const ref = namespace === undefined ? { name } : { namespace, name }
  const fresh = await getIfThere(client, { ...type, ...ref }, { signal, timeoutMs })
  return fresh === undefined ? 'gone' : takeBack(options, fresh)
}

/** Throws a conflict when the copy is not as it was read. */
async function takeBack(options: RemoveOptions, copy: ApiObject): Promise<RemoveResult> {
  const { type, client, federationUID, sourceUID, signal, timeoutMs = 10_000 } = options
  const call = { signal, timeoutMs }
  if (ownershipOf(copy, federationUID) === 'foreign') return 'gone'
  if (sourceUIDOf(copy) !== sourceUID) return 'gone'
  try {
    if (options.orphan || isAdopted(copy)) {
      const body = releasePatch(copy)
      await client.patch(type, copy.metadata, { type: 'merge', body }, call)
      return 'gone'
    }
    if (copy.metadata.deletionTimestamp !== undefined) return 'going'
    const { uid, resourceVersion } = copy.metadata
    const preconditions = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    }
    const propagationPolicy = 'Background' as const
    const answer = await client.delete(type, copy.metadata, {
      propagationPolicy,
      preconditions,
      ...call,
    })
    return isStillThere(answer) ? 'going' : 'gone'
  } catch (error) {
    if (isNotFound(error)) return 'gone'
    throw error
  }
}

/** The answer to DELETE is a Status when the object is gone, else the object; a namespace says so by its phase. */
const isStillThere = (answer: unknown): boolean => (answer as { kind?: string }).kind !== 'Status'

/** Undefined when it is not there. */
export async function getIfThere(
  client: ApiClient,
  { namespace, name, ...gvr }: GroupVersionResource & ObjectRef,
  options: CallOptions,
): Promise<ApiObject | undefined> {
  try {
    return await client.get(gvr, namespace === undefined ? { name } : { namespace, name }, options)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
