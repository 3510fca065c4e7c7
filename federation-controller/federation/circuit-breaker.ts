import { ConnectionError } from '#client/api-client.ts'

export interface CircuitBreakerOptions {
  /** Failures in a row that open it. Default 3. */
  readonly failures?: number
  /** Milliseconds from opening until one call is let through to try. Default 2 000. */
  readonly openMs?: number
}

/** Refused without asking: the last calls had no answer. */
export class BreakerOpenError extends ConnectionError {
  constructor(server: string) {
    super(`${server} is not asked for now: its last calls had no answer`)
  }
}

/**
 * Keeps calls away from a server that does not answer. Only silence counts (ConnectionError): a refusal is an answer.
 * closed → open after some failures in a row → half open after a while, when one call tries → closed or open again.
 */
export class CircuitBreaker {
  readonly #server: string
  readonly #failures: number
  readonly #openMs: number
  readonly #listeners = new Set<(open: boolean) => void>()
  readonly #silenceListeners = new Set<() => void>()
  #inRow = 0
  #openedAt: number | undefined
  #trying = false

  constructor(server: string, options: CircuitBreakerOptions = {}) {
    this.#server = server
    this.#failures = options.failures ?? 3
    this.#openMs = options.openMs ?? 2_000
  }

  get isOpen(): boolean {
    return this.#openedAt !== undefined
  }

  /** Milliseconds until a call may try; 0 when one may now. */
  get waitMs(): number {
    if (this.#openedAt === undefined) return 0
    if (this.#trying) return this.#openMs
    return Math.max(0, this.#openedAt + this.#openMs - performance.now())
  }

  /** Is told of each opening and closing. */
  onChange(listener: (open: boolean) => void): void {
    this.#listeners.add(listener)
  }

  /** Is told of each call that had no answer. */
  onSilence(listener: () => void): void {
    this.#silenceListeners.add(listener)
  }

  /** Runs the call, or throws BreakerOpenError. */
  async call<T>(run: () => Promise<T>): Promise<T> {
    if (this.waitMs > 0) throw new BreakerOpenError(this.#server)
    const trying = this.isOpen
    if (trying) this.#trying = true
    try {
      const answer = await run()
      this.succeeded()
      return answer
    } catch (error) {
      if (error instanceof ConnectionError) {
        this.failed()
        for (const listener of this.#silenceListeners) listener()
      } else if (!isAbort(error)) this.succeeded()
      throw error
    } finally {
      if (trying) this.#trying = false
    }
  }

  /** Something was heard from the server, by whatever call. */
  succeeded(): void {
    this.#inRow = 0
    if (this.#openedAt === undefined) return
    this.#openedAt = undefined
    this.#tell(false)
  }

  failed(): void {
    this.#inRow++
    const open = this.isOpen
    if (!open && this.#inRow < this.#failures) return
    this.#openedAt = performance.now()
    if (!open) this.#tell(true)
  }

  #tell(open: boolean): void {
    for (const listener of this.#listeners) listener(open)
  }
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'
