import { once } from 'node:events'
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Express } from 'express'
import { UsageError } from '#apimachinery/errors/usage-error.ts'

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
}

/** Megabytes that one HTTP/2 connection may hold: clients put all their watches and large lists on one. */
const maxSessionMemory = 1000

/** Requests that are still running after this are cut off at shutdown. */
const graceMs = 5000

/** HTTP/2 and HTTP/1.1 over TLS on one port. Client certificates are asked for; who has none may still have a token. */
export class Listener implements AsyncDisposable {
  readonly #server: Http2SecureServer
  readonly #sockets = new Set<TLSSocket>()
  /** Connections of HTTP/1.1 with a request on them. */
  readonly #busy = new Set<Socket>()
  readonly #sessions = new Set<ServerHttp2Session>()
  #closing = false

  constructor(app: Express, { tls, onHandshakeError }: ListenerOptions) {
    this.#server = createSecureServer(
      {
        allowHTTP1: true,
        cert: tls.cert,
        key: tls.key,
        ca: [...tls.clientAuthorities],
        requestCert: true,
        rejectUnauthorized: false,
        maxSessionMemory,
        settings: { maxConcurrentStreams: 1000 },
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
    }, graceMs)
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
