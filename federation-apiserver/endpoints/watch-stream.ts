import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** Bytes that may wait for a slow client before nothing more is read for it. */
const maxPendingBytes = 1024 * 1024
/** A client that takes nothing for this long has its watch ended; it comes back and resumes, or lists again. */
const defaultStallMs = 30_000

/** What a watch needs of a response. */
type WatchSink = Pick<Writable, 'write' | 'destroy' | 'destroyed' | 'writableLength' | 'once'>

/**
 * The response of a watch. Frames are written as they are; while a client is slow, its cursor stays where it is, so that a slow
 * watcher costs at most `maxPendingBytes`.
 */
export class WatchStream {
  readonly #res: WatchSink
  readonly #signal: AbortSignal
  readonly #stallMs: number

  constructor(res: WatchSink, signal: AbortSignal, options: { readonly stallMs?: number } = {}) {
    this.#res = res
    this.#signal = signal
    this.#stallMs = options.stallMs ?? defaultStallMs
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
    const stalled = AbortSignal.timeout(this.#stallMs)
    try {
      await once(this.#res as Writable, 'drain', {
        signal: AbortSignal.any([this.#signal, stalled]),
      })
      return true
    } catch {
      if (stalled.aborted) this.#res.destroy()
      return false
    }
  }
}
