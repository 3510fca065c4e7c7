import { createSocket, type SocketOptions } from 'node:dgram'
import { UDPServer } from 'dns2'
import { createHandler } from '../../dns/handler.ts'
import { Metrics } from '../../dns/metrics.ts'
import { listen } from '../../dns/server.ts'
import own from '../../dns/testdata/own-zone.json' with { type: 'json' }
import { zoneOf } from '../../dns/testing/zone-text.ts'
import { compileZone } from '../../dns/zone/answer-table.ts'

const address = '127.0.0.1'
const fail = (err: unknown): never => {
  throw err
}

/** The federation's DNS server over a zone that does not change. */
async function ours(): Promise<number> {
  const zone = zoneOf(own.zone.origin, own.zone.records)
  const state = { origin: zone.origin, table: compileZone(zone), stale: false, expired: false }
  const handler = createHandler({ state: () => state, metrics: new Metrics(), onDefect: fail })
  return (await listen({ handler, port: 0, address, onError: fail })).port
}

/** dns2 as its README shows it, over a Map of the same addresses. */
async function stock(): Promise<number> {
  const { default: dns2 } = await import('dns2')
  const { Packet } = dns2
  const addresses = new Map<string, string[]>()
  for (const { name, type, rdata } of own.zone.records) {
    if (type !== 'A') continue
    const key = name.slice(0, -1)
    addresses.set(key, [...(addresses.get(key) ?? []), rdata])
  }
  const server = new UDPServer((request, send) => {
    const response = Packet.createResponseFromRequest(request)
    const name = request.questions[0]?.name ?? ''
    for (const found of addresses.get(name.toLowerCase()) ?? []) {
      const record = { name, type: Packet.TYPE.A, class: Packet.CLASS.IN, ttl: 30, address: found }
      // What the README shows; the types ask for more.
      response.answers.push(record as (typeof response.answers)[number])
    }
    void send(response)
  })
  await server.listen(0, address)
  return server.address().port
}

/** What a socket of Node costs by itself: each query sent back as it came, marked as a response. */
async function echo(): Promise<number> {
  const lookup: SocketOptions['lookup'] = (name, _options, callback) => callback(null, name, 4)
  const socket = createSocket({ type: 'udp4', lookup })
  socket.on('message', (message, peer) => {
    message[2] = (message[2] ?? 0) | 0x80
    socket.send(message, peer.port, peer.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, address, resolve))
  return socket.address().port
}

const servers = { ours, stock, echo }
console.log(`port ${await servers[process.argv[2] as keyof typeof servers]()}`)
