import { backOffMs, type BackOffOptions } from './back-off.ts'

interface Delayed {
  readonly at: number
  readonly timer: NodeJS.Timeout
}

/** Is told what happens to the keys of one queue, as client-go's queue metrics are. */
export interface WorkQueueMetrics {
  /** The key waits now, or will when the work on it has ended; it did not before. */
  add(key: string): void
  /** Work on the key begins. */
  get(key: string): void
  /** Work on the key has ended. */
  done(key: string): void
  /** A key is to come back later. */
  retry(): void
  /** The queue is no more. */
  close(): void
}

const defaultBackOff: BackOffOptions = { initialMs: 20, maxMs: 60_000, jitter: 0.1 }

/**
 * Keys to work on, in order of arrival. A key waits at most once, and is never given out again while somebody
 * works on it: added meanwhile, it comes back afterwards.
 */
export class WorkQueue {
  readonly #backOff: BackOffOptions
  readonly #waiting = new Set<string>()
  readonly #working = new Set<string>()
  /** Added while worked on. */
  readonly #again = new Set<string>()
  readonly #delayed = new Map<string, Delayed>()
  readonly #failures = new Map<string, number>()
  readonly #metrics: WorkQueueMetrics | undefined
  #wakes: (() => void)[] = []

  constructor(backOff: Partial<BackOffOptions> = {}, metrics?: WorkQueueMetrics) {
    this.#backOff = { ...defaultBackOff, ...backOff }
    this.#metrics = metrics
  }

  /** Keys that wait now; delayed ones and those being worked on are not counted. */
  get length(): number {
    return this.#waiting.size
  }

  add(key: string): void {
    this.#cancelDelay(key)
    if (this.#waiting.has(key) || this.#again.has(key)) return
    this.#metrics?.add(key)
    this.#put(key)
  }

  /** Adds the key after so many milliseconds; of several delays the shortest counts. */
  addAfter(key: string, ms: number): void {
    if (ms <= 0) {
      this.add(key)
      return
    }
    this.#metrics?.retry()
    const at = performance.now() + ms
    const earlier = this.#delayed.get(key)
    if (earlier !== undefined && earlier.at <= at) return
    this.#cancelDelay(key)
    const timer = setTimeout(() => this.add(key), ms)
    timer.unref()
    this.#delayed.set(key, { at, timer })
  }

  /** Adds the key after its back-off, doubled at each call until forget(), but not before `atLeastMs`. */
  addRateLimited(key: string, atLeastMs = 0): void {
    const failures = this.failures(key) + 1
    this.#failures.set(key, failures)
    this.addAfter(key, Math.max(atLeastMs, backOffMs(this.#backOff, failures)))
  }

  /** The key has succeeded: its next failure starts from the shortest back-off. */
  forget(key: string): void {
    this.#failures.delete(key)
  }

  /** Calls of addRateLimited since the last forget. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  /**
   * Keys as they come, until the signal aborts. The key belongs to the loop's body and is released when the body
   * ends; several loops over one queue share its keys.
   */
  async *keys(signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    const wakeAll = (): void => {
      const wakes = this.#wakes
      this.#wakes = []
      for (const wake of wakes) wake()
    }
    signal.addEventListener('abort', wakeAll)
    try {
      while (!signal.aborted) {
        const key = this.#take()
        if (key === undefined) {
          await new Promise<void>((resolve) => this.#wakes.push(resolve))
          continue
        }
        try {
          yield key
        } finally {
          this.#release(key)
        }
      }
    } finally {
      signal.removeEventListener('abort', wakeAll)
    }
  }

  /** Drops every delayed key, so that nothing wakes up later; the queue is used no more. */
  [Symbol.dispose](): void {
    for (const { timer } of this.#delayed.values()) clearTimeout(timer)
    this.#delayed.clear()
    this.#metrics?.close()
  }

  #put(key: string): void {
    if (this.#working.has(key)) {
      this.#again.add(key)
      return
    }
    this.#waiting.add(key)
    this.#wakes.shift()?.()
  }

  #take(): string | undefined {
    const next = this.#waiting.values().next()
    if (next.done === true) return undefined
    this.#waiting.delete(next.value)
    this.#working.add(next.value)
    this.#metrics?.get(next.value)
    return next.value
  }

  #release(key: string): void {
    this.#working.delete(key)
    this.#metrics?.done(key)
    if (this.#again.delete(key)) this.#put(key)
  }

  #cancelDelay(key: string): void {
    const delayed = this.#delayed.get(key)
    if (delayed === undefined) return
    clearTimeout(delayed.timer)
    this.#delayed.delete(key)
  }
}
