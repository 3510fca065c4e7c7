import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  Etcd3,
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

/** Neither retries nor breaks circuits: repeating a write is ours to decide. */
const noPolicy = {
  execute: async <T>(task: (context: { signal: AbortSignal }) => PromiseLike<T> | T): Promise<T> =>
    task({ signal: new AbortController().signal }),
} as unknown as NonNullable<NonNullable<IOptions['faultHandling']>['global']>

const grpcOptions = {
  // etcd3's default of 4 MB is less than a page of large values.
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.enable_retries': 0,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
}

export async function connect(options: EtcdOptions): Promise<Etcd3> {
  const { endpoints, username, password, ca, cert, key } = options
  const tls = ca !== undefined || cert !== undefined
  return new Etcd3({
    hosts: [...endpoints],
    grpcOptions,
    faultHandling: { host: () => noPolicy, global: noPolicy },
    ...(username !== undefined && {
      auth: { username, password: password ?? '', callOptions: () => deadline(options.timeoutMs) },
    }),
    ...(tls && {
      credentials: {
        rootCertificate:
          ca === undefined ? Buffer.from(rootCertificates.join('\n')) : await readPem(ca),
        ...(key !== undefined && { privateKey: await readPem(key) }),
        ...(cert !== undefined && { certChain: await readPem(cert) }),
      },
    }),
  })
}

async function readPem(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    const { message } = cause as Error
    throw new StorageError('Unavailable', `cannot read ${path}: ${message}`, { cause })
  }
}

export interface CallOptions {
  readonly deadline: number
}

const deadline = (timeoutMs: number = defaultTimeoutMs): CallOptions => ({
  deadline: Date.now() + timeoutMs,
})

const notSent = /No connection established|Channel closed before call started|Name resolution/

/** The request never left this process. */
const wasNotSent = (err: unknown): boolean =>
  err instanceof GRPCUnavailableError && notSent.test(err.message)

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

/** Tries again (each time another endpoint may be asked) while requests cannot be sent, or fail and may be repeated. */
export async function callEtcd<T>(
  call: (options: CallOptions) => Promise<T>,
  { repeatable, timeoutMs }: { repeatable: boolean; timeoutMs?: number | undefined },
): Promise<T> {
  const options = deadline(timeoutMs)
  for (let pauseMs = 10; ; pauseMs = Math.min(500, pauseMs * 2)) {
    try {
      return await call(options)
    } catch (err) {
      const again = wasNotSent(err) || (repeatable && err instanceof GRPCUnavailableError)
      if (!again || Date.now() + pauseMs >= options.deadline) throw err
      await sleep(pauseMs * (0.5 + Math.random()))
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
