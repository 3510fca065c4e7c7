import { setTimeout as sleep } from 'node:timers/promises'

export interface BackOffOptions {
  readonly initialMs: number
  readonly maxMs: number
  /** Share of the delay that is left to chance, 0 to 1: 0.5 gives half to all of it. */
  readonly jitter: number
}

/** Delay in milliseconds before the next try after so many failures in a row (from 1): doubles up to the maximum. */
export function backOffMs(options: BackOffOptions, failures: number): number {
  const exponent = Math.min(Math.max(failures, 1) - 1, 30)
  const delay = Math.min(options.maxMs, options.initialMs * 2 ** exponent)
  return delay * (1 - options.jitter * Math.random())
}

/** Resolves after the delay, or at once when the signal aborts. */
export async function delay(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** Resolves when the signal aborts. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Resolves to true with the promise, or to false when the signal aborts first; leaves no listener behind. */
export function settledBefore(promise: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false)
  return new Promise((resolve, reject) => {
    const onAbort = (): void => resolve(false)
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(
      () => {
        signal.removeEventListener('abort', onAbort)
        resolve(true)
      },
      (error: unknown) => {
        signal.removeEventListener('abort', onAbort)
        reject(error instanceof Error ? error : new Error(String(error)))
      },
    )
  })
}
