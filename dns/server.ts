import type { RemoteInfo, SocketOptions } from 'node:dgram'
import { isIPv6, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { TCPServer, UDPServer } from 'dns2'
import type { Logger } from 'pino'
import type { ApiClient } from '#client/api-client.ts'
import { EndpointSource } from './endpoint-source.ts'
import { createHandler, type Handler } from './handler.ts'
import { type HealthServer, startHealthServer } from '#component-base/health-server.ts'
import { maxQueryOctets } from './message.ts'
import { Metrics } from './metrics.ts'

const socketBufferOctets = 4 * 1024 * 1024
const maxConnections = 512
const idleMs = 10_000
/** Unsent octets of one connection above which it is no longer read. */
const maxUnsentOctets = 256 * 1024

/** The peer's address is a literal already: the resolver is not asked. */
const literalLookup: SocketOptions['lookup'] = (address, _options, callback) => {
  callback(null, address, isIPv6(address) ? 6 : 4)
}

/**
 * dns2's UDP server with our own way from octets to octets: its parser, which one packet can keep busy for seconds, and
 * its replies, which can end the process, are not reached.
 */
export class UdpListener extends UDPServer {
  readonly #handler: Handler

  constructor(handler: Handler, family: 4 | 6) {
    const type = {
      type: family === 6 ? 'udp6' : 'udp4',
      recvBufferSize: socketBufferOctets,
      sendBufferSize: socketBufferOctets,
      lookup: literalLookup,
    } satisfies SocketOptions
    // dns2 hands `type` to dgram.Socket as it is, which takes socket options there too; its types know only the name.
    super({ type: type as unknown as 'udp4' })
    this.#handler = handler
  }

  override handle(data: Buffer, peer: RemoteInfo): void {
    // Nothing can be sent to port 0: such a packet is forged.
    if (peer.port === 0) return
    const reply = this.#handler(data, 'udp')
    // A reply that cannot be sent is lost, as any datagram may be; without a callback the error event has it.
    if (reply !== undefined) this.send(reply, peer.port, peer.address, ignore)
  }
}

const ignore = (): void => {}

/** dns2's TCP server with our own framing: bounded in connections, in octets read ahead, in octets unsent, and in time. */
class TcpListener extends TCPServer {
  readonly #handler: Handler
  readonly #sockets = new Set<Socket>()

  constructor(handler: Handler) {
    super()
    this.#handler = handler
    this.maxConnections = maxConnections
  }

  get open(): number {
    return this.#sockets.size
  }

  /** dns2 calls this for each connection. */
  handle(socket: Socket): void {
    this.#sockets.add(socket)
    // Only a whole message moves the deadline, so that a peer that trickles octets or does not read is let go (RFC 7766 §6.2.3).
    const deadline = setTimeout(() => socket.destroy(), idleMs)
    let pending: Buffer = Buffer.alloc(0)
    const drain = (): void => {
      const taken = this.#answerAll(socket, pending)
      if (taken === undefined) {
        socket.destroy()
        return
      }
      if (taken > 0) deadline.refresh()
      pending = pending.subarray(taken)
    }
    socket.on('data', (chunk: Buffer) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      drain()
    })
    socket.on('drain', () => {
      drain()
      if (socket.writableLength < maxUnsentOctets) socket.resume()
    })
    socket.on('end', () => socket.end())
    socket.on('error', ignore)
    socket.on('close', () => {
      clearTimeout(deadline)
      this.#sockets.delete(socket)
    })
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Answers the whole messages in `pending`; returns the octets used, or undefined for a message that nobody needs. */
  #answerAll(socket: Socket, pending: Buffer): number | undefined {
    let at = 0
    const replies: Buffer[] = []
    let unsent = socket.writableLength
    while (at + 2 <= pending.length) {
      const length = pending.readUInt16BE(at)
      if (length === 0 || length > maxQueryOctets) return undefined
      if (at + 2 + length > pending.length) break
      if (unsent >= maxUnsentOctets) {
        socket.pause()
        break
      }
      const reply = this.#handler(pending.subarray(at + 2, at + 2 + length), 'tcp')
      if (reply === undefined) return undefined
      const frame = Buffer.allocUnsafe(2)
      frame.writeUInt16BE(reply.length)
      replies.push(frame, reply)
      unsent += reply.length + 2
      at += 2 + length
    }
    if (replies.length > 0) socket.write(Buffer.concat(replies))
    return at
  }
}

export interface Listeners extends AsyncDisposable {
  /** UDP and TCP alike. */
  readonly port: number
  readonly connections: number
}

/** EADDRINUSE and the like, with a message that names the port and a way out; `code` is that of the system. */
function listenError(error: Error & { code?: string }, at: { port: number; address: string }) {
  const why =
    error.code === 'EADDRINUSE'
      ? 'is already in use: stop the program that listens there, or choose another with --dns-port'
      : error.code === 'EACCES'
        ? 'may not be opened by this user: choose a port above 1023 with --dns-port'
        : `cannot be opened: ${error.message}`
  return Object.assign(new Error(`DNS port ${at.port} on ${at.address} ${why}`, { cause: error }), {
    code: error.code,
  })
}

const bindUdp = (udp: UdpListener, at: { port: number; address: string }): Promise<number> =>
  new Promise((resolve, reject) => {
    udp.once('error', (error: Error) => reject(listenError(error, at)))
    udp.bind({ ...at, exclusive: true }, () => resolve(udp.address().port))
  })

const bindTcp = (tcp: TcpListener, at: { port: number; address: string }): Promise<void> =>
  new Promise((resolve, reject) => {
    tcp.once('error', (error: Error) => reject(listenError(error, at)))
    tcp.listen({ port: at.port, host: at.address, exclusive: true }, () => resolve())
  })

export interface ListenOptions {
  readonly handler: Handler
  /** 0: any port that is free for both transports. */
  readonly port: number
  readonly address: string
  readonly onError: (error: Error) => void
}

const portAttempts = 10

/** Opens the UDP and the TCP socket on one port. Throws an Error that names a port that is taken. */
export async function listen(options: ListenOptions): Promise<Listeners> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listenOnce(options)
    } catch (error) {
      // A port that the system chose for UDP may be taken for TCP.
      if (options.port !== 0 || attempt >= portAttempts) throw error
    }
  }
}

async function listenOnce({ handler, port, address, onError }: ListenOptions): Promise<Listeners> {
  const udp = new UdpListener(handler, isIPv6(address) ? 6 : 4)
  const tcp = new TcpListener(handler)
  const closeUdp = (): Promise<void> => new Promise((resolve) => udp.close(() => resolve()))
  let bound: number
  try {
    bound = await bindUdp(udp, { port, address })
    await bindTcp(tcp, { port: bound, address })
  } catch (error) {
    await closeUdp().catch(ignore)
    throw error
  }
  udp.on('error', onError)
  tcp.on('error', onError)
  return {
    port: bound,
    get connections() {
      return tcp.open
    },
    async [Symbol.asyncDispose]() {
      tcp.destroyAll()
      await Promise.all([closeUdp(), new Promise((resolve) => tcp.close(resolve))])
    },
  }
}

export interface DnsServerOptions {
  /** The zone, with or without a final dot. */
  readonly zone: string
  readonly federationName: string
  /** UDP and TCP; 0: any free one. */
  readonly port: number
  readonly bindAddress: string
  /** What ns1 and ns2 of the zone resolve to; the bind address, or this machine's, when empty. */
  readonly advertiseAddresses?: readonly string[]
  /** Keeps the data for a restart while the federation's API is away. */
  readonly snapshotFile?: string
  /** Serves /healthz, /readyz and /metrics over HTTP; not at all when absent. */
  readonly metricsPort?: number
}

export interface DnsServer extends AsyncDisposable {
  readonly port: number
  readonly metricsPort?: number
  /** Whether there is data to answer from. */
  isReady(): boolean
  close(): Promise<void>
}

const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::'

function advertised(options: DnsServerOptions): string[] {
  const given = options.advertiseAddresses ?? []
  if (given.length > 0) return [...given]
  if (!isWildcard(options.bindAddress)) return [options.bindAddress]
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const [outside] = own.filter((a) => !a.internal && a.family === 'IPv4')
  return [outside?.address ?? '127.0.0.1']
}

function openHealth(
  options: DnsServerOptions,
  source: EndpointSource,
  render: () => string,
): Promise<HealthServer> | undefined {
  if (options.metricsPort === undefined) return undefined
  return startHealthServer({
    address: options.bindAddress,
    port: options.metricsPort,
    isReady: () => source.state.table !== undefined,
    renderMetrics: render,
  })
}

/**
 * Serves the federation's zone; answers SERVFAIL until the first data came, and serves on while the API is away. Throws an
 * Error that names the port when it is taken.
 */
export async function startDnsServer(
  options: DnsServerOptions,
  { client, logger }: { client: ApiClient; logger: Logger },
): Promise<DnsServer> {
  const metrics = new Metrics()
  const source = new EndpointSource({
    client,
    logger,
    domain: options.zone.replace(/\.$/, '').toLowerCase(),
    federation: options.federationName,
    addresses: advertised(options),
    ...(options.snapshotFile === undefined ? {} : { snapshotFile: options.snapshotFile }),
  })
  const handler = createHandler({
    state: () => source.state,
    metrics,
    onDefect: (err) => logger.error({ err }, 'query not answered'),
  })
  const onError = (err: Error): void => logger.warn({ err }, 'socket error')
  await source.loadSnapshot()
  await using cleanup = new AsyncDisposableStack()
  const listeners = cleanup.use(
    await listen({ handler, port: options.port, address: options.bindAddress, onError }),
  )
  const render = (): string =>
    metrics.render({
      serial: source.serial,
      names: source.state.table?.names.size ?? 0,
      ready: source.state.table !== undefined,
      ageSeconds: Math.round(source.ageMs() / 1000),
      tcpConnections: listeners.connections,
    })
  const health = await openHealth(options, source, render)
  if (health !== undefined) cleanup.use(health)
  const stopped = new AbortController()
  const running = source.run(stopped.signal)
  logger.info({ port: listeners.port, zone: options.zone }, 'dns serving')
  const owned = cleanup.move()
  const close = async (): Promise<void> => {
    stopped.abort()
    await running
    await owned.disposeAsync()
  }
  return {
    port: listeners.port,
    ...(health === undefined ? {} : { metricsPort: health.port }),
    isReady: () => source.state.table !== undefined,
    close,
    [Symbol.asyncDispose]: close,
  }
}
