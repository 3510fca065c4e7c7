import { once } from 'node:events'
import type { ApiResponse } from './exchange.ts'

/** Bytes that may wait for a slow client before nothing more is read for it. */
const maxPendingBytes = 1024 * 1024
/** A client that takes nothing for this long has its watch ended; it comes back and resumes, or lists again. */
const stallMs = 30_000

/**
 * The response of a watch. Frames are written as they are; while a client is slow, its cursor stays where it is, so that a slow
 * watcher costs at most `maxPendingBytes`.
 */
export class WatchStream {
  readonly #res: ApiResponse
  readonly #signal: AbortSignal

  constructor(res: ApiResponse, signal: AbortSignal) {
    this.#res = res
    this.#signal = signal
  }

  /** Resolves to false when the watch must end: the client is gone, or takes nothing any more. */
  async write(frames: readonly Buffer[]): Promise<boolean> {
    const [first] = frames
    if (first === undefined) return true
    if (this.#signal.aborted || this.#res.destroyed) return false
    this.#res.write(frames.length === 1 ? first : Buffer.concat(frames))
    return this.#res.writableLength <= maxPendingBytes || (await this.#drained())
  }

  async #drained(): Promise<boolean> {
    const stalled = AbortSignal.timeout(stallMs)
    try {
      await once(this.#res, 'drain', { signal: AbortSignal.any([this.#signal, stalled]) })
      return true
    } catch {
      if (stalled.aborted) this.#res.destroy()
      return false
    }
  }
}
