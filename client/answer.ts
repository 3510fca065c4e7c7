import type { Dispatcher } from 'undici'
import { ConnectionError, type RawResponse } from './api-client.ts'

/** What the transport needs of an answer that is read while it arrives. */
export interface StreamSink {
  onHead(status: number, headers: RawResponse['headers']): void
  onData(chunk: Buffer, flow: { pause(): void; resume(): void }): void
  /** Once: without an error when the server ended the answer, else a ConnectionError or the signal's reason. */
  onEnd(error?: unknown): void
}

/** What is wrong, of an error that wraps others. */
export const deepestMessage = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0)
    return deepestMessage(error.errors[0])
  return error instanceof Error ? error.message || error.name : String(error)
}

/** One answer on its way: deadline (a stream has none), abort and bytes. Settles the sink exactly once. */
export class Answer implements Dispatcher.DispatchHandler {
  readonly #sink: StreamSink
  readonly #what: string
  readonly #signal: AbortSignal | undefined
  /**
   * A stream of HTTP/2 is reset once its head is there: the library drops the reset of one that was just opened, so that the server
   * goes on with it, and its late head becomes a stream that nobody listens to, whose error ends the process.
   */
  #isResettable: boolean
  #controller: Dispatcher.DispatchController | undefined
  #timer: NodeJS.Timeout | undefined
  #done = false

  constructor(
    sink: StreamSink,
    what: string,
    limits: { signal?: AbortSignal | undefined; timeoutMs?: number },
  ) {
    this.#sink = sink
    this.#what = what
    this.#signal = limits.signal
    this.#signal?.addEventListener('abort', this)
    const { timeoutMs } = limits
    this.#isResettable = timeoutMs !== undefined
    if (timeoutMs !== undefined)
      this.#timer = setTimeout(() => {
        this.#give(
          new ConnectionError(`${what}: no answer within ${timeoutMs} ms`, { timeout: true }),
        )
      }, timeoutMs)
  }

  /** The signal's abort event: a bound object costs no closure a call. */
  handleEvent(): void {
    this.#give(this.#signal?.reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#done) controller.abort(new Error('given up'))
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: RawResponse['headers'],
  ): void {
    this.#controller = controller
    this.#isResettable = true
    if (this.#done) controller.abort(new Error('given up'))
    else if (status >= 200) this.#sink.onHead(status, headers)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#done) this.#sink.onData(chunk, controller)
  }

  onResponseEnd(): void {
    if (this.#settle()) this.#sink.onEnd()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (!this.#settle()) return
    this.#sink.onEnd(
      new ConnectionError(`${this.#what}: ${deepestMessage(error)}`, {
        cause: error,
        timeout: error.name === 'ConnectTimeoutError',
      }),
    )
  }

  #give(reason: unknown): void {
    if (!this.#settle()) return
    this.#sink.onEnd(reason)
    if (this.#isResettable) this.#controller?.abort(new Error('given up'))
  }

  #settle(): boolean {
    if (this.#done) return false
    this.#done = true
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this)
    return true
  }
}

/** A whole answer in memory. */
export class Body implements StreamSink {
  readonly #resolve: (response: RawResponse) => void
  readonly #reject: (error: unknown) => void
  #status = 0
  #headers: RawResponse['headers'] = {}
  #first: Buffer | undefined
  #rest: Buffer[] | undefined

  constructor(resolve: (response: RawResponse) => void, reject: (error: unknown) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  onHead(status: number, headers: RawResponse['headers']): void {
    this.#status = status
    this.#headers = headers
  }

  onData(chunk: Buffer): void {
    if (this.#first === undefined) this.#first = chunk
    else if (this.#rest === undefined) this.#rest = [this.#first, chunk]
    else this.#rest.push(chunk)
  }

  onEnd(error?: unknown): void {
    if (error !== undefined) {
      this.#reject(error)
      return
    }
    const body =
      this.#rest === undefined ? (this.#first ?? Buffer.alloc(0)) : Buffer.concat(this.#rest)
    this.#resolve({ status: this.#status, headers: this.#headers, body })
  }
}
