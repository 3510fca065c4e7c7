/** Wakes everybody who waits; each waiter then looks at the state itself, so nothing is handed over and nothing can be lost. */
export class WakeUp {
  readonly #waiting = new Set<() => void>()
  #soon = false

  /** Is called at the next wake-up, once. */
  add(waiter: () => void): void {
    this.#waiting.add(waiter)
  }

  remove(waiter: () => void): void {
    this.#waiting.delete(waiter)
  }

  wakeAll(): void {
    if (this.#waiting.size === 0) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve()
  }

  /** Wakes once, after the promises that are settled now have run their course. */
  wakeSoon(): void {
    if (this.#soon) return
    this.#soon = true
    setImmediate(() => {
      this.#soon = false
      this.wakeAll()
    })
  }

  /** Resolves at the next wake-up, when the signal aborts, or after `timeoutMs`; never rejects. */
  wait(signal: AbortSignal | undefined, timeoutMs?: number): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve()
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      const done = (): void => {
        this.#waiting.delete(done)
        signal?.removeEventListener('abort', done)
        clearTimeout(timer)
        resolve()
      }
      this.#waiting.add(done)
      signal?.addEventListener('abort', done)
      if (timeoutMs !== undefined) timer = setTimeout(done, timeoutMs)
    })
  }
}
