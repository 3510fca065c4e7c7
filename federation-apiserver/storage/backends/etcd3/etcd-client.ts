import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  castGrpcError,
  Etcd3,
  EtcdInvalidAuthTokenError,
  GRPCAbortedError,
  GRPCCancelledError,
  GRPCDeadlineExceededError,
  GRPCInternalError,
  GRPCUnavailableError,
  GRPCUnknownError,
  type IOptions,
} from 'etcd3'
import type { Logger } from 'pino'
import { StorageError } from '../../errors.ts'
import {
  decodeRange,
  decodeWatch,
  decodeWrite,
  encodeRange,
  encodeWrite,
  type RangeRequest,
  type RangeResponse,
  type WatchResponse,
  type WriteRequest,
  type WriteResponse,
} from './etcd-messages.ts'

export interface EtcdOptions {
  /** `http://HOST:PORT` or `https://HOST:PORT`, all of one kind. */
  readonly endpoints: readonly string[]
  /** Put before every key. */
  readonly prefix?: string
  /** Paths of PEM files. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly username?: string
  readonly password?: string
  /** How long one operation may take, waiting for a connection included; 5 s when absent. */
  readonly timeoutMs?: number
  readonly logger?: Logger
}

const defaultTimeoutMs = 5000

const { signal } = new AbortController()

/** Neither retries nor breaks circuits: repeating a write is ours to decide. */
const noPolicy = {
  execute: async <T>(task: (context: { signal: AbortSignal }) => PromiseLike<T> | T): Promise<T> =>
    task({ signal }),
} as unknown as NonNullable<NonNullable<IOptions['faultHandling']>['global']>

const grpcOptions = {
  // etcd3's default of 4 MB is less than a page of large values.
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
}

async function optionsOf(options: EtcdOptions): Promise<IOptions> {
  const { endpoints, username, password, ca, cert, key } = options
  const tls = ca !== undefined || cert !== undefined
  return {
    hosts: [...endpoints],
    grpcOptions,
    faultHandling: { host: () => noPolicy, global: noPolicy },
    ...(username !== undefined && {
      auth: { username, password: password ?? '', callOptions: () => deadline(options.timeoutMs) },
    }),
    ...(tls && {
      credentials: {
        rootCertificate:
          ca === undefined
            ? Buffer.from(rootCertificates.join('\n'))
            : await readPem('etcd-cafile', ca),
        ...(key !== undefined && { privateKey: await readPem('etcd-keyfile', key) }),
        ...(cert !== undefined && { certChain: await readPem('etcd-certfile', cert) }),
      },
    }),
  }
}

async function readPem(flag: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    const { message } = cause as Error
    throw new StorageError('Unavailable', `--${flag}=${path}: cannot be read (${message})`, {
      cause,
    })
  }
}

interface CallOptions {
  readonly deadline: number
}

const deadline = (timeoutMs: number = defaultTimeoutMs): CallOptions => ({
  deadline: Date.now() + timeoutMs,
})

/** Of a channel whose connecting has not failed yet, but has not succeeded either. */
const stillConnecting = /Last error: null|waiting for (?:name resolution|LB pick)/i

const notSent = /No connection established|Channel closed before call started|Name resolution/

/** The request never left this process. */
const wasNotSent = (err: unknown): boolean =>
  (err instanceof GRPCUnavailableError && notSent.test(err.message)) ||
  (err instanceof GRPCDeadlineExceededError && stillConnecting.test(err.message))

/** Whether a write that failed like this may have happened all the same. */
export const mayHaveHappened = (err: unknown): boolean =>
  !wasNotSent(err) &&
  [
    GRPCUnavailableError,
    GRPCDeadlineExceededError,
    GRPCInternalError,
    GRPCCancelledError,
    GRPCUnknownError,
    GRPCAbortedError,
  ].some((kind) => err instanceof kind)

/** A watch's both directions. */
export interface WatchCall extends AsyncIterable<WatchResponse> {
  write(message: Buffer): void
  end(): void
  cancel(): void
}

const asItIs = (message: Buffer): Buffer => message

type Pool = Etcd3['pool']
type Connection = Parameters<Parameters<Pool['withConnection']>[1]>[0]

/** gRPC's number for a channel that was closed for good (its connectivity semantics): calls on it throw. */
const shutdown = 4

/** etcd3 closes all channels of a host when any call or watch on one of them fails. */
const isOpen = ({ client }: Connection): boolean =>
  client.getChannel().getConnectivityState(false) !== shutdown

const send = (
  { client, metadata }: Connection,
  path: string,
  { message, options }: { message: Buffer; options: CallOptions },
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const call = client.getChannel().createCall(path, options.deadline, null, null, null)
    let answer: Buffer | undefined
    call.start(metadata, {
      onReceiveMetadata: () => undefined,
      onReceiveMessage: (received: Buffer) => (answer = received),
      onReceiveStatus: ({ code, details }) => {
        if (code === 0 && answer !== undefined) resolve(answer)
        else reject(castGrpcError(Object.assign(new Error(details), { code })))
      },
    })
    call.sendMessageWithContext({}, message)
    call.startRead()
    call.halfClose()
  })

/**
 * etcd3's connections and authentication under messages of our own. Its codec, which goes through objects by name and texts for integers, and what
 * gRPC puts around a call for interceptors are a third of what a write costs: docs/decisions/0011.
 */
class Connections extends Etcd3 {
  /** One that has answered is used until it fails or is closed: etcd3 shuffles its hosts for every call. */
  #answered: Connection | undefined

  /** Sends one message; resolves to the one that comes back. Throws etcd3's errors. */
  async unary(path: string, message: Buffer, options: CallOptions): Promise<Buffer> {
    let connection = this.#answered
    while (connection === undefined || !isOpen(connection)) connection = await this.#connect()
    try {
      const answer = await send(connection, path, { message, options })
      this.#answered = connection
      return answer
    } catch (err) {
      if (this.#answered === connection) this.#answered = undefined
      this.pool.markFailed(connection.resource, err as Error)
      throw err
    }
  }

  #connect(): Promise<Connection> {
    return this.pool.withConnection('KV', (connection) => connection)
  }

  openWatch(): Promise<WatchCall> {
    return this.pool.withConnection('Watch', ({ resource, client, metadata }) => {
      const path = '/etcdserverpb.Watch/Watch'
      const stream = client.makeBidiStreamRequest(path, asItIs, decodeWatch, metadata, {})
      stream.on('error', (err) => stream.writable && this.pool.markFailed(resource, err))
      return stream as WatchCall & typeof stream
    })
  }
}

/** The calls to an etcd cluster. Each ends within `timeoutMs`, the wait for a connection included. */
export class EtcdClient {
  readonly #connections: Connections
  readonly #timeoutMs: number | undefined

  private constructor(connections: Connections, timeoutMs: number | undefined) {
    this.#connections = connections
    this.#timeoutMs = timeoutMs
  }

  /** Throws StorageError Unavailable for files that cannot be read. Connects with the first call. */
  static async open(options: EtcdOptions): Promise<EtcdClient> {
    return new EtcdClient(new Connections(await optionsOf(options)), options.timeoutMs)
  }

  async range(request: RangeRequest): Promise<RangeResponse> {
    return decodeRange(await this.#unary('/etcdserverpb.KV/Range', encodeRange(request), true))
  }

  /** A write that may have happened is not sent again: `mayHaveHappened` tells. */
  async write(request: WriteRequest): Promise<WriteResponse> {
    return decodeWrite(await this.#unary('/etcdserverpb.KV/Txn', encodeWrite(request), false))
  }

  async compact(revision: number): Promise<void> {
    const request = { revision, physical: false }
    await this.#tryAgain((options) => this.#connections.kv.compact(request, options), true)
  }

  /** Of the etcd that answers: its version, and the octets of its database on disk. */
  async status(): Promise<{ readonly version: string; readonly dbSize: number }> {
    const status = (options: CallOptions) => this.#connections.maintenance.status(options)
    const { version, dbSize } = await this.#tryAgain(status, true)
    return { version, dbSize: Number(dbSize) }
  }

  watch(): Promise<WatchCall> {
    return this.#connections.openWatch()
  }

  close(): void {
    this.#connections.close()
  }

  #unary(path: string, message: Buffer, repeatable: boolean): Promise<Buffer> {
    return this.#tryAgain(async (options) => {
      try {
        return await this.#connections.unary(path, message, options)
      } catch (err) {
        if (!(err instanceof EtcdInvalidAuthTokenError)) throw err
        // Nothing was done. etcd3 logs in anew when a call of its own meets this, whether it may read that key or not.
        const anyKey = { key: Buffer.alloc(1), keys_only: true }
        await this.#connections.kv.range(anyKey, options).catch(() => undefined)
        return this.#connections.unary(path, message, options)
      }
    }, repeatable)
  }

  /** Tries again (each time another endpoint may be asked) while requests cannot be sent, or fail and may be repeated. */
  async #tryAgain<T>(call: (options: CallOptions) => Promise<T>, repeatable: boolean): Promise<T> {
    const options = deadline(this.#timeoutMs)
    let refusal: unknown
    for (let pauseMs = 10; ; pauseMs = Math.min(500, pauseMs * 2)) {
      try {
        return await call(options)
      } catch (err) {
        const again = wasNotSent(err) || (repeatable && err instanceof GRPCUnavailableError)
        if (!again) throw err
        refusal = stillConnecting.test((err as Error).message) ? (refusal ?? err) : err
        const pause = pauseMs * (0.5 + Math.random())
        if (Date.now() + pause >= options.deadline) throw refusal
        await sleep(pause)
        // Too late for another call, which could say no more than that.
        if (Date.now() >= options.deadline) throw refusal
      }
    }
  }
}

export const isCompacted = (err: unknown): boolean =>
  err instanceof Error && err.message.includes('required revision has been compacted')

export const isFutureRevision = (err: unknown): boolean =>
  err instanceof Error && err.message.includes('required revision is a future revision')

const isTooLarge = (err: Error): boolean => err.message.includes('request is too large')

/** What an error of a call means when nothing more can be said about it. */
export function asStorageError(err: unknown, key = ''): StorageError {
  if (err instanceof StorageError) return err
  const cause = err instanceof Error ? err : new Error(String(err))
  return new StorageError(
    isTooLarge(cause) ? 'TooLarge' : 'Unavailable',
    `etcd: ${cause.message}`,
    {
      key,
      cause,
    },
  )
}
