import { isExpired, StatusError } from '#apimachinery/errors/status-error.ts'
import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject, WatchEvent } from '#apimachinery/meta/object-meta.ts'
import { isOlderVersion } from '#apimachinery/meta/resource-version.ts'
import type { Logger } from 'pino'
import type { ApiClient, ListCallOptions } from './api-client.ts'
import { backOffMs, type BackOffOptions, delay, settledBefore } from './back-off.ts'
import { deepFreeze } from '#apimachinery/meta/deep-freeze.ts'
import { Indexer, type IndexFunction, keyOf, type Lister } from './indexer.ts'

export interface InformerOptions<T extends ApiObject> {
  readonly client: ApiClient
  readonly gvr: GroupVersionResource
  /** All namespaces when absent. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Only metadata is fetched and kept. */
  readonly metadataOnly?: boolean
  readonly logger: Logger
  /** Applied to each object before it is kept: drop what nobody reads. May change the object it is given. */
  readonly transform?: (object: T) => T
  /** Objects are frozen to the bottom, so that nobody changes what is shared. Default true. */
  readonly freeze?: boolean
  readonly backOff?: BackOffOptions
}

export interface InformerEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** For DELETED the last state that was seen. */
  readonly object: T
  readonly previous?: T
}

const pageSize = 500
const defaultBackOff: BackOffOptions = { initialMs: 250, maxMs: 30_000, jitter: 0.5 }
/** A watch that ended earlier and brought nothing counts as a failure, or a broken server would be asked in a tight loop. */
const shortWatchMs = 1_000

/**
 * A local copy of one resource of one server: lists, then watches, and goes on after any failure. The copy is
 * as old as the last answer of the server (lastContact); nothing is lost but intermediate states.
 */
export class Informer<T extends ApiObject> implements Lister<T> {
  readonly synced: Promise<void>
  readonly #options: InformerOptions<T>
  readonly #logger: Logger
  readonly #objects = new Indexer<T>()
  readonly #handlers = new Set<(event: InformerEvent<T>) => void>()
  readonly #listHandlers = new Set<() => void>()
  readonly #markSynced: () => void
  #isSynced = false
  #resourceVersion: string | undefined
  #lastContact = 0
  #watchEvents = 0
  #lastError: unknown

  constructor(options: InformerOptions<T>) {
    this.#options = options
    this.#logger = options.logger.child({ resource: options.gvr.resource })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.synced = promise
    this.#markSynced = resolve
  }

  /** Time (ms since 1970) of the last list page or watch event, bookmarks included; 0 before the first. */
  get lastContact(): number {
    return this.#lastContact
  }

  /** Why the last list or watch failed; undefined once a list or an event has come since. */
  get lastError(): unknown {
    return this.#lastError
  }

  /** The version up to which all is known here: what is absent was absent at it. Undefined before a list. */
  get resourceVersion(): string | undefined {
    return this.#resourceVersion
  }

  get size(): number {
    return this.#objects.size
  }

  hasSynced(): boolean {
    return this.#isSynced
  }

  /** False when the signal aborted first. */
  waitForSync(signal: AbortSignal): Promise<boolean> {
    return settledBefore(this.synced, signal)
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  list(): T[] {
    return this.#objects.list()
  }

  byIndex(name: string, value: string): T[] {
    return this.#objects.byIndex(name, value)
  }

  addIndex(name: string, values: IndexFunction<T>): void {
    this.#objects.addIndex(name, values)
  }

  /** Changes from now on, after the copy has them; what is there already is not repeated. Returns how to stop. */
  onChange(handler: (event: InformerEvent<T>) => void): () => void {
    this.#handlers.add(handler)
    return () => {
      this.#handlers.delete(handler)
    }
  }

  /** Is told after each list, the first and any later one: what came and went in between made no event. Returns how to stop. */
  onListed(handler: () => void): () => void {
    this.#listHandlers.add(handler)
    return () => {
      this.#listHandlers.delete(handler)
    }
  }

  /** Once. Resolves when the signal aborts; no failure of the server ends it. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      const started = performance.now()
      const eventsBefore = this.#watchEvents
      let error: unknown
      try {
        if (failures > 0 && (await this.#isAhead(signal))) this.#resourceVersion = undefined
        if (this.#resourceVersion === undefined) await this.#list(signal)
        await this.#watch(signal)
      } catch (caught) {
        error = caught
      }
      if (signal.aborted) return
      const gotEvents = this.#watchEvents > eventsBefore
      if (error !== undefined) {
        failures = gotEvents ? 1 : failures + 1
        this.#note(error, failures)
      } else {
        this.#lastError = undefined
        failures = gotEvents || performance.now() - started > shortWatchMs ? 0 : failures + 1
      }
      if (failures > 0) await delay(this.#pauseMs(error, failures), signal)
    }
  }

  #note(error: unknown, failures: number): void {
    this.#lastError = error
    if (isExpired(error)) {
      this.#resourceVersion = undefined
      this.#logger.debug({ err: error }, 'watch expired; listing again')
    } else if (failures === 1) this.#logger.info({ err: error }, 'watch interrupted; retrying')
    else this.#logger.debug({ err: error, failures }, 'list or watch failed; retrying')
  }

  #pauseMs(error: unknown, failures: number): number {
    const pause = backOffMs(this.#options.backOff ?? defaultBackOff, failures)
    const asked = error instanceof StatusError ? error.status.details?.retryAfterSeconds : undefined
    return Math.max(pause, (asked ?? 0) * 1000)
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { items, resourceVersion } = await this.#pages(signal)
    const gone = new Set(this.#objects.keys())
    for (const item of items) {
      gone.delete(keyOf(item))
      this.#upsert(item)
    }
    for (const key of gone) this.#remove(key)
    this.#resourceVersion = resourceVersion
    this.#lastError = undefined
    if (!this.#isSynced) {
      this.#isSynced = true
      this.#markSynced()
    }
    for (const handler of this.#listHandlers) handler()
  }

  /** All pages at one revision; when that is compacted meanwhile, everything in one answer. */
  async #pages(signal: AbortSignal): Promise<{ items: T[]; resourceVersion: string | undefined }> {
    const { client, gvr, transform } = this.#options
    const items: T[] = []
    let page: ListCallOptions = { ...this.#selection(), signal, limit: pageSize }
    for (;;) {
      try {
        const list = await client.list<T>(gvr, page)
        this.#lastContact = Date.now()
        for (const item of list.items) items.push(transform === undefined ? item : transform(item))
        const next = list.metadata.continue
        if (next === undefined || next === '')
          return { items, resourceVersion: list.metadata.resourceVersion }
        page = { ...page, continue: next }
      } catch (error) {
        if (!isExpired(error) || page.continue === undefined) throw error
        items.length = 0
        page = { ...this.#selection(), signal }
      }
    }
  }

  /**
   * True when the server has not come as far as what was seen of it: it was restored from a backup, or is another one.
   * A watch would say nothing until it has.
   */
  async #isAhead(signal: AbortSignal): Promise<boolean> {
    const seen = this.#resourceVersion
    if (seen === undefined) return false
    const { client, gvr, namespace } = this.#options
    const { metadata } = await client.list<T>(gvr, {
      ...(namespace === undefined ? {} : { namespace }),
      metadataOnly: true,
      limit: 1,
      signal,
    })
    const isAhead = isOlderVersion(metadata.resourceVersion, seen)
    if (isAhead) this.#logger.warn({ seen, now: metadata.resourceVersion }, 'server went back')
    return isAhead
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, gvr, transform } = this.#options
    const events = client.watch<T>(gvr, {
      ...this.#selection(),
      ...(this.#resourceVersion === undefined ? {} : { resourceVersion: this.#resourceVersion }),
      timeoutSeconds: 300 + Math.floor(Math.random() * 300),
      signal,
    })
    for await (const event of events) {
      this.#lastContact = Date.now()
      this.#watchEvents++
      this.#lastError = undefined
      const version = event.object.metadata.resourceVersion
      if (event.type !== 'BOOKMARK') {
        const object = transform === undefined ? event.object : transform(event.object)
        this.#apply(event.type, object)
      }
      if (version !== undefined) this.#resourceVersion = version
    }
  }

  #apply(type: WatchEvent['type'], object: T): void {
    if (type === 'DELETED') this.#remove(keyOf(object), object)
    else this.#upsert(object)
  }

  #upsert(object: T): void {
    const key = keyOf(object)
    const known = this.#objects.get(key)
    const version = object.metadata.resourceVersion
    if (known !== undefined && version !== undefined && known.metadata.resourceVersion === version)
      return
    if (this.#options.freeze !== false) deepFreeze(object)
    const previous = this.#objects.set(key, object)
    this.#emit(
      previous === undefined ? { type: 'ADDED', object } : { type: 'MODIFIED', object, previous },
    )
  }

  #remove(key: string, last?: T): void {
    const previous = this.#objects.delete(key)
    if (previous === undefined) return
    if (last !== undefined && this.#options.freeze !== false) deepFreeze(last)
    this.#emit({ type: 'DELETED', object: last ?? previous, previous })
  }

  #emit(event: InformerEvent<T>): void {
    for (const handler of this.#handlers) {
      try {
        handler(event)
      } catch (err) {
        this.#logger.error({ err, object: keyOf(event.object) }, 'change handler failed')
      }
    }
  }

  #selection(): ListCallOptions {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = this.#options
    return {
      ...(metadataOnly === undefined ? {} : { metadataOnly }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    }
  }
}
