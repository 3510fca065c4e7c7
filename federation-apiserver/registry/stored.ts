import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Storage, StoredBody, StoredObject } from '../storage/interface.ts'

interface TypeMeta {
  readonly group: string
  readonly version: string
  readonly kind: string
}

const apiVersionOf = (type: TypeMeta): string =>
  type.group === '' ? type.version : `${type.group}/${type.version}`

/** The whole object, sharing the frozen fields of the stored one: read only. */
export const wholeObject = (type: TypeMeta, stored: StoredObject): Readonly<ApiObject> => ({
  kind: type.kind,
  apiVersion: apiVersionOf(type),
  ...stored.object,
  metadata: stored.object.metadata,
})

/** A whole object of its own, free to change. */
export function thawedObject(type: TypeMeta, stored: StoredObject): ApiObject {
  const parsed = JSON.parse(stored.json.toString()) as StoredBody
  return {
    kind: type.kind,
    apiVersion: apiVersionOf(type),
    ...parsed,
    metadata: parsed.metadata,
  }
}

/** What an object would look like in storage, for answers to writes that are not made (dry run). */
export function unstoredObject(key: string, object: Readonly<ApiObject>): StoredObject {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object
  const body: StoredBody = { metadata, ...rest }
  return { key, revision: 0, json: Buffer.from(JSON.stringify(body)), object: body }
}

/** Reads all objects of a resource, as the cache has them. */
export const allObjects =
  (context: { readonly storage: Storage; readonly prefix: string }, signal: AbortSignal) =>
  async (): Promise<readonly StoredObject[]> =>
    (await context.storage.list(context.prefix, { freshness: 'any', signal })).items
