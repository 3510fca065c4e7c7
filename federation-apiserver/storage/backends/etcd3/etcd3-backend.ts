import { setTimeout as sleep } from 'node:timers/promises'
import {
  maxValueBytes,
  type Backend,
  type BackendEvent,
  type BackendWatchBatch,
  type KeyValue,
  type RangeOptions,
  type RangeResult,
  type TxnResult,
} from '../../backend.ts'
import { futureRevision, isStorageError, StorageError } from '../../errors.ts'
import {
  asStorageError,
  EtcdClient,
  type EtcdOptions,
  isCompacted,
  isFutureRevision,
  mayHaveHappened,
} from './etcd-client.ts'
import type { EtcdKeyValue, RangeResponse, WriteRequest } from './etcd-messages.ts'
import { Keyspace } from './keyspace.ts'
import { RevisionReads } from './revision-reads.ts'
import { WatchStream, type WatchStreamOptions } from './watch-stream.ts'

const pageSize = 1000
/** How often an unknown outcome is looked for before it is given up. */
const settleAttempts = 4

interface Write {
  readonly key: string
  /** Absent for a deletion. */
  readonly value?: Uint8Array
  readonly expected: number
}

/**
 * A Backend in an etcd cluster, shared by any number of processes. A write whose answer was lost is looked for in its key's history, never sent again.
 */
export class Etcd3Backend implements Backend {
  readonly #etcd: EtcdClient
  readonly #options: EtcdOptions
  readonly #keyspace: Keyspace
  readonly #reads: RevisionReads
  readonly #watches = new Set<WatchStream>()
  readonly #closed = new AbortController()
  #trustProgress = true
  /** Newest revision in any answer so far: a later write has a greater one. */
  #seen = 0

  private constructor(etcd: EtcdClient, options: EtcdOptions) {
    this.#etcd = etcd
    this.#options = options
    this.#keyspace = new Keyspace(options.prefix ?? '')
    this.#reads = new RevisionReads(() => this.#readRevision())
  }

  /** Throws Unavailable when no endpoint answers or the files of the TLS options cannot be read. */
  static async open(options: EtcdOptions): Promise<Etcd3Backend> {
    const backend = new Etcd3Backend(await EtcdClient.open(options), options)
    try {
      await backend.#checkVersion()
      return backend
    } catch (err) {
      await backend[Symbol.asyncDispose]()
      const message = `--etcd-servers=${options.endpoints.join(',')}: no etcd answers there (${causeOf(err)}); start it, or name the servers of one that runs`
      throw new StorageError('Unavailable', message, { cause: err })
    }
  }

  async get(key: string): Promise<{ kv: KeyValue | undefined; revision: number }> {
    try {
      const answer = await this.#etcd.range({ key: this.#keyspace.key(key) })
      return { kv: this.#first(answer.kvs), revision: this.#see(answer) }
    } catch (err) {
      throw asStorageError(err, key)
    }
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    const { limit = Infinity } = options
    const kvs: KeyValue[] = []
    let { after, revision } = options
    for (;;) {
      const answer = await this.#page(prefix, {
        limit: Math.min(pageSize, limit - kvs.length),
        after,
        revision,
      })
      // The answer's header has the newest revision, whichever was read.
      revision ??= this.#see(answer)
      for (const kv of answer.kvs) kvs.push(this.#keyspace.keyValue(kv))
      after = kvs.at(-1)?.key
      if (!answer.more || kvs.length >= limit) return { kvs, revision, more: answer.more }
    }
  }

  async putIf(key: string, value: Uint8Array, expected: number): Promise<TxnResult> {
    if (value.byteLength > maxValueBytes) {
      throw new StorageError('TooLarge', `value of ${value.byteLength} bytes is too large`, { key })
    }
    return this.#write({ key, value, expected })
  }

  async deleteIf(key: string, expected: number): Promise<TxnResult> {
    return this.#write({ key, expected })
  }

  watchSince(
    prefix: string,
    revision: number,
    signal: AbortSignal,
  ): AsyncIterable<BackendWatchBatch> {
    return this.#watch({ prefix, revision, signal, withPrevious: false })
  }

  async compact(revision: number): Promise<void> {
    try {
      await this.#etcd.compact(revision)
    } catch (err) {
      // Somebody else went further already.
      if (isCompacted(err)) return
      throw await this.#readError(err, revision)
    }
  }

  currentRevision(): Promise<number> {
    return this.#reads.get()
  }

  async size(): Promise<number> {
    try {
      return (await this.#etcd.status()).dbSize
    } catch (err) {
      throw asStorageError(err)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
    this.#etcd.close()
  }

  async *#watch(
    asked: Pick<WatchStreamOptions, 'prefix' | 'revision' | 'signal' | 'withPrevious'>,
  ): AsyncIterable<BackendWatchBatch> {
    const watch = new WatchStream({
      etcd: this.#etcd,
      keyspace: this.#keyspace,
      ...asked,
      signal: AbortSignal.any([asked.signal, this.#closed.signal]),
      trustProgress: this.#trustProgress,
      logger: this.#options.logger,
    })
    this.#watches.add(watch)
    try {
      yield* watch.batches()
    } finally {
      this.#watches.delete(watch)
    }
  }

  async #readRevision(): Promise<number> {
    try {
      const answer = await this.#etcd.range({
        key: this.#keyspace.key('/'),
        keysOnly: true,
        limit: 1,
      })
      const revision = this.#see(answer)
      for (const watch of this.#watches) watch.wantProgress(revision)
      return revision
    } catch (err) {
      throw asStorageError(err)
    }
  }

  async #page(
    prefix: string,
    {
      limit,
      after,
      revision,
    }: { limit: number; after?: string | undefined; revision?: number | undefined },
  ): Promise<RangeResponse> {
    const { key, rangeEnd } = this.#keyspace.range(prefix, after)
    try {
      return await this.#etcd.range({ key, rangeEnd, limit, revision })
    } catch (err) {
      throw await this.#readError(err, revision ?? 0)
    }
  }

  async #write(write: Write): Promise<TxnResult> {
    const before = this.#seen
    try {
      const answer = await this.#etcd.write(this.#request(write))
      const revision = this.#see(answer)
      if (answer.succeeded) return { succeeded: true, revision }
      const current = answer.current && this.#keyspace.keyValue(answer.current)
      return { succeeded: false, current, revision }
    } catch (err) {
      if (!mayHaveHappened(err)) throw asStorageError(err, write.key)
      return this.#settle(write, before, err)
    }
  }

  #request({ key, value, expected }: Write): WriteRequest {
    const bytes = value && Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    return { key: this.#keyspace.key(key), value: bytes, expected }
  }

  /**
   * Learns what became of a write whose answer was lost. The compare-and-swap fixes where it can stand in its key's history: right behind the
   * expected revision. If something else stands there it was, and will be, refused; if nothing does it may still come.
   */
  async #settle(write: Write, before: number, cause: unknown): Promise<TxnResult> {
    const { key, expected } = write
    for (let attempt = 0; attempt < settleAttempts; attempt += 1) {
      if (attempt > 0) await sleep(50 * 4 ** attempt)
      try {
        const { kv, revision } = await this.get(key)
        const since = Math.max(expected, before)
        const events = await this.#history(key, since, revision)
        const own = events.find((event) => isOutcome(event, write))
        if (own !== undefined) return { succeeded: true, revision: own.revision }
        if ((kv?.modRevision ?? 0) !== expected) return { succeeded: false, current: kv, revision }
      } catch (err) {
        if (!isStorageError(err)) throw err
      }
    }
    throw new StorageError('Unknown', `the outcome of a write to ${key} is not known`, {
      key,
      cause,
    })
  }

  async #history(key: string, since: number, until: number): Promise<BackendEvent[]> {
    const events: BackendEvent[] = []
    const signal = AbortSignal.timeout(2000)
    if (until <= since) return events
    void this.#reads.get().catch(() => undefined)
    const watch = this.#watch({ prefix: key, revision: since, signal, withPrevious: true })
    for await (const batch of watch) {
      events.push(...batch.events.filter((event) => event.key === key))
      if (batch.revision >= until) return events
    }
    throw new StorageError('Unavailable', `the history of ${key} cannot be read`, { key })
  }

  async #checkVersion(): Promise<void> {
    const { version } = await this.#etcd.status()
    this.#trustProgress = reportsProgressInOrder(version)
    if (this.#trustProgress) return
    this.#options.logger?.warn(
      { version },
      'this etcd reports progress too early: fresh reads will go to it',
    )
  }

  /** Compacted and FutureRevision with the revision that can be read instead. */
  async #readError(err: unknown, revision: number): Promise<StorageError> {
    if (isFutureRevision(err)) {
      const current = await this.currentRevision()
      return futureRevision(revision, current)
    }
    return isCompacted(err) ? this.#compacted(revision) : asStorageError(err)
  }

  /** Only the refusal of a watch says how far history was compacted. */
  async #compacted(revision: number): Promise<StorageError> {
    try {
      const watch = this.watchSince('', Math.max(0, revision - 1), AbortSignal.timeout(2000))
      for await (const batch of watch) if (batch.revision > 0) break
    } catch (err) {
      if (isStorageError(err, 'Compacted')) return err
    }
    return new StorageError('Compacted', `history at revision ${revision} is gone`)
  }

  #first(kvs: readonly EtcdKeyValue[]): KeyValue | undefined {
    const [kv] = kvs
    return kv && this.#keyspace.keyValue(kv)
  }

  #see({ revision }: { revision: number }): number {
    if (revision > this.#seen) this.#seen = revision
    return revision
  }
}

/** What the socket or etcd has said, without gRPC's words around it, the last of which is a heading with nothing under it. */
const causeOf = (err: unknown): string =>
  (err instanceof Error ? err.message : String(err))
    .replace(/\.?\s*Resolution note:\s*$/, '')
    .replace(/^\d+ [A-Z_]+: /, '')
    .replace(/^No connection established\. Last error: (?:Error: )?/, '')

/** Whether an event is what a write of ours does. */
function isOutcome(event: BackendEvent, { value, expected }: Write): boolean {
  if ((event.previous?.modRevision ?? 0) !== expected) return false
  if (value === undefined) return event.type === 'DELETE'
  return event.value?.equals(value) === true
}

/** etcd sends progress reports behind the events since 3.4.25 and 3.5.8. */
export function reportsProgressInOrder(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version
    .split('.')
    .map((part) => Number.parseInt(part, 10))
  if (major !== 3) return major > 3
  if (minor === 4) return patch >= 25
  return minor === 5 ? patch >= 8 : minor > 5
}
