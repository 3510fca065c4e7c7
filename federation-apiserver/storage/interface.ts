import type { JsonObject, ObjectMeta } from '#apimachinery/meta/object-meta.ts'

/** An object without apiVersion and kind: all versions of a resource are stored alike. */
export interface StoredBody {
  readonly metadata: ObjectMeta
  readonly spec?: JsonObject
  readonly status?: JsonObject
  readonly [field: string]: unknown
}

/**
 * One object at one revision. `json` is its whole JSON without apiVersion and kind, with metadata.resourceVersion set; it always
 * begins with `{"metadata":{`. Handlers put `{"kind":…,"apiVersion":…,` before `json.subarray(1)` and never parse to answer.
 */
export interface StoredObject {
  readonly key: string
  readonly revision: number
  readonly json: Buffer
  /** Parsed on first use and frozen deep; without apiVersion and kind. Never change it: copy with structuredClone. */
  readonly object: StoredBody
  /** Gives up its own `json` for the same bytes that lie among those of others. */
  readonly adopt?: (json: Buffer) => void
}

export interface StorageEvent {
  readonly type: 'PUT' | 'DELETE' | 'BOOKMARK'
  readonly revision: number
  /** The new state; on DELETE the last state with the resourceVersion of the deletion; absent on BOOKMARK. */
  readonly object?: StoredObject
  /** The state before this write, if the key existed. */
  readonly previous?: StoredObject
}

/** How fresh a read must be. `latest`: linearizable. `any`: what the cache has. A number: not older than that revision. */
export type Freshness = 'latest' | 'any' | number

export interface ListOptions {
  readonly freshness: Freshness
  /** Exactly this revision (continue tokens, resourceVersionMatch=Exact): from history; throws Compacted when gone. */
  readonly exactRevision?: number
  readonly limit?: number
  /** Keys strictly greater than this one. */
  readonly after?: string
  readonly predicate?: (object: StoredObject) => boolean
  readonly signal?: AbortSignal
}

export interface ListResult {
  readonly items: readonly StoredObject[]
  readonly revision: number
  /** Key to pass as `after` for the next page; absent at the end. */
  readonly next?: string
  /** Objects after this page; absent when a predicate was given or the list is complete. */
  readonly remaining?: number
}

export interface EventOptions {
  readonly signal: AbortSignal
  readonly bookmarks?: boolean
}

/** Takes events; false ends it. No more come before a promise is settled. */
export type Deliver = (events: readonly StorageEvent[]) => boolean | Promise<boolean>

export interface UpdateOptions {
  /** Only this revision may be replaced; StorageError Conflict otherwise. Absent: retry until the write lands. */
  readonly expectedRevision?: number
  readonly signal?: AbortSignal
}

/**
 * Objects under keys `/registry/<group or core>/<resource>/<namespace?>/<name>`. Objects passed in are whole JSON objects; apiVersion, kind and
 * metadata.resourceVersion are removed before they are stored. Throws StorageError only.
 */
export interface Storage extends AsyncDisposable {
  get(key: string, freshness: Freshness, signal?: AbortSignal): Promise<StoredObject | undefined>
  list(prefix: string, options: ListOptions): Promise<ListResult>
  /** The same as the cache has it, at once. */
  getCached(key: string): StoredObject | undefined
  listCached(prefix: string): ListResult
  /** StorageError KeyExists when the key is taken. Object with `ttlSeconds` is removed after that long (Events). */
  create(key: string, object: object, options?: { ttlSeconds?: number }): Promise<StoredObject>
  /**
   * Compare-and-swap loop: calls `update` with the current state until the write lands. `update` returns the new object, or
   * the very `current` it was given for "no change" (nothing is written), or 'delete' to remove the key. It may throw (passed on).
   * `current` is undefined when the key does not exist (then a returned object is created). An object equal in bytes to the current one is not written.
   */
  guaranteedUpdate(
    key: string,
    update: (
      current: StoredObject | undefined,
    ) => object | StoredObject | 'delete' | Promise<object | StoredObject | 'delete'>,
    options?: UpdateOptions,
  ): Promise<{ object: StoredObject; deleted: boolean }>
  /**
   * Events after `revision` under the prefix, ordered and gapless. Throws StorageError Compacted when history is gone, also for a
   * watcher that fell too far behind, and for a revision that does not exist yet. Yields arrays so that a burst costs one wake-up; `bookmarks` asks for a BOOKMARK about once a minute.
   */
  watch(
    prefix: string,
    revision: number,
    options: EventOptions,
  ): AsyncIterable<readonly StorageEvent[]>
  /** The same, handed to `deliver`: for watchers that are many. Resolves when that says so or the signal aborts; rejects where a watch throws. */
  follow(prefix: string, revision: number, options: EventOptions, deliver: Deliver): Promise<void>
  currentRevision(signal?: AbortSignal): Promise<number>
  /** How many objects there are, by `/registry/<group or core>/<resource>/`; as the cache has them. */
  counts(): Iterable<readonly [prefix: string, count: number]>
  health(): StorageHealth
}

export interface StorageHealth {
  /** The backend answered when it was last asked, some seconds ago at most. */
  readonly reachable: boolean
  /** The cache has been loaded, and follows. */
  readonly synced: boolean
}
