/**
 * Messages between the backend and its writer thread. A batch is parallel arrays, and all values in one transferred buffer (posting pooled
 * Buffers one by one would copy whole pools); the thread writes it whole or not at all, with those that wait beside it.
 */
export interface WriteBatch {
  readonly type: 'write'
  readonly keys: readonly string[]
  readonly expected: Float64Array
  /** Length of each value in `values`; -1 for a deletion. */
  readonly lengths: Int32Array
  readonly values: Uint8Array
}

export interface CompactRequest {
  readonly type: 'compact'
  readonly revision: number
}

export interface CloseRequest {
  readonly type: 'close'
}

export type WriterRequest = WriteBatch | CompactRequest | CloseRequest

/** What SQLite said about a failed transaction (which was rolled back). */
export interface Failure {
  readonly message: string
  readonly errcode: number
}

export type WriterReply =
  /** For each write its revision and its key's create revision, 0 and 0 when refused; durable when this is sent. */
  | { readonly type: 'written'; readonly batches: number; readonly revisions: Float64Array }
  | { readonly type: 'failed'; readonly batches: number; readonly failure: Failure }
  | { readonly type: 'compacted'; readonly revision: number; readonly failure?: Failure }

export interface WriterOptions {
  readonly path: string
}
