import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { WatchStream } from './watch-stream.ts'

/** A client that takes nothing until `resume` is called. */
class SlowClient extends Writable {
  #resume: (() => void) | undefined
  taken = 0

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#resume = () => {
      this.taken += chunk.length
      done()
    }
  }

  resume(): void {
    this.#resume?.()
  }
}

const small = Buffer.alloc(1000)
const large = Buffer.alloc(700 * 1024)

describe('WatchStream', () => {
  test('a client that keeps up is never waited for', async () => {
    const client = new SlowClient()
    const stream = new WatchStream(client, new AbortController().signal)
    expect(await stream.write([small, small])).toBe(true)
    expect(client.writableLength).toBe(2000)
  })

  test('a slow client is waited for, with a bounded amount of bytes', async () => {
    const client = new SlowClient()
    const stream = new WatchStream(client, new AbortController().signal)
    expect(await stream.write([large])).toBe(true)
    let written = false
    const second = stream.write([large]).then((going) => {
      written = true
      return going
    })
    await new Promise(setImmediate)
    expect(written).toBe(false)
    client.resume()
    await new Promise(setImmediate)
    client.resume()
    expect(await second).toBe(true)
    expect(client.taken).toBe(2 * large.length)
  })

  test('a client that takes nothing any more loses its watch', async () => {
    const client = new SlowClient()
    const stream = new WatchStream(client, new AbortController().signal, { stallMs: 5 })
    expect(await stream.write([large, large])).toBe(false)
    expect(client.destroyed).toBe(true)
  })

  test('the end of the watch ends the waiting, without cutting the client off', async () => {
    const abort = new AbortController()
    const client = new SlowClient()
    const stream = new WatchStream(client, abort.signal)
    const waiting = stream.write([large, large])
    abort.abort()
    expect(await waiting).toBe(false)
    expect(client.destroyed).toBe(false)
    expect(await stream.write([small])).toBe(false)
  })
})
