import type { ApiClient } from '#client/api-client.ts'
import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { controllerOf, controllerReference, type LabelSelector } from './objects.ts'
import { formatSelector } from './selector.ts'

interface ClaimOptions {
  readonly client: ApiClient
  readonly gvr: GroupVersionResource
  readonly owner: ApiObject
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
  const claimed: T[] = []
  for (const item of items) {
    const controller = controllerOf(item)
    if (controller?.uid === owner.metadata.uid) claimed.push(item)
    else if (controller === undefined && isAdoptable(owner, item))
      claimed.push(await adopt<T>(options, item))
  }
  return claimed
}

const isAdoptable = (owner: ApiObject, item: ApiObject): boolean =>
  owner.metadata.deletionTimestamp === undefined && item.metadata.deletionTimestamp === undefined

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
