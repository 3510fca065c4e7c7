import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** Octets that may wait for a slow client before anything more is made for it. */
const maxPendingBytes = 256 * 1024
/** Smaller pieces are written together. */
const leastWriteBytes = 64 * 1024
/** A client that takes nothing for this long is cut off; a watch is resumed, or begun anew. */
const defaultStallMs = 30_000

/** What is needed of a response. */
type Sink = Pick<Writable, 'write' | 'destroy' | 'destroyed' | 'writableLength' | 'once'>

/**
 * A response that is written at the pace of its reader: while the client is slow, the writer waits, so that a slow client costs at most
 * `maxPendingBytes` and a piece.
 */
export class PacedResponse {
  readonly #res: Sink
  readonly #signal: AbortSignal
  readonly #stallMs: number

  constructor(res: Sink, signal: AbortSignal, options: { readonly stallMs?: number } = {}) {
    this.#res = res
    this.#signal = signal
    this.#stallMs = options.stallMs ?? defaultStallMs
  }

  /** Resolves to false when the response must end: the client is gone, takes nothing any more, or the signal has aborted. */
  async write(pieces: readonly Buffer[]): Promise<boolean> {
    for (const group of grouped(pieces)) {
      if (this.#signal.aborted || this.#res.destroyed) return false
      this.#res.write(group)
      if (this.#res.writableLength > maxPendingBytes && !(await this.#drained())) return false
    }
    return true
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

/** Large pieces as they are, which may be the same octets for many clients; small ones put together. */
function* grouped(pieces: readonly Buffer[]): Generator<Buffer> {
  let group: Buffer[] = []
  let length = 0
  for (const piece of pieces) {
    group.push(piece)
    length += piece.length
    if (length < leastWriteBytes) continue
    yield* joined(group)
    group = []
    length = 0
  }
  yield* joined(group)
}

function* joined(group: readonly Buffer[]): Generator<Buffer> {
  const last = group.at(-1)
  if (last === undefined) return
  if (last.length < leastWriteBytes) {
    yield group.length === 1 ? last : Buffer.concat(group)
    return
  }
  if (group.length > 1) yield Buffer.concat(group.slice(0, -1))
  yield last
}
