import { once } from 'node:events'
import type { OnReadOpts } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'

/** HTTP/2 (RFC 9113) as far as a client needs it that sends small requests and counts what comes back. */
const frames = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  window: 8,
} as const
const endStream = 1
const endHeaders = 4
const acknowledgement = 1
const frameHeaderLength = 9

/** Windows as wide as those of Go's client. */
const streamWindow = 4 * 1024 * 1024
const connectionWindow = 64 * 1024 * 1024
const defaultWindow = 65_535
/** What was received is told this often. */
const updateAfter = 1024 * 1024

export interface LoadTarget {
  readonly url: string
  /** PEM. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string }
}

export interface LoadRequest {
  readonly method: string
  readonly path: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

interface Exchange {
  readonly request: LoadRequest
  readonly resolve: () => void
  readonly reject: (err: Error) => void
  status: number
  /** Bytes that the server has not been told of yet. */
  received: number
  /** The beginning of a failure's body. */
  text: string
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const whole = Buffer.allocUnsafe(frameHeaderLength + payload.length)
  whole.writeUIntBE(payload.length, 0, 3)
  whole[3] = type
  whole[4] = flags
  whole.writeUInt32BE(stream, 5)
  payload.copy(whole, frameHeaderLength)
  return whole
}

const number32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const setting = (id: number, value: number): Buffer =>
  Buffer.concat([Buffer.from([0, id]), number32(value)])

/** A string of HPACK without Huffman's code (RFC 7541 §5). */
function hpackString(text: string): Buffer {
  const bytes = Buffer.from(text)
  const prefix: number[] = [Math.min(bytes.length, 127)]
  if (bytes.length >= 127) {
    let rest = bytes.length - 127
    for (; rest > 127; rest >>= 7) prefix.push((rest & 127) | 128)
    prefix.push(rest)
  }
  return Buffer.concat([Buffer.from(prefix), bytes])
}

const fieldNotIndexed = Buffer.from([0])

const headerBlock = (headers: Readonly<Record<string, string>>): Buffer =>
  Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [
      fieldNotIndexed,
      hpackString(name),
      hpackString(value),
    ]),
  )

const statusIndex = 8
const indexedStatuses = [200, 204, 206, 304, 400, 404, 500]

/** Three digits in Huffman's code of HPACK: five bits for 0 to 2, six for 3 to 9 (RFC 7541 appendix B). */
function huffmanDigits(bytes: Buffer): number {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  let digits = ''
  for (let at = 0; digits.length < 3;) {
    const short = Number.parseInt(bits.slice(at, at + 5), 2)
    digits += short <= 2 ? short : Number.parseInt(bits.slice(at, at + 6), 2) - 0x16
    at += short <= 2 ? 5 : 6
  }
  return Number(digits)
}

/** :status, the first field of an answer. This side has no dynamic table, so nothing before it is needed to read it. */
function statusOf(block: Buffer): number {
  let at = 0
  // What the size of the table is from here on.
  while (((block[at] ?? 0) & 0xe0) === 0x20) at += 1
  const first = block[at] ?? 0
  if (first >= 0x80) return indexedStatuses[(first & 0x7f) - statusIndex] ?? 0
  const length = block[at + 1] ?? 0
  const value = block.subarray(at + 2, at + 2 + (length & 0x7f))
  return length >= 0x80 ? huffmanDigits(value) : Number(value.toString())
}

/**
 * One HTTP/2 connection of a load generator. Node's client needs more CPU for a large answer than the servers do, and would be what is measured:
 * this one looks at the frames and drops what they carry.
 */
export class Connection {
  readonly #socket: TLSSocket
  readonly #authority: string
  readonly #exchanges = new Map<number, Exchange>()
  /** Requests that the server's window has no room for. */
  readonly #blocked: Exchange[] = []
  #nextStream = 1
  #sendWindow = defaultWindow
  #received = 0
  /** A frame whose end has not come; of data only the header. */
  #partial = Buffer.alloc(0)
  /** Of the frame of data that is coming. */
  #data = { left: 0, stream: 0, flags: 0 }

  private constructor(target: LoadTarget) {
    const { hostname, port, host } = new URL(target.url)
    this.#authority = host
    const options: ConnectionOptions & { readonly onread: OnReadOpts } = {
      host: hostname,
      port: Number(port),
      ...target.tls,
      ALPNProtocols: ['h2'],
      onread: {
        buffer: Buffer.alloc(256 * 1024),
        callback: (length, { buffer, byteOffset }) => {
          this.#read(Buffer.from(buffer, byteOffset, length))
          return true
        },
      },
    }
    this.#socket = connect(options)
    this.#socket.setNoDelay(true)
  }

  static async open(target: LoadTarget): Promise<Connection> {
    const connection = new Connection(target)
    await once(connection.#socket, 'secureConnect')
    connection.#begin()
    return connection
  }

  /** Sends one request and waits for the end of its answer; an answer other than 2xx is an error. */
  send(request: LoadRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      const exchange = { request, resolve, reject, status: 0, received: 0, text: '' }
      if (this.#blocked.length > 0 || !this.#start(exchange)) this.#blocked.push(exchange)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #begin(): void {
    const fail = (err: Error): void => {
      for (const { reject } of [...this.#exchanges.values(), ...this.#blocked]) reject(err)
    }
    this.#socket.on('error', fail)
    this.#socket.on('close', () => fail(new Error('the connection ended')))
    const settings = Buffer.concat([setting(1, 0), setting(2, 0), setting(4, streamWindow)])
    this.#socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    this.#write(frames.settings, 0, 0, settings)
    this.#write(frames.window, 0, 0, number32(connectionWindow - defaultWindow))
  }

  #start(exchange: Exchange): boolean {
    const { method, path, body, headers } = exchange.request
    const content = Buffer.from(body ?? '')
    if (content.length > this.#sendWindow) return false
    this.#sendWindow -= content.length
    const id = this.#nextStream
    this.#nextStream += 2
    this.#exchanges.set(id, exchange)
    const block = headerBlock({
      ':method': method,
      ':scheme': 'https',
      ':authority': this.#authority,
      ':path': path,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    })
    const flags = endHeaders | (body === undefined ? endStream : 0)
    this.#write(frames.headers, flags, id, block)
    if (body !== undefined) this.#write(frames.data, endStream, id, content)
    return true
  }

  /** What is written in one turn goes in one piece. */
  #write(type: number, flags: number, stream: number, payload: Buffer): void {
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork()
      process.nextTick(() => this.#socket.uncork())
    }
    this.#socket.write(frame(type, flags, stream, payload))
  }

  #read(chunk: Buffer): void {
    let bytes = chunk
    if (this.#partial.length > 0) {
      bytes = Buffer.concat([this.#partial, chunk])
      this.#partial = Buffer.alloc(0)
    }
    let at = 0
    for (;;) {
      if (this.#data.left > 0) {
        const end = Math.min(bytes.length, at + this.#data.left)
        this.#readData(bytes.subarray(at, end))
        at = end
      }
      if (bytes.length - at < frameHeaderLength) break
      const length = bytes.readUIntBE(at, 3)
      const [type = 0, flags = 0] = bytes.subarray(at + 3, at + 5)
      const stream = bytes.readUInt32BE(at + 5)
      if (type === frames.data) {
        this.#data = { left: length, stream, flags }
        if (length === 0) this.#readData(Buffer.alloc(0))
        at += frameHeaderLength
        continue
      }
      const end = at + frameHeaderLength + length
      if (bytes.length < end) break
      this.#take(type, flags, stream, bytes.subarray(at + frameHeaderLength, end))
      at = end
    }
    // The buffer that was read into is read into again.
    if (at < bytes.length) this.#partial = Buffer.from(bytes.subarray(at))
  }

  #readData(bytes: Buffer): void {
    const { stream, flags } = this.#data
    const exchange = this.#exchanges.get(stream)
    this.#data.left -= bytes.length
    this.#received += bytes.length
    if (this.#received >= updateAfter) {
      this.#write(frames.window, 0, 0, number32(this.#received))
      this.#received = 0
    }
    if (exchange === undefined) return
    exchange.received += bytes.length
    if (exchange.status >= 300 && exchange.text.length < 300) exchange.text += bytes.toString()
    if (this.#data.left === 0 && (flags & endStream) !== 0) {
      this.#finish(stream)
    } else if (exchange.received >= updateAfter) {
      this.#write(frames.window, 0, stream, number32(exchange.received))
      exchange.received = 0
    }
  }

  #take(type: number, flags: number, stream: number, payload: Buffer): void {
    if (type === frames.headers) {
      const exchange = this.#exchanges.get(stream)
      if (exchange !== undefined && exchange.status === 0) exchange.status = statusOf(payload)
      if ((flags & endStream) !== 0) this.#finish(stream)
    } else if (type === frames.window && stream === 0) {
      this.#sendWindow += payload.readUInt32BE(0)
      while (this.#blocked[0] !== undefined && this.#start(this.#blocked[0])) this.#blocked.shift()
    } else if (type === frames.settings && (flags & acknowledgement) === 0) {
      this.#write(frames.settings, acknowledgement, 0, Buffer.alloc(0))
    } else if (type === frames.ping && (flags & acknowledgement) === 0) {
      this.#write(frames.ping, acknowledgement, 0, payload)
    } else if (type === frames.reset) {
      this.#exchanges.get(stream)?.reject(new Error('the stream was reset'))
      this.#exchanges.delete(stream)
    } else if (type === frames.goAway) {
      this.#socket.destroy(
        new Error(`the server ends the connection: ${payload.toString('latin1', 8)}`),
      )
    }
  }

  #finish(stream: number): void {
    const exchange = this.#exchanges.get(stream)
    this.#exchanges.delete(stream)
    if (exchange === undefined) return
    const { request, status, text, resolve, reject } = exchange
    if (status >= 200 && status < 300) resolve()
    else reject(new Error(`${request.method} ${request.path}: ${status} ${text.slice(0, 300)}`))
  }
}
