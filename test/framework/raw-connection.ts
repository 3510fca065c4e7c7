import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import type { ApiServer } from '../../federation-apiserver/server.ts'

/** What a client of HTTP/2 begins with (RFC 9113 §3.4). */
export const http2Preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** HTTP/2 frame types (RFC 9113 §6). */
export const frameType = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

/** One frame (RFC 9113 §4.1). */
export function frame(
  type: number,
  {
    flags = 0,
    stream = 0,
    payload = Buffer.alloc(0),
  }: { flags?: number; stream?: number; payload?: Buffer } = {},
): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** A header as a literal without indexing (RFC 7541 §6.2.2), its name and value shorter than 127 octets each. */
export const literal = (name: string, value: string): Buffer =>
  Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ])

/** The header block of a request. */
export const requestHeaders = (
  path: string,
  method = 'GET',
  more: readonly Buffer[] = [],
): Buffer =>
  Buffer.concat([
    literal(':method', method),
    literal(':scheme', 'https'),
    literal(':authority', 'localhost'),
    literal(':path', path),
    ...more,
  ])

export const endStream = 1
export const endHeaders = 4

/** The octets of a connection to an API server, which a client that means no good writes by itself. */
export class RawConnection implements Disposable {
  readonly socket: TLSSocket
  #received = Buffer.alloc(0)
  #closed = false

  private constructor(socket: TLSSocket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      // Enough to see what it was told.
      if (this.#received.length < 1024 * 1024)
        this.#received = Buffer.concat([this.#received, chunk])
    })
    socket.on('error', () => undefined)
    socket.on('close', () => (this.#closed = true))
  }

  /** After the TLS handshake; on h2 after the preface and empty settings. */
  static async open(
    { port, caCertificate, kubeconfig }: ApiServer,
    protocol: 'h2' | 'http/1.1',
    { anonymous = false }: { anonymous?: boolean } = {},
  ): Promise<RawConnection> {
    const user = kubeconfig.users[0]?.user
    const decoded = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64')
    const socket = connect({
      ...{ port, host: '127.0.0.1', ca: caCertificate, ALPNProtocols: [protocol] },
      ...(anonymous
        ? {}
        : {
            cert: decoded(user?.['client-certificate-data']),
            key: decoded(user?.['client-key-data']),
          }),
    })
    await once(socket, 'secureConnect')
    const connection = new RawConnection(socket)
    if (protocol === 'h2') connection.write(http2Preface, frame(frameType.settings))
    return connection
  }

  get closed(): boolean {
    return this.#closed
  }

  /** What has been received, the first mebibyte. */
  get received(): Buffer {
    return this.#received
  }

  /** Types of the frames received. */
  get frames(): number[] {
    const types: number[] = []
    for (let at = 0; at + 9 <= this.#received.length; at += 9 + this.#received.readUIntBE(at, 3))
      types.push(this.#received[at + 3] ?? -1)
    return types
  }

  write(...pieces: readonly Buffer[]): void {
    if (!this.#closed) this.socket.write(Buffer.concat(pieces))
  }

  /** Writes and waits until the other side has taken it, or is gone. */
  async flush(...pieces: readonly Buffer[]): Promise<void> {
    if (this.#closed) return
    await new Promise<void>((resolve) => {
      this.socket.write(Buffer.concat(pieces), () => resolve())
    })
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}
