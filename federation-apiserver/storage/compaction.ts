import type { Logger } from 'pino'
import type { Backend } from './backend.ts'

/** Outside /registry/: replicas agree here on what to forget. */
export const compactionKey = '/compaction'

/**
 * Forgets old history so that between one and two intervals are always kept, whatever the number of replicas: in each round one of them
 * replaces the record (compare-and-swap) by the current revision and compacts to what the record said, which is at least one interval old.
 */
export class Compaction {
  readonly #backend: Backend
  readonly #logger: Logger
  /** Revision of the record when this replica last looked. */
  #seen = 0

  constructor(backend: Backend, logger: Logger) {
    this.#backend = backend
    this.#logger = logger
  }

  /** To be called at the start: a record found then is old enough one interval later. */
  async look(): Promise<void> {
    const { kv } = await this.#backend.get(compactionKey)
    this.#seen = kv?.modRevision ?? 0
  }

  /** One round; to be called once an interval. Answers the revision compacted to, if it was this replica's turn. */
  async round(): Promise<number | undefined> {
    const { kv, revision } = await this.#backend.get(compactionKey)
    const recorded = kv?.modRevision ?? 0
    if (this.#seen !== recorded) {
      // Another replica took this round: the record may be young.
      this.#seen = recorded
      return undefined
    }
    const outcome = await this.#backend.putIf(
      compactionKey,
      Buffer.from(String(revision)),
      recorded,
    )
    if (!outcome.succeeded) {
      this.#seen = outcome.current?.modRevision ?? 0
      return undefined
    }
    this.#seen = outcome.revision
    const target = Number(kv?.value.toString() ?? 0)
    if (!Number.isSafeInteger(target) || target <= 0) return undefined
    await this.#backend.compact(target)
    this.#logger.debug({ revision: target }, 'compacted')
    return target
  }
}
