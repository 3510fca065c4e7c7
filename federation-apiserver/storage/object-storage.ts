import type { Logger } from 'pino'
import type { Backend, KeyValue, TxnResult } from './backend.ts'
import type { Allocate } from './adjacent-memory.ts'
import { listFromBackend } from './backend-list.ts'
import { CacheFeed, pause } from './cache-feed.ts'
import { Compaction } from './compaction.ts'
import { futureRevision, isStorageError, keyNotFound, StorageError } from './errors.ts'
import type { HistoryLimits } from './event-log.ts'
import { Expiry } from './expiry.ts'
import { batchesOf } from './follower.ts'
import type {
  Freshness,
  ListOptions,
  ListResult,
  Storage,
  StorageHealth,
  StoredObject,
  UpdateOptions,
} from './interface.ts'
import {
  CachedObject,
  lifetimeFromNow,
  ParsedObjects,
  sameState,
  storedForm,
  type ObjectState,
} from './stored-object.ts'
import { ValueCodec, type ValueCipher } from './value-codec.ts'
import { mustHaveBeen } from './watch-ahead.ts'
import { WatchCache } from './watch-cache.ts'

export interface StorageOptions {
  readonly logger: Logger
  /** Seals the values of some keys; see openEncryption. */
  readonly encryption?: ValueCipher
  readonly history?: HistoryLimits
  /** A `latest` read goes to the backend when the cache lags for longer than this. */
  readonly lagMs?: number
  /** How long a read waits for a revision that does not exist yet before it throws FutureRevision. */
  readonly futureRevisionMs?: number
  readonly bookmarkMs?: number
  readonly expiryIntervalMs?: number
  /** History is kept for one to two of these. */
  readonly compactionIntervalMs?: number
  readonly probeIntervalMs?: number
}

const defaults = {
  lagMs: 250,
  futureRevisionMs: 3000,
  bookmarkMs: 60_000,
  expiryIntervalMs: 5000,
  compactionIntervalMs: 300_000,
  probeIntervalMs: 5000,
}

type Watch = Parameters<Storage['watch']>
type Follow = Parameters<Storage['follow']>
type Update = Parameters<Storage['guaranteedUpdate']>[1]
type UpdateResult = Awaited<ReturnType<Storage['guaranteedUpdate']>>

/** What a guaranteedUpdate starts from; `verified` when it is known to have been the latest since the call began. */
interface Origin {
  readonly object: CachedObject | undefined
  readonly verified: boolean
}

/**
 * Objects over a Backend, answered from a cache that one watch over everything feeds. Several of them may share a backend's data (etcd):
 * a `latest` read asks the backend for its revision and waits until the cache has it, so it is never older than an acknowledged write.
 */
export class ObjectStorage implements Storage {
  readonly #backend: Backend
  readonly #options: typeof defaults & StorageOptions
  readonly #logger: Logger
  readonly #cache: WatchCache
  readonly #codec: ValueCodec
  readonly #parsed = new ParsedObjects()
  readonly #expiry: Expiry
  readonly #compaction: Compaction
  readonly #feed: CacheFeed
  readonly #stop = new AbortController()
  #tasks: readonly Promise<void>[] = []

  constructor(backend: Backend, options: StorageOptions) {
    this.#backend = backend
    this.#options = { ...defaults, ...options }
    this.#logger = options.logger
    this.#cache = new WatchCache(options.history)
    this.#codec = new ValueCodec(options.encryption)
    this.#expiry = new Expiry({
      logger: options.logger,
      remove: async (key, revision) => {
        // Another replica may have been quicker.
        if (this.#cache.get(key)?.revision === revision) await this.#deleteAt(key, revision)
      },
    })
    this.#compaction = new Compaction(backend, options.logger)
    this.#feed = new CacheFeed({
      backend,
      cache: this.#cache,
      decode: (kv, allocate) => this.#decode(kv, allocate),
      logger: options.logger,
      probeIntervalMs: this.#options.probeIntervalMs,
    })
  }

  /** Loads the cache, then keeps it current until disposal. */
  async start(): Promise<void> {
    await this.#feed.load(this.#stop.signal)
    await this.#compaction.look()
    const { expiryIntervalMs, compactionIntervalMs } = this.#options
    this.#tasks = [
      this.#feed.run(this.#stop.signal),
      this.#every(expiryIntervalMs, () => this.#expiry.removeDue(Date.now() / 1000)),
      this.#every(compactionIntervalMs, () => this.#compaction.round()),
    ]
  }

  async get(
    key: string,
    freshness: Freshness,
    signal?: AbortSignal,
  ): Promise<CachedObject | undefined> {
    if (freshness === 'any' || (await this.#awaitFreshness(freshness, signal))) {
      return this.#cache.get(key)
    }
    const { kv } = await this.#backend.get(key, signal)
    return kv && this.#decode(kv)
  }

  async list(prefix: string, options: ListOptions): Promise<ListResult> {
    const { freshness, exactRevision, signal } = options
    if (exactRevision !== undefined) {
      await this.#awaitFreshness(exactRevision, signal)
      const listed = this.#cache.listAt(exactRevision, prefix, options)
      return listed ?? this.#listFromBackend(prefix, options)
    }
    if (freshness === 'any' || (await this.#awaitFreshness(freshness, signal))) {
      return this.#cache.list(prefix, options)
    }
    return this.#listFromBackend(prefix, options)
  }

  getCached = (key: string): StoredObject | undefined => this.#cache.get(key)

  listCached = (prefix: string): ListResult => this.#cache.list(prefix, {})

  create(
    key: string,
    object: object,
    options: { ttlSeconds?: number } = {},
  ): Promise<StoredObject> {
    const lifetime = lifetimeFromNow(options.ttlSeconds)
    const state = { stored: storedForm(object).stored, lifetime }
    return this.#put(key, state, 0).then(({ outcome, written }) => {
      if (written !== undefined) return written
      throw new StorageError('KeyExists', `${key} exists`, { key, revision: outcome.revision })
    })
  }

  async guaranteedUpdate(
    key: string,
    update: Update,
    options: UpdateOptions = {},
  ): Promise<UpdateResult> {
    let origin: Origin = { object: this.#cache.get(key), verified: false }
    for (;;) {
      mustNotBeAborted(options.signal)
      const step = await this.#tryUpdate(key, update, origin, options)
      if ('deleted' in step) return step
      origin = step
    }
  }

  watch(...[prefix, revision, options]: Watch): ReturnType<Storage['watch']> {
    return batchesOf((deliver) => this.follow(prefix, revision, options, deliver))
  }

  async follow(...[prefix, revision, { signal, bookmarks }, deliver]: Follow): Promise<void> {
    const bookmarkMs = bookmarks ? this.#options.bookmarkMs : undefined
    if (revision > this.#cache.revision) await mustHaveBeen(this.#backend, revision, signal)
    await this.#cache.follow(prefix, revision, { signal, bookmarkMs }, deliver)
  }

  currentRevision(signal?: AbortSignal): Promise<number> {
    return this.#backend.currentRevision(signal)
  }

  counts = (): Iterable<readonly [prefix: string, count: number]> => this.#cache.counts()

  health = (): StorageHealth => this.#feed.health

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#cache.close()
    await Promise.all(this.#tasks)
  }

  /** One round of guaranteedUpdate: its result, or the state to try again from. */
  async #tryUpdate(
    key: string,
    update: Update,
    origin: Origin,
    { expectedRevision, signal }: UpdateOptions,
  ): Promise<UpdateResult | Origin> {
    const current = origin.object
    const newer = async (): Promise<Origin | undefined> => {
      if (origin.verified) return undefined
      const object = await this.get(key, 'latest', signal)
      return object?.revision === current?.revision ? undefined : { object, verified: true }
    }
    let desired: Awaited<ReturnType<Update>>
    try {
      mustMatch(key, current, expectedRevision)
      desired = await update(current)
      if (desired === 'delete' && current === undefined) throw keyNotFound(key)
    } catch (err) {
      // The cache may have been behind: only the latest state's verdict counts.
      const retry = await newer()
      if (retry === undefined) throw err
      return retry
    }
    if (desired === 'delete' && current !== undefined) return this.#delete(current)
    const form = desired === current ? undefined : storedForm(asObject(desired))
    if (current !== undefined && (form === undefined || sameState(current, form.stored))) {
      return (await newer()) ?? { object: current, deleted: false }
    }
    const lifetime = lifetimeFromNow(current?.lifetime?.ttlSeconds)
    const next = { stored: Buffer.alloc(0), ...form, lifetime }
    const { outcome, written } = await this.#put(key, next, current?.revision ?? 0)
    return written === undefined ? this.#originOf(outcome) : { object: written, deleted: false }
  }

  #put(
    key: string,
    state: Pick<ObjectState, 'stored' | 'body' | 'lifetime'>,
    expected: number,
  ): Promise<{ outcome: TxnResult; written?: CachedObject }> {
    const value = this.#codec.encode(key, state)
    return this.#backend.putIf(key, value, expected).then((outcome) => {
      if (!outcome.succeeded) return { outcome }
      const written = this.#object({ key, revision: outcome.revision, ...state })
      this.#cache.applyOwn({ key, revision: outcome.revision, object: () => written })
      return { outcome, written }
    })
  }

  async #delete(current: CachedObject): Promise<UpdateResult | Origin> {
    const outcome = await this.#deleteAt(current.key, current.revision)
    if (!outcome.succeeded) return this.#originOf(outcome)
    return { object: current.deletedAt(outcome.revision), deleted: true }
  }

  async #deleteAt(key: string, expected: number): Promise<TxnResult> {
    const outcome = await this.#backend.deleteIf(key, expected)
    if (outcome.succeeded) this.#cache.applyOwn({ key, revision: outcome.revision })
    return outcome
  }

  #originOf(outcome: TxnResult): Origin {
    const kv = outcome.succeeded ? undefined : outcome.current
    return { object: kv && this.#decode(kv), verified: true }
  }

  /** True when the cache is fresh enough; false when it lags and the backend must be asked. Throws FutureRevision. */
  async #awaitFreshness(
    freshness: number | 'latest' | 'any',
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    if (freshness === 'any') return true
    if (freshness === 'latest') {
      const revision = await this.#backend.currentRevision(signal)
      if (this.#cache.revision >= revision) return true
      const timeoutMs = this.#options.lagMs
      const reached = await this.#cache.waitFor(revision, { signal, timeoutMs })
      mustNotBeAborted(signal)
      return reached
    }
    if (this.#cache.revision >= freshness) return true
    // Asking for the current revision also makes the backend report its progress to the cache.
    const timeoutMs = this.#options.futureRevisionMs
    await this.#backend.currentRevision(signal)
    if (await this.#cache.waitFor(freshness, { signal, timeoutMs })) return true
    mustNotBeAborted(signal)
    const current = await this.#backend.currentRevision(signal)
    if (current >= freshness) return false
    throw futureRevision(freshness, current)
  }

  #listFromBackend(prefix: string, options: ListOptions): Promise<ListResult> {
    const source = { backend: this.#backend, decode: (kv: KeyValue) => this.#decode(kv) }
    return listFromBackend(source, prefix, options)
  }

  async #every(intervalMs: number, round: () => Promise<unknown>): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await pause(intervalMs, signal)
      if (signal.aborted) return
      try {
        await round()
      } catch (err) {
        if (!isStorageError(err)) throw err
        this.#logger.warn({ err }, 'storage upkeep failed')
      }
    }
  }

  #decode({ key, value, modRevision: revision }: KeyValue, allocate?: Allocate): CachedObject {
    return this.#object({ key, revision, ...this.#codec.decode(key, value), allocate })
  }

  #object(state: ObjectState): CachedObject {
    const object = new CachedObject(state, this.#parsed)
    if (object.lifetime !== undefined) this.#expiry.add(object, object.lifetime)
    return object
  }
}

/** Storage over a backend, loaded and current. The backend stays its opener's: dispose it after the storage. */
export async function openStorage(backend: Backend, options: StorageOptions): Promise<Storage> {
  const storage = new ObjectStorage(backend, options)
  await storage.start()
  return storage
}

function mustNotBeAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new StorageError('Unavailable', 'the request was given up')
}

function mustMatch(
  key: string,
  current: StoredObject | undefined,
  expected: number | undefined,
): void {
  if (expected === undefined || (current?.revision ?? 0) === expected) return
  if (current === undefined) throw keyNotFound(key)
  throw new StorageError('Conflict', `${key} is at revision ${current.revision}`, {
    key,
    revision: current.revision,
  })
}

const asObject = (desired: unknown): object =>
  desired instanceof CachedObject ? desired.object : (desired as object)
