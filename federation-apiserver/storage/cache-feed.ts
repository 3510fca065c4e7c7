import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { AdjacentMemory, type Allocate } from './adjacent-memory.ts'
import type { Backend, BackendEvent, KeyValue } from './backend.ts'
import { isStorageError, type StorageError } from './errors.ts'
import type { StorageHealth } from './interface.ts'
import type { CachedObject } from './stored-object.ts'
import type { WatchCache } from './watch-cache.ts'

const root = '/registry/'
const pageSize = 1000

export interface CacheFeedOptions {
  readonly backend: Backend
  readonly cache: WatchCache
  /** Throws Corrupt for a value that is no object. */
  readonly decode: (kv: KeyValue, allocate?: Allocate) => CachedObject
  readonly logger: Logger
  readonly probeIntervalMs: number
}

/** Loads the cache and keeps it current by one watch over everything. A value that cannot be read is reported, and stops nothing else. */
export class CacheFeed {
  readonly #options: CacheFeedOptions
  #loaded = false
  #reachable = false

  constructor(options: CacheFeedOptions) {
    this.#options = options
  }

  get health(): StorageHealth {
    return { reachable: this.#reachable, synced: this.#loaded }
  }

  /** Reads everything at one revision, page by page. */
  async load(signal: AbortSignal): Promise<void> {
    const { backend, cache } = this.#options
    const objects: (CachedObject | StorageError)[] = []
    const memory = new AdjacentMemory()
    let after: string | undefined
    let revision: number | undefined
    for (;;) {
      const page = await backend.range(root, {
        limit: pageSize,
        signal,
        ...(revision !== undefined && { revision }),
        ...(after !== undefined && { after }),
      })
      revision = page.revision
      for (const kv of page.kvs) objects.push(this.#decode(kv, memory.take))
      after = page.kvs.at(-1)?.key
      if (!page.more) break
    }
    cache.replace(objects, revision)
    this.#loaded = true
    this.#reachable = true
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#follow(signal), this.#probe(signal)])
  }

  /** A cache that was left behind by compaction is loaded anew; its watchers then are told Compacted. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { backend, cache, logger } = this.#options
    while (!signal.aborted) {
      try {
        if (!this.#loaded) await this.load(signal)
        const batches = backend.watchSince(root, cache.revision, signal)
        for await (const { events, revision } of batches) {
          cache.applyBatch(events, revision, (event) => this.#decodeEvent(event))
        }
      } catch (err) {
        if (signal.aborted) return
        this.#loaded = false
        logger.error({ err }, 'watch of the storage backend failed')
        await pause(1000, signal)
      }
    }
  }

  async #probe(signal: AbortSignal): Promise<void> {
    const { backend, logger, probeIntervalMs } = this.#options
    while (!signal.aborted) {
      await pause(this.#reachable ? probeIntervalMs : Math.min(500, probeIntervalMs), signal)
      try {
        await backend.currentRevision(signal)
        this.#reachable = true
      } catch (err) {
        if (signal.aborted) return
        if (this.#reachable) logger.error({ err }, 'storage backend is away')
        this.#reachable = false
      }
    }
  }

  #decodeEvent(event: BackendEvent): CachedObject | StorageError {
    const { key, revision, value = Buffer.alloc(0), createRevision = 0 } = event
    return this.#decode({ key, value, modRevision: revision, createRevision })
  }

  #decode(kv: KeyValue, allocate?: Allocate): CachedObject | StorageError {
    const { decode, logger } = this.#options
    try {
      return decode(kv, allocate)
    } catch (err) {
      if (!isStorageError(err, 'Corrupt')) throw err
      logger.error({ err, key: kv.key }, 'a stored value cannot be read')
      return err
    }
  }
}

/** Ends early and quietly when the signal aborts; does not keep the process alive. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
