/** One key at one revision. `value` must not be changed by the receiver. */
export interface KeyValue {
  readonly key: string
  readonly value: Buffer
  /** Revision of the write that made this value. */
  readonly modRevision: number
  /** Revision of the write that created the key. */
  readonly createRevision: number
}

/** A PUT or DELETE. On DELETE `value` is absent. `previous` is what was there before, where a backend has it at hand. */
export interface BackendEvent {
  readonly type: 'PUT' | 'DELETE'
  readonly key: string
  readonly revision: number
  readonly value?: Buffer
  readonly createRevision?: number
  readonly previous?: KeyValue
}

/**
 * What a watch yields: events in revision order, never a part of one revision; `revision` says that everything
 * up to and including it has been delivered (progress), with or without events. Without events a remote backend need not report
 * progress before somebody asks for the current revision.
 */
export interface BackendWatchBatch {
  readonly events: readonly BackendEvent[]
  readonly revision: number
}

export interface RangeOptions {
  /** Read as of this revision; the latest when absent. Throws Compacted or FutureRevision. */
  readonly revision?: number
  /** At most this many keys. */
  readonly limit?: number
  /** Keys strictly greater than this one. */
  readonly after?: string
  readonly signal?: AbortSignal
}

export interface RangeResult {
  readonly kvs: readonly KeyValue[]
  /** Revision of the store when it answered (the one read at, when given). */
  readonly revision: number
  /** There are keys after the last one returned. */
  readonly more: boolean
}

/** Outcome of a compare-and-swap. A failed comparison is a value, not an error. */
export type TxnResult =
  | { readonly succeeded: true; readonly revision: number }
  | { readonly succeeded: false; readonly current: KeyValue | undefined; readonly revision: number }

/**
 * A revisioned key-value store; every successful write takes the next revision. Keys are compared bytewise.
 * Reads without a revision are linearizable. A write that returns is durable. A write whose outcome is unknown throws
 * StorageError 'Unknown' after the implementation has tried to learn the outcome by reading.
 */
export interface Backend extends AsyncDisposable {
  get(key: string, signal?: AbortSignal): Promise<{ kv: KeyValue | undefined; revision: number }>
  range(prefix: string, options?: RangeOptions): Promise<RangeResult>
  /** Writes iff the key's mod revision equals `expected` (0: the key must not exist). */
  putIf(key: string, value: Uint8Array, expected: number): Promise<TxnResult>
  /** Deletes iff the key's mod revision equals `expected` (> 0). */
  deleteIf(key: string, expected: number): Promise<TxnResult>
  /** Every event after `revision`, in order and gapless until the signal aborts; throws StorageError Compacted if they are gone. */
  watchSince(
    prefix: string,
    revision: number,
    signal: AbortSignal,
  ): AsyncIterable<BackendWatchBatch>
  /** Forgets history up to and including `revision`. */
  compact(revision: number): Promise<void>
  /** A linearizable read of the current revision (callers waiting share one read). */
  currentRevision(signal?: AbortSignal): Promise<number>
  /** Octets it takes on disk; not there when it takes none. */
  size?(): Promise<number>
}

/** Values above this are refused alike by every backend: 413 at the API. 1 MiB plus room for metadata is not given. */
export const maxValueBytes = 1024 * 1024
