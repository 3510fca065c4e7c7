/** What to bring to its desired state: a key `namespace/name` or `name`. */
export type Request = string

/** Come back after so many milliseconds; undefined: done until the next change. */
export interface Result {
  readonly requeueAfterMs?: number
}

export interface ReconcileContext {
  readonly signal: AbortSignal
  /** How often this request has failed in a row. */
  readonly failures: number
}

/** Brings one object's actual state to its desired state; level-based and idempotent. Throwing means retry with back-off. */
export type Reconciler = (
  request: Request,
  context: ReconcileContext,
) => Promise<Result | undefined>

/** Retrying cannot help; recorded and dropped until the object changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
}
