import type { Logger } from 'pino'
import { isStorageError } from './errors.ts'
import type { Lifetime } from './stored-object.ts'

interface Mortal {
  readonly key: string
  readonly revision: number
}

export interface ExpiryOptions {
  readonly logger: Logger
  /** Removes the key iff it is still at that revision. */
  readonly remove: (key: string, revision: number) => Promise<unknown>
}

/**
 * Removes objects whose lifetime is over. The end is stored in each value, so whoever loads the objects knows it: nothing is lost by a
 * restart, and with several replicas each tries and the compare-and-swap lets one succeed. A later write makes the entry void.
 */
export class Expiry {
  /** By the second of their end, then by key: an object that is read again is the same entry. */
  readonly #due = new Map<number, Map<string, Mortal>>()
  readonly #options: ExpiryOptions

  constructor(options: ExpiryOptions) {
    this.#options = options
  }

  add(mortal: Mortal, { expiresAt }: Lifetime): void {
    const sameSecond = this.#due.get(expiresAt)
    const entry = { key: mortal.key, revision: mortal.revision }
    if (sameSecond === undefined) this.#due.set(expiresAt, new Map([[entry.key, entry]]))
    else if ((sameSecond.get(entry.key)?.revision ?? 0) <= entry.revision) {
      sameSecond.set(entry.key, entry)
    }
  }

  /** Removes what is due at a time given in seconds since the epoch; what could not be removed is tried again. */
  async removeDue(now: number): Promise<void> {
    for (const [expiresAt, mortals] of [...this.#due]) {
      if (expiresAt > now) continue
      for (const mortal of [...mortals.values()]) {
        try {
          await this.#options.remove(mortal.key, mortal.revision)
        } catch (err) {
          if (!isStorageError(err)) throw err
          this.#options.logger.warn({ err, key: mortal.key }, 'expired object not removed')
          return
        }
        if (mortals.get(mortal.key) === mortal) mortals.delete(mortal.key)
      }
      if (mortals.size === 0) this.#due.delete(expiresAt)
    }
  }
}
