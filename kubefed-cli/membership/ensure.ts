import { isAlreadyExists } from '#apimachinery/errors/status-error.ts'
import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { ApiClient } from '#client/api-client.ts'
import type { Rollback } from './rollback.ts'

export interface EnsureOptions {
  readonly client: ApiClient
  readonly rollback: Rollback
  /** Whether an object that is there already is ours to write over; without it, any object will do and is left as it is. */
  readonly isOurs?: (object: ApiObject) => boolean
}

/** Creates the object, or brings an earlier run's up to date. Throws an Error that names an object of somebody else's. */
export async function ensure<T extends ApiObject>(
  gvr: GroupVersionResource,
  object: T,
  { client, rollback, isOurs }: EnsureOptions,
): Promise<T> {
  try {
    const made = await client.create(gvr, object)
    rollback.note({ client, gvr, object: made })
    return made
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
  const there = await client.get<T>(gvr, object.metadata)
  if (isOurs === undefined) return there
  if (!isOurs(there))
    throw new Error(
      `${gvr.resource} "${object.metadata.name}" exists at ${client.server} and is not of this federation: delete it, or join under another name`,
    )
  const { resourceVersion } = there.metadata
  const metadata =
    resourceVersion === undefined ? object.metadata : { ...object.metadata, resourceVersion }
  return client.update(gvr, { ...object, metadata })
}
