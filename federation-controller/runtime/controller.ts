import { isConflict, StatusError } from '#apimachinery/errors/status-error.ts'
import { type BackOffOptions, settledBefore } from '#client/back-off.ts'
import { WorkQueue } from '#client/work-queue.ts'
import type { Logger } from 'pino'
import { queueMetricsOf } from './controller-metrics.ts'
import { type Reconciler, type Request, TerminalError } from './reconciler.ts'
import type { Source } from './sources.ts'

export interface ControllerOptions {
  /** kebab-case; in every log line, and the name of its queue in the metrics. */
  readonly name: string
  readonly reconcile: Reconciler
  readonly sources: readonly Source[]
  /** Requests reconciled at once, never two of the same key. Default 1. */
  readonly concurrency?: number
  readonly backOff?: Partial<BackOffOptions>
  readonly logger: Logger
}

/** Reconciles each request that its sources bring, until it succeeds. */
export class Controller {
  readonly name: string
  readonly #options: ControllerOptions
  readonly #logger: Logger
  readonly #queue: WorkQueue

  constructor(options: ControllerOptions) {
    this.name = options.name
    this.#options = options
    this.#logger = options.logger.child({ controller: options.name })
    this.#queue = new WorkQueue(options.backOff, queueMetricsOf(options.name))
  }

  /** Requests that wait now. */
  get length(): number {
    return this.#queue.length
  }

  /** Also before run(); `afterMs` delays. */
  enqueue(request: Request, afterMs = 0): void {
    this.#queue.addAfter(request, afterMs)
  }

  /** Starts when all sources have synced. Resolves when the signal aborts and what was begun has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { sources, concurrency = 1 } = this.#options
    const stops = sources.map((source) => source.subscribe((request) => this.#queue.add(request)))
    try {
      const synced = Promise.all(sources.map((source) => source.synced))
      if (!(await settledBefore(synced, signal))) return
      this.#logger.debug('sources synced')
      await Promise.all(Array.from({ length: concurrency }, () => this.#work(signal)))
    } finally {
      for (const stop of stops) stop()
      this.#queue[Symbol.dispose]()
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    for await (const request of this.#queue.keys(signal)) await this.#reconcile(request, signal)
  }

  async #reconcile(request: Request, signal: AbortSignal): Promise<void> {
    const failures = this.#queue.failures(request)
    try {
      const result = await this.#options.reconcile(request, { signal, failures })
      this.#queue.forget(request)
      if (result?.requeueAfterMs !== undefined) this.#queue.addAfter(request, result.requeueAfterMs)
    } catch (err) {
      if (!signal.aborted) this.#absorb(request, err)
    }
  }

  #absorb(request: Request, err: unknown): void {
    if (err instanceof TerminalError) {
      this.#queue.forget(request)
      this.#logger.error({ err, request }, 'reconcile failed for good')
      return
    }
    this.#queue.addRateLimited(request, retryAfterMs(err))
    const failures = this.#queue.failures(request)
    // Somebody else wrote first: ordinary, and cured by reading again.
    if (isConflict(err)) this.#logger.debug({ request, failures }, 'conflict; will retry')
    else this.#logger.warn({ err, request, failures }, 'reconcile failed; will retry')
  }
}

/** What an overloaded server asks for. */
const retryAfterMs = (err: unknown): number =>
  err instanceof StatusError ? (err.status.details?.retryAfterSeconds ?? 0) * 1000 : 0
