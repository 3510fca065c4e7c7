import { type ClientHttp2Session, connect, type SecureClientSessionOptions } from 'node:http2'

export interface LoadTarget {
  readonly url: string
  readonly tls: SecureClientSessionOptions
}

export interface LoadRequest {
  readonly method: string
  readonly path: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface LoadResult {
  readonly count: number
  readonly seconds: number
  /** Milliseconds of each answered request. */
  readonly latencies: readonly number[]
}

interface LoadOptions {
  readonly inFlight: number
  readonly seconds: number
  /** Stop after this many requests, when that is sooner. */
  readonly count?: number
  /** The n-th request of the run; answers other than 2xx fail the run. */
  readonly request: (n: number) => LoadRequest
}

/** Windows as wide as those of Go's client. */
const streamWindow = 4 * 1024 * 1024
const connectionWindow = 64 * 1024 * 1024

/** A connection as client-go opens it. */
export function openSession(target: LoadTarget): ClientHttp2Session {
  const session = connect(target.url, {
    ...target.tls,
    settings: { initialWindowSize: streamWindow, enablePush: false },
  })
  session.once('connect', () => session.setLocalWindowSize(connectionWindow))
  return session
}

/** Closed-loop load over 4 HTTP/2 connections for a bounded time. */
export async function runLoad(target: LoadTarget, options: LoadOptions): Promise<LoadResult> {
  const sessions = Array.from({ length: 4 }, () => openSession(target))
  const failed = new Promise<never>((_, reject) => {
    for (const session of sessions) session.on('error', reject)
  })
  const start = performance.now()
  const end = start + options.seconds * 1000
  const latencies: number[] = []
  let next = 0
  const worker = async (index: number): Promise<void> => {
    const session = sessions[index % sessions.length]
    while (session !== undefined && next < (options.count ?? Infinity) && performance.now() < end) {
      const began = performance.now()
      await send(session, options.request(next++))
      latencies.push(performance.now() - began)
    }
  }
  const workers = Promise.all(Array.from({ length: options.inFlight }, (_, i) => worker(i)))
  await Promise.race([workers, failed])
  const seconds = (performance.now() - start) / 1000
  for (const session of sessions) session.close()
  return { count: latencies.length, seconds, latencies }
}

/** Sends one request and reads its answer to the end; an answer other than 2xx is an error. */
export function send(session: ClientHttp2Session, request: LoadRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': request.method,
      ':path': request.path,
      accept: 'application/json',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...request.headers,
    })
    let status = 0
    let text = ''
    stream.on('response', (headers) => (status = Number(headers[':status'])))
    stream.on('data', (chunk: Buffer) => {
      if (status >= 300) text += chunk.toString('utf8')
    })
    stream.on('error', reject)
    stream.on('end', () => {
      if (status >= 200 && status < 300) resolve()
      else reject(new Error(`${request.method} ${request.path}: ${status} ${text.slice(0, 300)}`))
    })
    stream.end(request.body)
  })
}
