import type { ApiClient } from '#client/api-client.ts'
import { isNotFound } from '#apimachinery/errors/status-error.ts'
import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { controllerOf, controllerReference, type LabelSelector } from './workload.ts'
import { formatSelector } from './selector.ts'

interface ClaimOptions {
  readonly client: ApiClient
  readonly gvr: GroupVersionResource
  readonly owner: ApiObject
  readonly ownerResource: GroupVersionResource
  readonly selector: LabelSelector
  readonly signal: AbortSignal
}

/**
 * The objects that `owner` controls among those its selector finds. Ones without a controller are adopted, unless the owner is being
 * deleted. Lists live: what follows (making and deleting) must not rest on a copy that lags.
 */
export async function claim<T extends ApiObject>(options: ClaimOptions): Promise<T[]> {
  const { client, gvr, owner, selector, signal } = options
  const { items } = await client.list<T>(gvr, {
    ...namespaceOf(owner),
    labelSelector: formatSelector(selector),
    signal,
  })
  const claimed = items.filter((item) => controllerOf(item)?.uid === owner.metadata.uid)
  const orphans = items.filter(
    (item) => controllerOf(item) === undefined && item.metadata.deletionTimestamp === undefined,
  )
  if (orphans.length === 0 || !(await mayAdopt(options))) return claimed
  for (const orphan of orphans) claimed.push(await adopt<T>(options, orphan))
  return claimed
}

/** Asks the server: an owner that is being deleted has just let its dependents go, and must not take them back because its copy lags. */
async function mayAdopt({ client, owner, ownerResource, signal }: ClaimOptions): Promise<boolean> {
  if (owner.metadata.deletionTimestamp !== undefined) return false
  try {
    const { metadata } = await client.get(ownerResource, refOf(owner), { signal })
    return metadata.uid === owner.metadata.uid && metadata.deletionTimestamp === undefined
  } catch (err) {
    if (isNotFound(err)) return false
    throw err
  }
}

async function adopt<T extends ApiObject>(
  { client, gvr, owner, signal }: ClaimOptions,
  item: ApiObject,
): Promise<T> {
  const ownerReferences = [...(item.metadata.ownerReferences ?? []), controllerReference(owner)]
  const { uid, name, resourceVersion } = item.metadata
  const body = { metadata: { uid, resourceVersion, ownerReferences } }
  return client.patch<T>(gvr, { ...namespaceOf(item), name }, { type: 'merge', body }, { signal })
}

export const namespaceOf = ({ metadata: { namespace } }: ApiObject): { namespace?: string } =>
  namespace === undefined ? {} : { namespace }

export const refOf = (object: ApiObject): { namespace?: string; name: string } => ({
  ...namespaceOf(object),
  name: object.metadata.name,
})
