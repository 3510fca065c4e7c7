import type { Backend } from './backend.ts'
import { StorageError } from './errors.ts'

/**
 * A watch behind a revision that the cache does not have yet. One that nobody has given out is of another history (storage was restored,
 * or begun anew): its events would never come, so it is Compacted.
 */
export async function* watchAhead<T>(
  backend: Backend,
  revision: number,
  { watch, signal }: { watch: () => AsyncIterable<T>; signal: AbortSignal },
): AsyncIterable<T> {
  const newest = await backend.currentRevision(signal)
  if (revision > newest) {
    const why = `revision ${revision} is ahead of ${newest}`
    throw new StorageError('Compacted', why, { revision: newest })
  }
  yield* watch()
}
