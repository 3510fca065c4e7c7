import type { Writable } from 'node:stream'

/** Octets that may wait for a slow client before anything more is made for it. */
const defaultPendingBytes = 256 * 1024
/** Smaller pieces are copied together, up to so much. Copies are memory outside of V8's heap: a list that is copied whole makes it collect garbage. */
const leastWriteBytes = 2048
const maxCopiedBytes = 64 * 1024
/** A client that takes nothing for this long is cut off; a watch is resumed, or begun anew. */
const defaultStallMs = 30_000

/** What is needed of a response. */
type Sink = Pick<Writable, 'write' | 'destroy' | 'destroyed' | 'writableLength' | 'once' | 'off'>

/**
 * A response that is written at the pace of its reader: while the client is slow, the writer waits, so that a slow client costs at most
 * `maxPendingBytes` and a piece.
 */
export class PacedResponse {
  readonly #res: Sink
  readonly #signal: AbortSignal
  readonly #stallMs: number
  readonly #maxPendingBytes: number

  constructor(
    res: Sink,
    signal: AbortSignal,
    options: { readonly stallMs?: number; readonly maxPendingBytes?: number } = {},
  ) {
    this.#res = res
    this.#signal = signal
    this.#stallMs = options.stallMs ?? defaultStallMs
    this.#maxPendingBytes = options.maxPendingBytes ?? defaultPendingBytes
  }

  /**
   * False when the response must end: the client is gone, takes nothing any more, or the signal has aborted. One piece that a client takes
   * needs no promise: watchers are many.
   */
  write(pieces: readonly Buffer[]): boolean | Promise<boolean> {
    const [first] = pieces
    if (first === undefined) return true
    return pieces.length === 1 ? this.#writeOne(first) : this.#writeAll(pieces)
  }

  #writeOne(piece: Buffer): boolean | Promise<boolean> {
    if (this.#signal.aborted || this.#res.destroyed) return false
    this.#res.write(piece)
    return this.#res.writableLength <= this.#maxPendingBytes || this.#drained()
  }

  async #writeAll(pieces: readonly Buffer[]): Promise<boolean> {
    for (const group of grouped(pieces)) if (!(await this.#writeOne(group))) return false
    return true
  }

  /** False: the signal has aborted, as it does when the client leaves, or nothing has been taken for too long. */
  #drained(): Promise<boolean> {
    const [res, signal] = [this.#res, this.#signal]
    return new Promise((resolve) => {
      const settle = (going: boolean): void => {
        clearTimeout(timer)
        res.off('drain', onDrain)
        signal.removeEventListener('abort', onAbort)
        resolve(going)
      }
      const onDrain = (): void => settle(true)
      const onAbort = (): void => settle(false)
      const timer = setTimeout(() => {
        res.destroy()
        settle(false)
      }, this.#stallMs)
      res.once('drain', onDrain)
      signal.addEventListener('abort', onAbort)
    })
  }
}

/** Large pieces as they are, which may be the same octets for many clients; neighbours that are small put together. */
function* grouped(pieces: readonly Buffer[]): Generator<Buffer> {
  let small: Buffer[] = []
  let length = 0
  for (const piece of pieces) {
    const isLarge = piece.length >= leastWriteBytes
    if (small.length > 0 && (isLarge || length + piece.length > maxCopiedBytes)) {
      yield joined(small)
      small = []
      length = 0
    }
    if (isLarge) yield piece
    else {
      small.push(piece)
      length += piece.length
    }
  }
  if (small.length > 0) yield joined(small)
}

const joined = (pieces: readonly Buffer[]): Buffer => {
  const [first] = pieces
  return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces)
}
