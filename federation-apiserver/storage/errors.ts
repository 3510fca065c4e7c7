export type StorageErrorCode =
  | 'KeyNotFound'
  | 'KeyExists'
  | 'Conflict'
  | 'Compacted'
  | 'FutureRevision'
  | 'TooLarge'
  | 'Unknown'
  | 'Unavailable'
  | 'Locked'
  | 'Corrupt'

/**
 * What storage throws. Compacted carries the oldest revision that can be read; FutureRevision the current one;
 * Unknown means that a write may or may not have happened.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly code: StorageErrorCode
  readonly key: string
  readonly revision: number

  constructor(
    code: StorageErrorCode,
    message: string,
    details: { key?: string; revision?: number; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.key = details.key ?? ''
    this.revision = details.revision ?? 0
  }
}

export const isStorageError = (err: unknown, code?: StorageErrorCode): err is StorageError =>
  err instanceof StorageError && (code === undefined || err.code === code)

/** In the words of the original. */
export const futureRevision = (asked: number, current: number): StorageError =>
  new StorageError('FutureRevision', `Too large resource version: ${asked}, current: ${current}`, {
    revision: current,
  })

export const keyNotFound = (key: string): StorageError =>
  new StorageError('KeyNotFound', `${key} not found`, { key })
