import type { Backend } from './backend.ts'
import { StorageError } from './errors.ts'

/**
 * A revision that the cache does not have yet may be news. One that nobody has given out is of another history (storage was restored, or
 * begun anew): events after it would never come, so it is Compacted.
 */
export async function mustHaveBeen(
  backend: Backend,
  revision: number,
  signal: AbortSignal,
): Promise<void> {
  const newest = await backend.currentRevision(signal)
  if (revision <= newest) return
  const why = `revision ${revision} is ahead of ${newest}`
  throw new StorageError('Compacted', why, { revision: newest })
}
