import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decode, queryOf } from '../test/framework/dns-messages.ts'
import { createHandler } from './handler.ts'
import { Metrics } from './metrics.ts'
import { listen, type Listeners, UdpListener } from './server.ts'
import own from './testdata/own-zone.json' with { type: 'json' }
import { zoneOf } from './testing/zone-text.ts'
import { compileZone } from './zone/answer-table.ts'

const zone = zoneOf(own.zone.origin, own.zone.records)
const state = { origin: zone.origin, table: compileZone(zone), stale: false, expired: false }
const metrics = new Metrics()
const handler = createHandler({
  state: () => state,
  metrics,
  onDefect: (error) => {
    throw error
  },
})
const address = '127.0.0.1'
const onError = (error: Error): never => {
  throw error
}
let server: Listeners
const sockets: Socket[] = []

beforeEach(async () => {
  server = await listen({ handler, port: 0, address, onError })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server[Symbol.asyncDispose]()
})

async function tcp(): Promise<Socket> {
  const socket = connect(server.port, address)
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

const frame = (message: Buffer): Buffer => {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}

/** Reads so many framed messages. */
async function readFrames(socket: Socket, count: number): Promise<Buffer[]> {
  let bytes = Buffer.alloc(0)
  const frames: Buffer[] = []
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer])
    while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
      const end = 2 + bytes.readUInt16BE(0)
      frames.push(bytes.subarray(2, end))
      bytes = bytes.subarray(end)
    }
    if (frames.length >= count) return frames
  }
  return frames
}

const name = 'nginx.default.myfed.svc.example.com'

async function askUdp(query: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4')
  try {
    socket.send(query, server.port, address)
    const [reply] = (await once(socket, 'message')) as [Buffer]
    return reply
  } finally {
    socket.close()
  }
}

test('answers over UDP', async () => {
  const reply = decode(await askUdp(queryOf({ name, type: 1 })))
  expect(reply.answer).toHaveLength(2)
})

test('pipelined queries, cut anywhere, are answered in one connection', async () => {
  const socket = await tcp()
  const all = Buffer.concat(
    Array.from({ length: 300 }, (_, id) => frame(queryOf({ name, type: 1, id }))),
  )
  for (let at = 0; at < all.length; at += 700) socket.write(all.subarray(at, at + 700))
  const replies = await readFrames(socket, 300)
  expect(replies.map((r) => r.readUInt16BE(0))).toEqual(Array.from({ length: 300 }, (_, i) => i))
})

test('a client that half-closes gets its answer', async () => {
  const socket = await tcp()
  socket.end(frame(queryOf({ name, type: 1 })))
  expect(await readFrames(socket, 1)).toHaveLength(1)
})

test.each([
  ['an empty frame', Buffer.from([0, 0])],
  ['a frame that is too long', Buffer.from([0xff, 0xff, 1, 2])],
  ['a reply', frame(Buffer.from('1234818000010000000000000161076578616d706c650000010001', 'hex'))],
])('%s ends the connection', async (_title, bytes) => {
  const socket = await tcp()
  socket.on('error', () => {})
  socket.resume()
  socket.write(bytes)
  await once(socket, 'close')
  expect(decode(await askUdp(queryOf({ name, type: 1 }))).answer).toHaveLength(2)
})

test('a client that does not read is not read from', async () => {
  const socket = await tcp()
  socket.pause()
  const big = frame(queryOf({ name: 'big.default.myfed.svc.example.com', type: 1 }))
  const burst = Buffer.concat(Array.from({ length: 200 }, () => big))
  const before = metrics.queries
  let sent = 0
  while (sent < 200 && socket.write(burst)) sent++
  for (; sent < 200; sent++) socket.write(burst)
  // The other transport shows that the loop has turned since.
  for (let i = 0; i < 20; i++) await askUdp(queryOf({ name, type: 1 }))
  expect(metrics.queries - before).toBeLessThan(200 * 200)
  expect(socket.destroyed).toBe(false)
})

test('a taken port is named, with the way out', async () => {
  await expect(listen({ handler, port: server.port, address, onError })).rejects.toThrow(
    `DNS port ${server.port} on 127.0.0.1 is already in use: stop the program that listens there, or choose another with --dns-port`,
  )
})

test('a datagram from port 0 is not looked at: nothing can be sent there', async () => {
  let asked = 0
  const counting = (...args: Parameters<typeof handler>) => {
    asked++
    return handler(...args)
  }
  const udp = new UdpListener(counting, 4)
  udp.handle(queryOf({ name, type: 1 }), { address, family: 'IPv4', port: 0, size: 30 })
  expect(asked).toBe(0)
  await new Promise<void>((resolve) => udp.close(() => resolve()))
})
