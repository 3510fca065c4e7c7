import { statSync } from 'node:fs'
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
import { WakeUp } from '../../wake-up.ts'
import { asStorageError, openDatabase } from './database.ts'
import { FileLock } from './file-lock.ts'
import { SqliteReader } from './sqlite-reader.ts'
import { SqliteWriter, type Write, type Written } from './sqlite-writer.ts'

/** Events kept in memory for watchers; those further behind read the file. */
const recentCount = 1024
const recentBytes = 2 * 1024 * 1024
const replayCount = 500

/**
 * A Backend in one file of this machine. Reads use a connection of this thread, writes a thread of their own. A read may show a write that is
 * durable but not yet acknowledged; from then on every read shows it.
 */
export class SqliteBackend implements Backend {
  readonly #path: string
  readonly #lock: FileLock
  readonly #reader: SqliteReader
  readonly #writer: SqliteWriter
  readonly #closed = new AbortController()
  readonly #written = new WakeUp()
  /** The last acknowledged events: one a revision, up to `#acknowledged`. */
  readonly #recent = new DenseLog<BackendEvent>()
  #recentBytes = 0
  #acknowledged: number
  /** Newest revision that anybody was shown. */
  #seen: number
  #compacted: number

  private constructor(path: string, lock: FileLock) {
    this.#path = path
    this.#lock = lock
    this.#reader = new SqliteReader(openDatabase(path))
    const { revision, compacted } = this.#reader.head()
    this.#acknowledged = revision
    this.#seen = revision
    this.#compacted = compacted
    this.#writer = new SqliteWriter(path, {
      onWritten: (batch) => this.#onWritten(batch),
      onRestart: () => this.#catchUp(),
    })
  }

  /** Throws Locked when another process uses the file, Corrupt when it is damaged or not ours. */
  static open(path: string): SqliteBackend {
    const lock = new FileLock(path)
    try {
      return new SqliteBackend(path, lock)
    } catch (err) {
      lock[Symbol.dispose]()
      throw asStorageError(err, path)
    }
  }

  async get(key: string): Promise<{ kv: KeyValue | undefined; revision: number }> {
    const result = this.#read((reader) => reader.get(key))
    this.#show(result.revision)
    return result
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    const { revision } = options
    const result = this.#read((reader) => {
      if (revision !== undefined) this.#mustBeReadable(revision, reader.head().revision)
      return reader.range(prefix, options)
    })
    if (revision === undefined) this.#show(result.revision)
    return result
  }

  /** The value is not copied: it must not be changed afterwards. */
  putIf(key: string, value: Uint8Array, expected: number): Promise<TxnResult> {
    if (value.byteLength > maxValueBytes) {
      const why = `value of ${value.byteLength} bytes is too large`
      return Promise.reject(new StorageError('TooLarge', why, { key }))
    }
    return this.#write({ key, value, expected })
  }

  deleteIf(key: string, expected: number): Promise<TxnResult> {
    return this.#write({ key, expected })
  }

  #write(write: Write): Promise<TxnResult> {
    return this.#writer
      .write(write)
      .then((revision) => (revision > 0 ? { succeeded: true, revision } : this.#refused(write.key)))
  }

  async *watchSince(
    prefix: string,
    revision: number,
    signal: AbortSignal,
  ): AsyncIterable<BackendWatchBatch> {
    const stop = AbortSignal.any([signal, this.#closed.signal])
    let position = revision
    while (!stop.aborted) {
      const batch = this.#eventsAfter(position)
      if (batch.revision > position) {
        position = batch.revision
        const events = batch.events.filter((event) => event.key.startsWith(prefix))
        yield { events, revision: position }
      } else {
        await this.#written.wait(stop)
      }
    }
  }

  async compact(revision: number): Promise<void> {
    if (revision > this.#acknowledged) throw this.#future(revision, this.#acknowledged)
    if (revision <= this.#compacted) return
    // Readers are refused from here on, before anything is removed.
    this.#compacted = revision
    await this.#writer.compact(revision)
  }

  async currentRevision(): Promise<number> {
    if (this.#closed.signal.aborted)
      throw new StorageError('Unavailable', `${this.#path} is closed`)
    // What was under way may be in the file, and no watcher was told: nobody may take the cache for current.
    if (this.#writer.ended !== undefined) throw this.#writer.ended
    return this.#seen
  }

  async size(): Promise<number> {
    // What was written last is in the log beside the database.
    const files = [this.#path, `${this.#path}-wal`]
    return files.reduce(
      (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
      0,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed.signal.aborted) return
    this.#closed.abort()
    await this.#writer.close()
    this.#reader.close()
    this.#lock[Symbol.dispose]()
  }

  #show(revision: number): void {
    if (revision > this.#seen) this.#seen = revision
  }

  #read<T>(query: (reader: SqliteReader) => T): T {
    if (this.#closed.signal.aborted)
      throw new StorageError('Unavailable', `${this.#path} is closed`)
    try {
      return query(this.#reader)
    } catch (err) {
      throw asStorageError(err, this.#path)
    }
  }

  /** Read before the next batch can be sent: this is the state that the write was compared with, or a newer one. */
  #refused(key: string): TxnResult {
    const { kv, revision } = this.#read((reader) => reader.get(key))
    this.#show(revision)
    return { succeeded: false, current: kv, revision }
  }

  #onWritten(batch: readonly Written[]): void {
    for (const written of batch) {
      if (written.revision === 0) continue
      this.#acknowledged = written.revision
      this.#remember(this.#eventOf(written))
    }
    this.#show(this.#acknowledged)
    this.#written.wakeSoon()
  }

  /** What is in the file is acknowledged from here on; watchers read it there. */
  #catchUp(): void {
    const { revision } = this.#read((reader) => reader.head())
    if (revision === this.#acknowledged) return
    this.#recent.reset()
    this.#recentBytes = 0
    this.#acknowledged = revision
    this.#show(revision)
    this.#written.wakeSoon()
  }

  #eventOf({ write, revision, createRevision }: Written): BackendEvent {
    const { key, value } = write
    if (value === undefined) return { type: 'DELETE', key, revision }
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    return { type: 'PUT', key, revision, value: bytes, createRevision }
  }

  #remember(event: BackendEvent): void {
    this.#recent.push(event)
    this.#recentBytes += event.value?.length ?? 0
    while (this.#recent.length > recentCount || this.#recentBytes > recentBytes) {
      this.#recentBytes -= this.#recent.dropOldest()?.value?.length ?? 0
    }
  }

  /** Acknowledged events after a revision: those in memory, or a page from the file. */
  #eventsAfter(revision: number): BackendWatchBatch {
    if (revision < this.#compacted) throw this.#tooOld()
    if (revision >= this.#acknowledged) return { events: [], revision }
    const missing = this.#acknowledged - revision
    if (missing <= this.#recent.length) {
      const events: BackendEvent[] = []
      for (let at = this.#recent.end - missing; at < this.#recent.end; at += 1) {
        const event = this.#recent.at(at)
        if (event !== undefined) events.push(event)
      }
      return { events, revision: this.#acknowledged }
    }
    const upTo = Math.min(this.#acknowledged, revision + replayCount)
    return {
      events: this.#read((reader) => reader.events(revision, upTo, replayCount)),
      revision: upTo,
    }
  }

  #mustBeReadable(revision: number, current: number): void {
    if (revision < this.#compacted) throw this.#tooOld()
    if (revision > current) throw this.#future(revision, current)
  }

  #tooOld(): StorageError {
    return new StorageError('Compacted', `history before revision ${this.#compacted} is gone`, {
      revision: this.#compacted,
    })
  }

  #future(revision: number, current: number): StorageError {
    return futureRevision(revision, current)
  }
}
