import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { BackendEvent, BackendWatchBatch } from '../../backend.ts'
import { StorageError } from '../../errors.ts'
import type { EtcdClient, WatchCall } from './etcd-client.ts'
import {
  encodeWatch,
  type EtcdEvent,
  progressRequest,
  type WatchResponse,
} from './etcd-messages.ts'
import type { Keyspace } from './keyspace.ts'

const progressIntervalMs = 100
/** A stream that reports no progress for this long is taken for dead (its member may have lost the others). */
const stalledMs = 10_000
const maxBackOffMs = 2000

export interface WatchStreamOptions {
  readonly etcd: EtcdClient
  readonly keyspace: Keyspace
  readonly prefix: string
  /** The last revision already known. */
  readonly revision: number
  readonly signal: AbortSignal
  /** Progress reports of this etcd can be believed (older ones send them before the events). */
  readonly trustProgress: boolean
  /** Events say what was there before: twice the bytes. */
  readonly withPrevious: boolean
  readonly logger?: Logger | undefined
}

/**
 * One watch that outlives its connections. It is taken up behind the last revision delivered, never behind a response header's: while etcd
 * replays history, that header already holds the newest revision. Only progress reports, which follow all events, move it without events.
 */
export class WatchStream {
  readonly #options: WatchStreamOptions
  #position: number
  #stream: WatchCall | undefined
  /** Progress up to here is wanted. */
  #target = 0
  #asking: NodeJS.Timeout | undefined

  constructor(options: WatchStreamOptions) {
    this.#options = options
    this.#position = options.revision
  }

  /** Asks etcd to report its progress, now and until it has reached the revision. */
  wantProgress(revision: number): void {
    this.#target = Math.max(this.#target, revision)
    if (!this.#options.trustProgress || this.#position >= revision) return
    this.#stream?.write(progressRequest)
    this.#asking ??= this.#askLater(performance.now())
  }

  async *batches(): AsyncGenerator<BackendWatchBatch> {
    const { signal } = this.#options
    const cancel = (): void => close(this.#stream)
    signal.addEventListener('abort', cancel)
    let backOffMs = 50
    try {
      while (!signal.aborted) {
        try {
          for await (const batch of this.#follow()) {
            backOffMs = 50
            yield batch
          }
        } catch (err) {
          if (signal.aborted) return
          if (err instanceof StorageError && err.code === 'Compacted') throw err
          this.#options.logger?.debug({ err, revision: this.#position }, 'etcd watch broke off')
        }
        await sleep(backOffMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined)
        backOffMs = Math.min(maxBackOffMs, backOffMs * 2)
      }
    } finally {
      signal.removeEventListener('abort', cancel)
      clearTimeout(this.#asking)
    }
  }

  /** One connection's share. */
  async *#follow(): AsyncGenerator<BackendWatchBatch> {
    const { etcd, keyspace, prefix, withPrevious, signal } = this.#options
    const stream = await etcd.watch()
    this.#stream = stream
    try {
      if (signal.aborted) return
      const request = {
        ...keyspace.range(prefix),
        startRevision: this.#position + 1,
        progressNotify: this.#options.trustProgress,
        previous: withPrevious,
      }
      stream.write(encodeWatch(request))
      let pending: BackendEvent[] = []
      for await (const response of stream) {
        if (response.canceled) throw canceled(response)
        pending.push(...response.events.map((event) => this.#event(event)))
        const whole = response.fragment ? wholeRevisions(pending) : pending
        pending = pending.slice(whole.length)
        const revision = this.#reached(response, whole)
        if (response.created && this.#target > this.#position) this.wantProgress(this.#target)
        if (revision > this.#position) {
          this.#position = revision
          yield { events: whole, revision }
        }
      }
    } finally {
      this.#stream = undefined
      close(stream)
    }
  }

  #reached(response: WatchResponse, events: readonly BackendEvent[]): number {
    const last = events.at(-1)
    if (last !== undefined) return last.revision
    const progress = !response.created && !response.fragment && response.events.length === 0
    return progress && this.#options.trustProgress ? response.revision : 0
  }

  #askLater(since: number): NodeJS.Timeout {
    return setTimeout(() => this.#askAgain(since), progressIntervalMs).unref()
  }

  #askAgain(since: number): void {
    this.#asking = undefined
    if (this.#position >= this.#target || this.#options.signal.aborted) return
    const stalled = performance.now() - since > stalledMs
    if (stalled) close(this.#stream)
    else this.#stream?.write(progressRequest)
    this.#asking = this.#askLater(stalled ? performance.now() : since)
  }

  #event({ type, kv, previous: known }: EtcdEvent): BackendEvent {
    const { keyspace } = this.#options
    const { key, value, modRevision, createRevision } = keyspace.keyValue(kv)
    const previous = known === undefined ? {} : { previous: keyspace.keyValue(known) }
    if (type === 'DELETE') return { type, key, revision: modRevision, ...previous }
    return { type, key, revision: modRevision, value, createRevision, ...previous }
  }
}

/** A stream that is cancelled while it can still be written to is a failed host to etcd3, which then drops all its connections. */
function close(stream: WatchCall | undefined): void {
  stream?.end()
  stream?.cancel()
}

/** The events of all revisions but the last: more of that one may come in the next fragment. */
function wholeRevisions(events: readonly BackendEvent[]): BackendEvent[] {
  const last = events.at(-1)?.revision
  return events.filter((event) => event.revision !== last)
}

function canceled({ compactRevision, cancelReason }: WatchResponse): StorageError {
  if (compactRevision > 0) {
    return new StorageError('Compacted', `history before revision ${compactRevision} is gone`, {
      revision: compactRevision,
    })
  }
  return new StorageError('Unavailable', `etcd ended the watch: ${cancelReason}`)
}
