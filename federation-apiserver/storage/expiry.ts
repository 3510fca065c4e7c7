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
  /** By the second of their end. */
  readonly #due = new Map<number, Mortal[]>()
  readonly #options: ExpiryOptions

  constructor(options: ExpiryOptions) {
    this.#options = options
  }

  add(mortal: Mortal, { expiresAt }: Lifetime): void {
    const sameSecond = this.#due.get(expiresAt)
    const entry = { key: mortal.key, revision: mortal.revision }
    if (sameSecond === undefined) this.#due.set(expiresAt, [entry])
    else sameSecond.push(entry)
  }

  /** Removes what is due at a time given in seconds since the epoch; what could not be removed is tried again. */
  async removeDue(now: number): Promise<void> {
    for (const [expiresAt, mortals] of [...this.#due]) {
      if (expiresAt > now) continue
      this.#due.delete(expiresAt)
      for (const mortal of mortals) {
        try {
          await this.#options.remove(mortal.key, mortal.revision)
        } catch (err) {
          if (!isStorageError(err)) throw err
          this.add(mortal, { ttlSeconds: 0, expiresAt })
          this.#options.logger.warn({ err, key: mortal.key }, 'expired object not removed')
          return
        }
      }
    }
  }
}
