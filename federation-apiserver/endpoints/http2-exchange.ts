import type {
  IncomingHttpHeaders,
  OutgoingHttpHeaders,
  ServerHttp2Session,
  ServerHttp2Stream,
} from 'node:http2'

/**
 * What filters and handlers use of Node's Http2ServerRequest. That one is a second stream, through which each body is copied; this one
 * leaves the body in `stream`.
 */
export class Http2Request {
  readonly httpVersion = '2.0'
  readonly httpVersionMajor = 2
  readonly httpVersionMinor = 0
  readonly stream: ServerHttp2Stream
  readonly headers: IncomingHttpHeaders
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[]
  readonly method: string
  /** The path with its query. */
  url: string

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    _options: unknown,
    rawHeaders: readonly string[],
  ) {
    this.stream = stream
    this.headers = headers
    this.rawHeaders = rawHeaders
    this.method = headers[':method'] as string
    this.url = headers[':path'] as string
  }

  /** One object for all requests of a connection; undefined when it has gone. */
  get socket(): ServerHttp2Session['socket'] | undefined {
    return this.stream.session?.socket
  }
}

const ignore = (): void => undefined

/** The same of Node's Http2ServerResponse, which is a stream before the stream as well, and waits for trailers with each answer. */
export class Http2Response {
  readonly stream: ServerHttp2Stream
  statusCode = 200
  #headers: OutgoingHttpHeaders | undefined

  constructor(stream: ServerHttp2Stream) {
    this.stream = stream
    // Whatever it is, it closes the stream.
    stream.on('error', ignore)
  }

  get headersSent(): boolean {
    return this.stream.headersSent
  }

  get destroyed(): boolean {
    return this.stream.destroyed
  }

  get writableEnded(): boolean {
    return this.stream.writableEnded
  }

  /** Octets that the client has not taken yet. */
  get writableLength(): number {
    return this.stream.writableLength
  }

  getHeader(name: string): OutgoingHttpHeaders[string] {
    return this.#headers?.[name.toLowerCase()]
  }

  setHeader(name: string, value: OutgoingHttpHeaders[string]): this {
    this.#headers ??= {}
    this.#headers[name.toLowerCase()] = value
    return this
  }

  removeHeader(name: string): void {
    delete this.#headers?.[name.toLowerCase()]
  }

  /** Does nothing when the client has gone. */
  writeHead(status: number, headers?: OutgoingHttpHeaders): this {
    const { stream } = this
    if (stream.destroyed || stream.closed) return this
    this.statusCode = status
    const own = this.#headers
    const all = own === undefined ? headers : { ...own, ...headers }
    stream.respond({ ':status': status, ...all })
    return this
  }

  writeContinue(): void {
    this.stream.additionalHeaders({ ':status': 100 })
  }

  flushHeaders(): void {
    if (!this.headersSent) this.writeHead(this.statusCode)
  }

  write(chunk: Uint8Array | string): boolean {
    this.flushHeaders()
    // Answers to HEAD have ended with their headers.
    return !this.stream.writableEnded && this.stream.write(chunk)
  }

  end(chunk?: Uint8Array | string): this {
    this.flushHeaders()
    if (this.stream.writableEnded) return this
    if (chunk === undefined) this.stream.end()
    else this.stream.end(chunk)
    return this
  }

  destroy(err?: Error): this {
    this.stream.destroy(err)
    return this
  }

  on(event: string, listener: (...args: unknown[]) => void): this {
    this.stream.on(event, listener)
    return this
  }

  once(event: string, listener: (...args: unknown[]) => void): this {
    this.stream.once(event, listener)
    return this
  }

  off(event: string, listener: (...args: unknown[]) => void): this {
    this.stream.off(event, listener)
    return this
  }
}
