import { StatusError } from '#apimachinery/errors/status-error.ts'
import type { ApiObject, WatchEvent } from '#apimachinery/meta/object-meta.ts'
import { ConnectionError, type RawResponse } from './api-client.ts'
import { LineSplitter } from './line-splitter.ts'
import { isStatus, statusErrorOf } from './response-status.ts'
import type { StreamSink } from './answer.ts'
import type { Exchange, Transport } from './transport.ts'

/** Lines waiting for the reader above which the connection is not read any further. */
const highWater = 4096

interface Flow {
  pause(): void
  resume(): void
}

/** Between a connection that pushes and a reader that pulls. */
class WatchSink implements StreamSink {
  #status = 0
  #headers: RawResponse['headers'] = {}
  #splitter = new LineSplitter()
  #lines: string[] = []
  #failure: Buffer[] = []
  #paused: Flow | undefined
  #ended = false
  #error: unknown
  #wake: (() => void) | undefined

  onHead(status: number, headers: RawResponse['headers']): void {
    this.#status = status
    this.#headers = headers
  }

  onData(chunk: Buffer, flow: Flow): void {
    if (this.#status > 299) {
      this.#failure.push(chunk)
      return
    }
    const lines = this.#splitter.push(chunk)
    if (lines.length === 0) return
    if (this.#lines.length === 0) this.#lines = lines
    else for (const line of lines) this.#lines.push(line)
    if (this.#lines.length > highWater) {
      this.#paused = flow
      flow.pause()
    }
    this.#wake?.()
  }

  onEnd(error?: unknown): void {
    this.#ended = true
    this.#error = error
    if (error === undefined && this.#status > 299) {
      const body = Buffer.concat(this.#failure)
      this.#error = statusErrorOf({ status: this.#status, headers: this.#headers, body })
    }
    this.#wake?.()
  }

  /** The lines that have come since the last call, waiting for some; undefined at the end of the stream. */
  async next(): Promise<string[] | undefined> {
    for (;;) {
      if (this.#lines.length > 0) {
        const lines = this.#lines
        this.#lines = []
        const paused = this.#paused
        this.#paused = undefined
        paused?.resume()
        return lines
      }
      if (this.#ended) {
        if (this.#error !== undefined) throw this.#error
        return undefined
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
  }
}

function parseEvent<T>(line: string, path: string): WatchEvent<T> {
  let event: WatchEvent<T>
  try {
    event = JSON.parse(line) as WatchEvent<T>
  } catch (cause) {
    throw new ConnectionError(`GET ${path}: a watch event is no JSON`, { cause })
  }
  if (event.type === 'ERROR') {
    const status: unknown = event.object
    throw isStatus(status)
      ? new StatusError(status)
      : new ConnectionError(`GET ${path}: the watch failed: ${line.slice(0, 256)}`)
  }
  return event
}

/** The events of one watch, parsed as they are asked for. Leaving the loop ends the request. */
export async function* watchEvents<T extends ApiObject>(
  transport: Transport,
  request: Pick<Exchange, 'path' | 'headers' | 'signal'>,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const { path, signal } = request
  const left = new AbortController()
  const onAbort = (): void => left.abort(signal?.reason)
  if (signal?.aborted === true) onAbort()
  signal?.addEventListener('abort', onAbort)
  const sink = new WatchSink()
  try {
    if (left.signal.aborted) return
    await transport.stream({ ...request, method: 'GET', signal: left.signal }, sink)
    for (let lines = await sink.next(); lines !== undefined; lines = await sink.next()) {
      for (const line of lines) yield parseEvent<T>(line, path)
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
    left.abort()
  }
}
