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
import { DenseLog } from '../../dense-log.ts'
import { futureRevision, StorageError } from '../../errors.ts'
import { compareKeys } from '../../keys.ts'
import { SortedMap } from '../../sorted-map.ts'
import { WakeUp } from '../../wake-up.ts'

const watchBatchSize = 1000

/** A Backend that lives as long as the process: for tests and for members of a playground that need no disk. */
export class MemoryBackend implements Backend {
  readonly #current = new SortedMap<KeyValue>()
  /** The event of revision r is at position r - 1: every write takes one revision. */
  readonly #log = new DenseLog<BackendEvent>()
  readonly #written = new WakeUp()
  readonly #closed = new AbortController()

  get #revision(): number {
    return this.#log.end
  }

  async get(key: string): Promise<{ kv: KeyValue | undefined; revision: number }> {
    this.#mustBeOpen()
    return { kv: this.#current.get(key), revision: this.#revision }
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    this.#mustBeOpen()
    const revision = options.revision ?? this.#revision
    this.#mustBeReadable(revision)
    const { start, end } = this.#current.bounds(prefix, options.after)
    const latest = this.#current.values.slice(start, end)
    const all = revision === this.#revision ? latest : this.#undo(latest, prefix, options, revision)
    const kvs = options.limit === undefined ? all : all.slice(0, options.limit)
    return { kvs, revision, more: kvs.length < all.length }
  }

  async putIf(key: string, value: Uint8Array, expected: number): Promise<TxnResult> {
    this.#mustBeOpen()
    if (value.byteLength > maxValueBytes) {
      throw new StorageError('TooLarge', `value of ${value.byteLength} bytes is too large`, { key })
    }
    const previous = this.#current.get(key)
    if ((previous?.modRevision ?? 0) !== expected) return this.#refused(previous)
    const revision = this.#revision + 1
    const createRevision = previous?.createRevision ?? revision
    const kv = { key, value: Buffer.from(value), modRevision: revision, createRevision }
    this.#current.set(kv)
    this.#append({
      type: 'PUT',
      key,
      revision,
      value: kv.value,
      createRevision,
      ...(previous && { previous }),
    })
    return { succeeded: true, revision }
  }

  async deleteIf(key: string, expected: number): Promise<TxnResult> {
    this.#mustBeOpen()
    const previous = this.#current.get(key)
    if (previous === undefined || previous.modRevision !== expected) return this.#refused(previous)
    const revision = this.#revision + 1
    this.#current.delete(key)
    this.#append({ type: 'DELETE', key, revision, previous })
    return { succeeded: true, revision }
  }

  async *watchSince(
    prefix: string,
    revision: number,
    signal: AbortSignal,
  ): AsyncIterable<BackendWatchBatch> {
    const stop = AbortSignal.any([signal, this.#closed.signal])
    let position = revision
    while (!stop.aborted) {
      if (position < this.#log.base) throw this.#compacted()
      const end = Math.min(this.#revision, position + watchBatchSize)
      const events: BackendEvent[] = []
      for (let at = position; at < end; at += 1) {
        const event = this.#log.at(at)
        if (event?.key.startsWith(prefix) === true) events.push(event)
      }
      if (end > position) {
        position = end
        yield { events, revision: end }
      } else {
        await this.#written.wait(stop)
      }
    }
  }

  async compact(revision: number): Promise<void> {
    this.#mustBeOpen()
    if (revision > this.#revision) throw this.#future(revision)
    while (this.#log.base < revision) this.#log.dropOldest()
  }

  async currentRevision(): Promise<number> {
    this.#mustBeOpen()
    return this.#revision
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
  }

  #append(event: BackendEvent): void {
    this.#log.push(event)
    this.#written.wakeSoon()
  }

  #refused(current: KeyValue | undefined): TxnResult {
    return { succeeded: false, current, revision: this.#revision }
  }

  /** The keys of a range as they were: what the first later event of each key says was there before it. */
  #undo(
    latest: readonly KeyValue[],
    prefix: string,
    options: RangeOptions,
    revision: number,
  ): KeyValue[] {
    const before = new Map<string, KeyValue | undefined>()
    for (let at = revision; at < this.#log.end; at += 1) {
      const event = this.#log.at(at)
      if (event === undefined || before.has(event.key) || !event.key.startsWith(prefix)) continue
      if (options.after !== undefined && compareKeys(event.key, options.after) <= 0) continue
      before.set(event.key, event.previous)
    }
    const unchanged = latest.filter((kv) => !before.has(kv.key))
    const restored = [...before.values()].filter((kv) => kv !== undefined)
    return [...unchanged, ...restored].sort((a, b) => compareKeys(a.key, b.key))
  }

  #mustBeOpen(): void {
    if (this.#closed.signal.aborted) throw new StorageError('Unavailable', 'the backend is closed')
  }

  #mustBeReadable(revision: number): void {
    if (revision < this.#log.base) throw this.#compacted()
    if (revision > this.#revision) throw this.#future(revision)
  }

  #compacted(): StorageError {
    const oldest = this.#log.base
    return new StorageError('Compacted', `history before revision ${oldest} is gone`, {
      revision: oldest,
    })
  }

  #future(revision: number): StorageError {
    const current = this.#revision
    return futureRevision(revision, current)
  }
}
