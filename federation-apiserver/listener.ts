import { once } from 'node:events'
import type { ServerOptions } from 'node:http'
import {
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import type { Http2App } from './endpoints/express-http2.ts'

export interface ListenerOptions {
  readonly bindAddress: string
  /** 0 takes any free port. */
  readonly port: number
  /** The flag that a taken port was asked for with, to name it. */
  readonly portFlag: string
  readonly tls: {
    readonly cert: string
    readonly key: string
    /** Authorities of client certificates, PEM. */
    readonly clientAuthorities: readonly string[]
  }
  /** Is told of each connection that ends before TLS is agreed on. */
  readonly onHandshakeError?: () => void
  readonly times?: Partial<ListenerTimes>
}

/** Megabytes that one HTTP/2 connection may hold: clients put all their watches on one, and answers that are made in one piece. */
const maxSessionMemory = 256

/** How long a client may take, in milliseconds; those of kube-apiserver where it has them. */
export interface ListenerTimes {
  /** For the TLS handshake. */
  readonly handshakeMs: number
  /** For the headers of a request (HTTP/1.1). */
  readonly headersMs: number
  /** For a whole request with its body (HTTP/1.1): a little more than a request may take to be answered. */
  readonly requestMs: number
  /** For which a connection may be without a request. */
  readonly idleMs: number
  /** Requests that are still running after this are cut off at shutdown. */
  readonly graceMs: number
}

const defaultTimes: ListenerTimes = {
  handshakeMs: 10_000,
  headersMs: 32_000,
  requestMs: 65_000,
  idleMs: 90_000,
  graceMs: 5000,
}

/** HTTP/2 and HTTP/1.1 over TLS on one port. Client certificates are asked for; who has none may still have a token. */
export class Listener implements AsyncDisposable {
  readonly #server: Http2SecureServer
  readonly #times: ListenerTimes
  readonly #sockets = new Set<TLSSocket>()
  /** Connections of HTTP/1.1 with a request on them. */
  readonly #busy = new Set<Socket>()
  readonly #sessions = new Set<ServerHttp2Session>()
  #closing = false

  constructor({ app, classes }: Http2App, { tls, onHandshakeError, times }: ListenerOptions) {
    this.#times = { ...defaultTimes, ...times }
    const { handshakeMs, headersMs, requestMs, idleMs } = this.#times
    const http1Options: ServerOptions = {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: idleMs,
      // How often the first two are looked at.
      connectionsCheckingInterval: headersMs / 4,
    }
    this.#server = createSecureServer(
      {
        allowHTTP1: true,
        handshakeTimeout: handshakeMs,
        http1Options,
        cert: tls.cert,
        key: tls.key,
        ca: [...tls.clientAuthorities],
        requestCert: true,
        rejectUnauthorized: false,
        maxSessionMemory,
        settings: { maxConcurrentStreams: 1000 },
        ...classes,
      },
      app as unknown as Parameters<typeof createSecureServer>[1],
    )
    this.#server.on('connection', (socket: Socket) => socket.setNoDelay(true))
    this.#server.on('secureConnection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('request', (req, res) => {
      if (req.httpVersionMajor >= 2) return
      const { socket } = req
      this.#busy.add(socket)
      res.once('close', () => this.#busy.delete(socket))
    })
    this.#server.on('session', (session) => {
      this.#sessions.add(session)
      session.once('close', () => this.#sessions.delete(session))
      endWhenIdle(session, idleMs)
      // A connection that was accepted just before the end.
      if (this.#closing) session.close()
    })
    // A client that speaks no TLS, or resets, is its own problem: its socket is closed by Node.
    this.#server.on('sessionError', () => undefined)
    this.#server.on('tlsClientError', () => onHandshakeError?.())
    // Watches live longer than Node lets requests of HTTP/1.1 live by default.
    this.#server.setTimeout(0)
  }

  /** Resolves to the port. Throws UsageError when it is taken. */
  async listen({ bindAddress, port, portFlag }: ListenerOptions): Promise<number> {
    this.#server.listen(port, bindAddress)
    try {
      await once(this.#server, 'listening')
    } catch (err) {
      const code = (err as NodeJS.ErrnoException).code
      if (code === 'EADDRINUSE') {
        throw new UsageError(
          `port ${port} on ${bindAddress} is taken: stop what listens there, or choose another with --${portFlag}`,
          { cause: err },
        )
      }
      if (code === 'EACCES') {
        throw new UsageError(`port ${port} needs rights that this process does not have`)
      }
      throw err
    }
    // A connection that cannot be accepted (no more file descriptors) is no reason to end.
    this.#server.on('error', () => undefined)
    return (this.#server.address() as AddressInfo).port
  }

  /** Takes no new connections and lets what runs finish; the caller ends watches before. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const session of this.#sessions) session.close()
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, this.#times.graceMs)
    const idle = setInterval(() => this.#destroyIdle(), 50)
    await closed
    clearTimeout(timer)
    clearInterval(idle)
  }

  /** Clients keep connections of HTTP/1.1 open for reuse; those of HTTP/2 end by themselves when their session is closed. */
  #destroyIdle(): void {
    for (const socket of this.#sockets) {
      if (socket.alpnProtocol !== 'h2' && !this.#busy.has(socket)) socket.destroy()
    }
  }
}

/** A connection of HTTP/2 without a request for so long is closed; one that is in the middle of sending headers has none either. */
function endWhenIdle(session: ServerHttp2Session, idleMs: number): void {
  let streams = 0
  let timer: NodeJS.Timeout | undefined
  const wait = (): void => {
    if (session.destroyed) return
    timer = setTimeout(() => {
      session.close()
      // Half a request keeps it open.
      timer = setTimeout(() => session.destroy(), idleMs)
      timer.unref()
    }, idleMs)
    timer.unref()
  }
  const onClose = (): void => {
    streams -= 1
    if (streams === 0) wait()
  }
  session.on('stream', (stream: ServerHttp2Stream) => {
    clearTimeout(timer)
    streams += 1
    stream.on('close', onClose)
  })
  session.once('close', () => clearTimeout(timer))
  wait()
}
