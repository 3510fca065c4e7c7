import { ConnectionError } from './api-client.ts'

interface Waiter {
  admit: () => void
  gone: boolean
}

/** Lets at most `limit` calls run at once; the rest wait in order of arrival. */
export class InFlightLimiter {
  readonly #limit: number
  #running = 0
  #waiting: Waiter[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * Undefined when there is room now; else a promise of the milliseconds that were waited. It rejects with the
   * signal's reason, or with a ConnectionError after `timeoutMs`. Who was admitted calls release() once.
   */
  acquire(timeoutMs: number, signal?: AbortSignal): Promise<number> | undefined {
    if (this.#running < this.#limit) {
      this.#running++
      return undefined
    }
    return this.#wait(timeoutMs, signal)
  }

  /** Gives the place to the next that still waits. */
  release(): void {
    let next = this.#waiting.shift()
    while (next?.gone === true) next = this.#waiting.shift()
    if (next === undefined) this.#running--
    else next.admit()
  }

  #wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<number> {
    signal?.throwIfAborted()
    const since = performance.now()
    return new Promise((resolve, reject) => {
      const leave = (reason: unknown): void => {
        waiter.gone = true
        settle()
        reject(reason)
      }
      const onAbort = (): void => leave(signal?.reason)
      const timer = setTimeout(() => {
        leave(
          new ConnectionError(
            `no turn within ${timeoutMs} ms: ${this.#limit} calls are on the way`,
            {
              timeout: true,
            },
          ),
        )
      }, timeoutMs)
      const settle = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter = {
        gone: false,
        admit: () => {
          settle()
          resolve(performance.now() - since)
        },
      }
      signal?.addEventListener('abort', onAbort)
      this.#waiting.push(waiter)
    })
  }
}
