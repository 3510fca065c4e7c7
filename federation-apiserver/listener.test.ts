import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../test/framework/paths.ts'
import {
  endHeaders,
  frame,
  frameType,
  http2Preface,
  requestHeaders,
} from '../test/framework/raw-connection.ts'
import { loadOrCreatePki } from './authentication/pki.ts'
import { serveHttp2 } from './endpoints/express-http2.ts'
import { Listener } from './listener.ts'

const times = { handshakeMs: 300, headersMs: 400, requestMs: 1200, idleMs: 800, graceMs: 500 }

interface Running {
  readonly port: number
  readonly listener: Listener
  /** Answers what waits on /wait. */
  readonly answer: () => void
  /** Requests on /wait so far. */
  readonly waiting: () => number
}

async function start(): Promise<Running> {
  const pki = await loadOrCreatePki(temporaryFolder('listener'), { names: [], ips: [] })
  const app = express()
  const waiting: (() => void)[] = []
  app.use((req, res) => {
    if (req.path === '/wait') waiting.push(() => res.end('waited'))
    else req.resume().once('end', () => res.end('ok'))
  })
  const { cert, key } = pki.server
  const options = {
    ...{ bindAddress: '127.0.0.1', port: 0, portFlag: 'secure-port', times },
    tls: { cert, key, clientAuthorities: [] },
  }
  const listener = new Listener(serveHttp2(app), options)
  const port = await listener.listen(options)
  const answer = (): void => {
    for (const end of waiting.splice(0)) end()
  }
  return { port, listener, answer, waiting: () => waiting.length }
}

const tls = (port: number, protocol: 'h2' | 'http/1.1'): TLSSocket =>
  connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: [protocol] })

/** What a connection got until the other side closed it, and after how many milliseconds that was. */
async function untilClosed(socket: Socket): Promise<{ text: string; ms: number }> {
  const began = performance.now()
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.on('error', () => undefined)
  await once(socket, 'close')
  return { text, ms: performance.now() - began }
}

describe('a client that is slow on purpose loses its connection', () => {
  let running: Running
  beforeAll(async () => {
    running = await start()
  })
  afterAll(() => running.listener[Symbol.asyncDispose]())

  const head = 'POST / HTTP/1.1\r\nHost: a\r\n'
  test.each<[string, 'h2' | 'http/1.1' | 'tcp', Buffer, number, string]>([
    ['no TLS', 'tcp', Buffer.alloc(0), times.handshakeMs, ''],
    ['half a TLS record', 'tcp', Buffer.from([22, 3, 1, 2, 0]), times.handshakeMs, ''],
    ['no request', 'http/1.1', Buffer.alloc(0), times.headersMs, ' 408 '],
    ['half its headers', 'http/1.1', Buffer.from(head), times.headersMs, ' 408 '],
    [
      'half its body',
      'http/1.1',
      Buffer.from(`${head}Content-Length: 9\r\n\r\nabc`),
      times.requestMs,
      ' 408 ',
    ],
    [
      'no second request',
      'http/1.1',
      Buffer.from(`${head}Content-Length: 0\r\n\r\n`),
      times.idleMs,
      ' 200 OK',
    ],
    ['half the preface of HTTP/2', 'h2', http2Preface.subarray(0, 9), times.idleMs, ''],
    [
      'no request',
      'h2',
      Buffer.concat([http2Preface, frame(frameType.settings)]),
      times.idleMs,
      '',
    ],
    [
      'headers without an end',
      'h2',
      Buffer.concat([
        http2Preface,
        frame(frameType.settings),
        frame(frameType.headers, { stream: 1, payload: requestHeaders('/') }),
      ]),
      times.idleMs,
      '',
    ],
  ])('%s (%s)', async (_, protocol, sent, afterMs, text) => {
    const { port } = running
    const socket = protocol === 'tcp' ? connectTcp(port, '127.0.0.1') : tls(port, protocol)
    socket.write(sent)
    const closed = await untilClosed(socket)
    expect(closed.text).toContain(text)
    expect(closed.ms).toBeGreaterThan(afterMs * 0.8)
  })

  test('one that waits for an answer keeps it, however long that takes', async () => {
    const socket = tls(running.port, 'h2')
    socket.write(
      Buffer.concat([
        http2Preface,
        frame(frameType.settings),
        frame(frameType.headers, {
          flags: endHeaders | 1,
          stream: 1,
          payload: requestHeaders('/wait'),
        }),
      ]),
    )
    const closed = untilClosed(socket)
    await sleep(2.5 * times.idleMs)
    expect(socket.destroyed).toBe(false)
    running.answer()
    // From now on it is idle.
    expect((await closed).text).toContain('waited')
  })
})

test('a line of HTTP/1.1 that claims to be HTTP/2.0 is refused, and harms nobody', async () => {
  const { port, listener } = await start()
  await using _ = listener
  for (const [version, answer] of [
    ['2.0', 'HTTP/1.1 505 '],
    ['1.1', 'HTTP/1.1 200 OK'],
  ]) {
    const socket = tls(port, 'http/1.1')
    socket.write(`GET / HTTP/${version}\r\nHost: a\r\nConnection: close\r\n\r\n`)
    expect((await untilClosed(socket)).text).toContain(answer)
  }
})

describe('at the end', () => {
  test('running requests finish, idle connections end, new ones are refused', async () => {
    const { port, listener, answer, waiting } = await start()
    const idle = [tls(port, 'http/1.1'), tls(port, 'h2')]
    idle[1]?.write(Buffer.concat([http2Preface, frame(frameType.settings)]))
    const old = tls(port, 'http/1.1')
    old.write('GET /wait HTTP/1.1\r\nHost: a\r\n\r\n')
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
    session.on('error', () => undefined)
    const stream = session.request({ ':path': '/wait' })
    let text = ''
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    while (waiting() < 2) await sleep(10)

    const idleClosed = idle.map((socket) => untilClosed(socket))
    const oldClosed = untilClosed(old)
    const streamClosed = once(stream, 'close')
    const ended = listener[Symbol.asyncDispose]()
    await Promise.all(idleClosed)
    const refused = once(connectTcp(port, '127.0.0.1'), 'connect')
    await expect(refused).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    answer()
    expect((await oldClosed).text).toContain('waited')
    await streamClosed
    expect(text).toBe('waited')
    await ended
  })

  test('what does not finish is cut off', async () => {
    const { port, listener, waiting } = await start()
    const socket = tls(port, 'http/1.1')
    socket.write('GET /wait HTTP/1.1\r\nHost: a\r\n\r\n')
    while (waiting() < 1) await sleep(10)
    const [closed] = await Promise.all([untilClosed(socket), listener[Symbol.asyncDispose]()])
    expect(closed.text).toBe('')
    expect(closed.ms).toBeGreaterThan(times.graceMs * 0.8)
  })
})
