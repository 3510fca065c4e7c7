import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { PacedResponse } from './paced-response.ts'

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
const large = Buffer.alloc(200 * 1024)

describe('PacedResponse', () => {
  test('a client that keeps up is never waited for', async () => {
    const client = new SlowClient()
    const stream = new PacedResponse(client, new AbortController().signal)
    expect(await stream.write([small, small])).toBe(true)
    expect(client.writableLength).toBe(2000)
  })

  test('a slow client is waited for, with a bounded amount of bytes', async () => {
    const client = new SlowClient()
    const stream = new PacedResponse(client, new AbortController().signal)
    expect(await stream.write([large])).toBe(true)
    let written = false
    const second = Promise.resolve(stream.write([large])).then((going) => {
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

  test('of many pieces no more are written than may wait, in order, large ones as they are', async () => {
    const client = new SlowClient()
    const written: Buffer[] = []
    const sink: Pick<
      SlowClient,
      'write' | 'destroy' | 'destroyed' | 'writableLength' | 'once' | 'off'
    > = Object.create(client, {
      write: {
        value: (chunk: Buffer) => {
          written.push(chunk)
          return client.write(chunk)
        },
      },
    })
    const stream = new PacedResponse(sink, new AbortController().signal)
    const pieces = Array.from({ length: 300 }, (_, i) => Buffer.alloc(1000, i))
    const middling = Buffer.alloc(5000)
    pieces.splice(100, 0, large, ...Array.from({ length: 100 }, () => middling))
    let isOver = false
    const writing = Promise.resolve(stream.write(pieces)).then((going) => {
      isOver = true
      return going
    })
    let most = 0
    while (!isOver) {
      most = Math.max(most, client.writableLength)
      client.resume()
      await new Promise(setImmediate)
    }
    expect(await writing).toBe(true)
    expect(most).toBeLessThan(256 * 1024 + large.length + 1)
    expect(Buffer.concat(written).equals(Buffer.concat(pieces))).toBe(true)
    // Nothing is copied that is large enough to go by itself.
    expect(written).toContain(large)
    expect(written.filter((piece) => piece === middling)).toHaveLength(100)
    expect(written.length).toBeLessThan(110)
  })

  test('a client that takes nothing any more loses its watch', async () => {
    const client = new SlowClient()
    const stream = new PacedResponse(client, new AbortController().signal, { stallMs: 5 })
    expect(await stream.write([large, large])).toBe(false)
    expect(client.destroyed).toBe(true)
  })

  test('the end of the watch ends the waiting, without cutting the client off', async () => {
    const abort = new AbortController()
    const client = new SlowClient()
    const stream = new PacedResponse(client, abort.signal)
    const waiting = stream.write([large, large])
    abort.abort()
    expect(await waiting).toBe(false)
    expect(client.destroyed).toBe(false)
    expect(await stream.write([small])).toBe(false)
  })
})
