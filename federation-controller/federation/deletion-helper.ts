import { isAlreadyExists } from '#apimachinery/errors/status-error.ts'
import { formatGroupResource, formatGroupVersion } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  deletionFinalizer,
  federationGroupVersion,
  type Tombstone,
  tombstones,
} from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import type { FederatedType } from '../federated-types/federated-type.ts'
import { hashOf } from './hash.ts'

/** Set by the API server when a delete asks that what was made from the object shall stay. */
export const orphanFinalizer = 'orphan'

/**
 * Milliseconds that a create without an answer may take to arrive once the member answers again: its sender gave up, or died, and
 * the bytes are still under way.
 */
export const lateWriteMs = 5_000

/** True while the federation must take copies back before the object may go. */
export const isHeld = (source: ApiObject): boolean =>
  source.metadata.finalizers?.includes(deletionFinalizer) ?? false

export const wantsOrphans = (source: ApiObject): boolean =>
  source.metadata.finalizers?.includes(orphanFinalizer) ?? false

export interface FinalizerChange {
  readonly client: ApiClient
  readonly type: FederatedType
  readonly source: ApiObject
  readonly signal: AbortSignal
}

/** Before the first copy is made. A conflict is thrown: somebody wrote, the next try has the newer object. */
export const addFinalizer = (change: FinalizerChange): Promise<ApiObject> =>
  setFinalizers(change, [...(change.source.metadata.finalizers ?? []), deletionFinalizer].sort())

/** The federation is done with the object; others' finalizers stay. */
export const removeFinalizers = (change: FinalizerChange): Promise<ApiObject> =>
  setFinalizers(
    change,
    (change.source.metadata.finalizers ?? []).filter(
      (finalizer) => finalizer !== deletionFinalizer && finalizer !== orphanFinalizer,
    ),
  )

function setFinalizers(
  { client, type, source, signal }: FinalizerChange,
  finalizers: string[],
): Promise<ApiObject> {
  const { uid, resourceVersion } = source.metadata
  const body = { metadata: { uid, resourceVersion, finalizers } }
  return client.patch(type, source.metadata, { type: 'merge', body }, { signal })
}

/** One name a copy, so that writing it twice makes one. */
function tombstoneOf(type: FederatedType, source: ApiObject, cluster: string): Tombstone {
  const { name, namespace, uid = '' } = source.metadata
  const { group, version, resource } = type
  const digest = Buffer.from(hashOf([cluster, group, resource, uid]), 'base64url').toString('hex')
  return {
    apiVersion: formatGroupVersion(federationGroupVersion),
    kind: 'Tombstone',
    metadata: { name: `${cluster}.${formatGroupResource(type)}.${digest.slice(0, 16)}` },
    spec: {
      cluster,
      group,
      version,
      resource,
      ...(namespace === undefined ? {} : { namespace }),
      name,
      sourceUID: uid,
    },
  }
}

/** Records that a copy is still to be deleted from each of these clusters; it is on record when this resolves. */
export async function writeTombstones(
  { client, type, source, signal }: FinalizerChange,
  clusters: readonly string[],
): Promise<void> {
  await Promise.all(
    clusters.map(async (cluster) => {
      try {
        await client.create(tombstones, tombstoneOf(type, source, cluster), { signal })
      } catch (error) {
        if (!isAlreadyExists(error)) throw error
      }
    }),
  )
}
