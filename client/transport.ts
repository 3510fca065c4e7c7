import { Agent, type Dispatcher, Pool } from 'undici'
import { Answer, Body, deepestMessage, type StreamSink } from './answer.ts'
import { ConnectionError, type RawResponse } from './api-client.ts'
import { settledBefore } from './back-off.ts'
import type { Credentials } from './credentials.ts'

export interface TransportOptions {
  /** `https://host:port`, with a path when the API lives under one. */
  readonly server: string
  readonly credentials: Credentials
  readonly timeoutMs: number
  /** TCP connections for calls; watches have their own. */
  readonly connections: number
  readonly userAgent: string
  /** A stream that brings no byte for so long is given up. */
  readonly streamIdleMs: number
  /** Is told of each call that has ended, and of each watch that has begun. */
  readonly onCall?: ((call: ClientCall) => void) | undefined
}

/** One call to an API server, or the beginning of a watch. */
export interface ClientCall {
  readonly method: string
  /** With its port. */
  readonly host: string
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined
  readonly seconds: number
}

export interface Exchange {
  readonly method: string
  readonly path: string
  readonly body?: string | Buffer | undefined
  readonly contentType?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}

/**
 * Bytes to and from one server with one set of credentials, over one undici Agent. Calls go over HTTP/1.1 on
 * a few kept connections (cheapest in CPU, and an aborted call takes its connection along, so a dead one is never
 * used again); watches share HTTP/2 connections of their own where the server speaks it, and never make a call wait.
 */
export class Transport implements AsyncDisposable {
  readonly #agent: Agent
  readonly #origin: string
  readonly #prefix: string
  readonly #server: string
  readonly #timeoutMs: number
  readonly #token: Credentials['token']
  readonly #headers: readonly string[]
  readonly #streamIdleMs: number
  readonly #host: string
  readonly #onCall: TransportOptions['onCall']

  constructor(options: TransportOptions) {
    const url = new URL(options.server)
    this.#server = options.server
    this.#origin = url.origin
    this.#prefix = url.pathname.replace(/\/+$/, '')
    this.#timeoutMs = options.timeoutMs
    this.#token = options.credentials.token
    this.#headers = [
      ...['accept', 'application/json', 'user-agent', options.userAgent],
      ...impersonationHeaders(options.credentials.impersonate),
    ]
    this.#streamIdleMs = options.streamIdleMs
    this.#host = url.port === '' ? `${url.hostname}:443` : url.host
    this.#onCall = options.onCall
    this.#agent = createAgent(options)
  }

  /** The whole answer, whatever its status. The deadline counts from here. */
  async exchange(exchange: Exchange): Promise<RawResponse> {
    exchange.signal?.throwIfAborted()
    let timeoutMs = exchange.timeoutMs ?? this.#timeoutMs
    let headers = this.#headersOf(exchange)
    if (headers instanceof Promise) {
      const since = performance.now()
      headers = await this.#tokenInTime(headers, exchange, timeoutMs)
      timeoutMs = Math.max(1, timeoutMs - (performance.now() - since))
    }
    const ready = headers
    return new Promise((resolve, reject) => {
      const sink = this.#counted(exchange, new Body(resolve, reject))
      this.#dispatch(exchange, { headers: ready, sink, timeoutMs })
    })
  }

  /** The answer as it comes, without a deadline; ends with the signal. */
  async stream(exchange: Exchange, sink: StreamSink): Promise<void> {
    exchange.signal?.throwIfAborted()
    const headers = this.#headersOf(exchange)
    const ready =
      headers instanceof Promise
        ? await this.#tokenInTime(headers, exchange, this.#timeoutMs)
        : headers
    this.#dispatch(exchange, { headers: ready, sink: this.#counted(exchange, sink) })
  }

  /** A sink that tells of the call when its answer begins, or when it is known that there is none. */
  #counted({ method }: Exchange, sink: StreamSink): StreamSink {
    const onCall = this.#onCall
    if (onCall === undefined) return sink
    const [host, began] = [this.#host, performance.now()]
    let isTold = false
    const tell = (status: number | undefined): void => {
      if (isTold) return
      isTold = true
      onCall({ method, host, status, seconds: (performance.now() - began) / 1000 })
    }
    return {
      onHead(status, headers) {
        tell(status)
        sink.onHead(status, headers)
      },
      onData: (chunk, flow) => sink.onData(chunk, flow),
      onEnd(error) {
        tell(undefined)
        sink.onEnd(error)
      },
    }
  }

  /** A credential plugin may hang or fail like any server. */
  async #tokenInTime(
    headers: Promise<string[]>,
    { method, path, signal }: Exchange,
    timeoutMs: number,
  ): Promise<string[]> {
    const what = `${method} ${this.#server}${path}`
    const timeout = AbortSignal.timeout(timeoutMs)
    const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
    let isSettled: boolean
    try {
      isSettled = await settledBefore(headers, either)
    } catch (cause) {
      throw new ConnectionError(`${what}: ${deepestMessage(cause)}`, { cause })
    }
    if (isSettled) return headers
    if (signal?.aborted === true) throw signal.reason
    throw new ConnectionError(`${what}: no token within ${timeoutMs} ms`, { timeout: true })
  }

  #dispatch(
    exchange: Exchange,
    how: { headers: string[]; sink: StreamSink; timeoutMs?: number },
  ): void {
    const { method, path, signal, body } = exchange
    // It may have aborted while the token was fetched, and a listener would not hear of it.
    if (signal?.aborted === true) {
      how.sink.onEnd(signal.reason)
      return
    }
    const isStream = how.timeoutMs === undefined
    const answer = new Answer(how.sink, `${method} ${this.#server}${path}`, {
      signal,
      ...(how.timeoutMs === undefined ? {} : { timeoutMs: how.timeoutMs }),
    })
    const request: Dispatcher.DispatchOptions & { allowH2: boolean } = {
      origin: this.#origin,
      path: this.#prefix + path,
      method,
      headers: how.headers,
      ...(body === undefined ? {} : { body }),
      headersTimeout: isStream ? streamHeadTimeoutMs : 0,
      bodyTimeout: isStream ? this.#streamIdleMs : 0,
      // Without it undici closes the connection after a DELETE that has a body.
      reset: false,
      allowH2: isStream,
    }
    this.#agent.dispatch(request, answer)
  }

  #headersOf(exchange: Exchange): string[] | Promise<string[]> {
    const headers = withExtra(this.#headers, exchange)
    const token = typeof this.#token === 'function' ? this.#token() : this.#token
    if (token === undefined) return headers
    if (typeof token === 'string') {
      headers.push('authorization', `Bearer ${token}`)
      return headers
    }
    return token.then((text) => [...headers, 'authorization', `Bearer ${text}`])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
  }
}

/** The headers of every request and those of this one, which replace their namesakes. */
function withExtra(base: readonly string[], exchange: Exchange): string[] {
  if (exchange.headers === undefined)
    return exchange.contentType === undefined
      ? [...base]
      : [...base, 'content-type', exchange.contentType]
  const own: Record<string, string> = {}
  if (exchange.contentType !== undefined) own['content-type'] = exchange.contentType
  for (const name in exchange.headers) own[name.toLowerCase()] = exchange.headers[name] ?? ''
  const headers: string[] = []
  for (let i = 0; i < base.length; i += 2) {
    const name = base[i] ?? ''
    if (!Object.hasOwn(own, name)) headers.push(name, base[i + 1] ?? '')
  }
  return [...headers, ...Object.entries(own).flat()]
}

/** One header a group, as Kubernetes reads them. */
function impersonationHeaders(impersonate: Credentials['impersonate']): string[] {
  if (impersonate === undefined) return []
  const { user, uid, groups = [] } = impersonate
  return [
    ...['impersonate-user', user],
    ...(uid === undefined ? [] : ['impersonate-uid', uid]),
    ...groups.flatMap((group) => ['impersonate-group', group]),
  ]
}

const streamHeadTimeoutMs = 15_000

/** `allowH2: false` marks the pool of the calls, the only one whose connections are limited. */
function createAgent(options: TransportOptions): Agent {
  const { ca, cert, key, serverName, insecure } = options.credentials
  return new Agent({
    factory: (origin, pool: Pool.Options) =>
      new Pool(
        origin,
        pool.allowH2 === false ? { ...pool, connections: options.connections } : pool,
      ),
    connectTimeout: options.timeoutMs,
    keepAliveTimeout: 30_000,
    connect: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      rejectUnauthorized: insecure !== true,
      preferH2: true,
      keepAliveInitialDelay: 15_000,
    },
    h2Options: { pingInterval: 20_000, maxConcurrentStreams: 200 },
  })
}
