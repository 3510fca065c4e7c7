import type { Backend, KeyValue } from './backend.ts'
import type { ListOptions, ListResult, StoredObject } from './interface.ts'

const pageSize = 1000

/** A list read from the backend itself: old revisions, and the latest one while the cache lags. Never counts what remains. */
export async function listFromBackend(
  { backend, decode }: { backend: Backend; decode: (kv: KeyValue) => StoredObject },
  prefix: string,
  options: ListOptions,
): Promise<ListResult> {
  const { limit = Infinity, predicate, signal } = options
  const items: StoredObject[] = []
  let { after, exactRevision: revision } = options
  for (;;) {
    const wanted = predicate === undefined ? Math.min(pageSize, limit - items.length) : pageSize
    const page = await backend.range(prefix, {
      limit: wanted,
      ...(revision !== undefined && { revision }),
      ...(after !== undefined && { after }),
      ...(signal && { signal }),
    })
    revision = page.revision
    for (const [index, kv] of page.kvs.entries()) {
      after = kv.key
      const object = decode(kv)
      if (predicate !== undefined && !predicate(object)) continue
      items.push(object)
      const more = page.more || index + 1 < page.kvs.length
      if (items.length >= limit && more) return { items, revision, next: kv.key }
    }
    if (!page.more) return { items, revision }
  }
}
