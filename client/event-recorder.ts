import { isNotFound } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { now } from '#apimachinery/meta/time.ts'
import type { Logger } from 'pino'
import type { ApiClient } from './api-client.ts'

export interface EventRecorderOptions {
  readonly client: ApiClient
  /** Who reports: source.component of the Events. */
  readonly component: string
  readonly logger: Logger
}

export interface RecordedEvent {
  readonly type: 'Normal' | 'Warning'
  /** UpperCamelCase. */
  readonly reason: string
  readonly message: string
}

interface Pending {
  readonly key: string
  readonly object: ApiObject
  readonly event: RecordedEvent
  /** How often since it was last written. */
  times: number
}

interface Written {
  readonly namespace: string
  readonly name: string
  count: number
}

const events = { group: '', version: 'v1', resource: 'events' }
const mostPending = 1_000
const mostRemembered = 4_096
/** Events about one object: so many at once, then one each five minutes. */
const burst = 25
const refillMs = 300_000

/**
 * Writes core/v1 Events in the background. The same event about the same object is one Event with a count. What cannot
 * be written, what is too much about one object and what does not fit into the queue is dropped; the caller never notices.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #pending = new Map<string, Pending>()
  readonly #written = new Map<string, Written>()
  readonly #budgets = new Map<string, { tokens: number; at: number }>()
  #wake: (() => void) | undefined

  constructor(options: EventRecorderOptions) {
    this.#options = options
  }

  event(object: ApiObject, event: RecordedEvent): void {
    const { uid, namespace, name } = object.metadata
    const key = [
      object.kind,
      uid ?? '',
      namespace ?? '',
      name,
      event.type,
      event.reason,
      event.message,
    ].join('\0')
    const pending = this.#pending.get(key)
    if (pending !== undefined) {
      pending.times++
      return
    }
    if (this.#pending.size >= mostPending || !this.#spend(`${object.kind}\0${uid ?? name}`)) return
    this.#pending.set(key, { key, object, event, times: 1 })
    this.#wake?.()
  }

  /** Writes one after another until the signal aborts; what waits then is dropped. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#wake?.()
    signal.addEventListener('abort', wake)
    try {
      while (!signal.aborted) {
        const next = this.#pending.values().next()
        if (next.done === true) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve
          })
          continue
        }
        this.#pending.delete(next.value.key)
        await this.#write(next.value, signal)
      }
    } finally {
      signal.removeEventListener('abort', wake)
    }
  }

  #spend(key: string): boolean {
    const time = performance.now()
    const budget = this.#budgets.get(key) ?? { tokens: burst, at: time }
    const tokens = Math.min(burst, budget.tokens + (time - budget.at) / refillMs)
    remember(this.#budgets, key, { tokens: tokens < 1 ? tokens : tokens - 1, at: time })
    return tokens >= 1
  }

  async #write(pending: Pending, signal: AbortSignal): Promise<void> {
    const { key } = pending
    try {
      const before = this.#written.get(key)
      const written =
        before === undefined
          ? await this.#create(pending, signal)
          : await this.#countUp(before, pending, signal)
      remember(this.#written, key, written)
    } catch (err) {
      this.#written.delete(key)
      if (!signal.aborted)
        this.#options.logger.debug({ err, reason: pending.event.reason }, 'event not recorded')
    }
  }

  async #countUp(before: Written, pending: Pending, signal: AbortSignal): Promise<Written> {
    const count = before.count + pending.times
    const body = { count, lastTimestamp: now() }
    try {
      await this.#options.client.patch(events, before, { type: 'merge', body }, { signal })
      return { ...before, count }
    } catch (error) {
      if (!isNotFound(error)) throw error
      return this.#create(pending, signal)
    }
  }

  async #create({ object, event, times }: Pending, signal: AbortSignal): Promise<Written> {
    const { client, component } = this.#options
    const { metadata } = object
    const namespace = metadata.namespace ?? 'default'
    const time = now()
    const suffix = process.hrtime.bigint().toString(16).padStart(16, '0')
    const name = `${metadata.name.slice(0, 236)}.${suffix}`
    await client.create(
      events,
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace },
        involvedObject: {
          kind: object.kind,
          apiVersion: object.apiVersion,
          name: metadata.name,
          ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
          ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
          ...(metadata.resourceVersion === undefined
            ? {}
            : { resourceVersion: metadata.resourceVersion }),
        },
        ...event,
        source: { component },
        reportingComponent: component,
        reportingInstance: '',
        firstTimestamp: time,
        lastTimestamp: time,
        count: times,
      },
      { signal },
    )
    return { namespace, name, count: times }
  }
}

/** Keeps the entries that were used last. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= mostRemembered) return
  const oldest = map.keys().next()
  if (oldest.done !== true) map.delete(oldest.value)
}
