import { DenseLog } from './dense-log.ts'
import type { StorageEvent } from './interface.ts'
import { WakeUp } from './wake-up.ts'

/**
 * How much history the cache holds for watchers. Events younger than `ageMs` are kept up to the hard limits, older ones up to the soft limits;
 * bytes count the new states only.
 */
export interface HistoryLimits {
  readonly ageMs: number
  readonly softCount: number
  readonly softBytes: number
  readonly hardCount: number
  readonly hardBytes: number
}

const MiB = 1024 * 1024

export const defaultHistoryLimits: HistoryLimits = {
  ageMs: 75_000,
  softCount: 10_000,
  softBytes: 8 * MiB,
  hardCount: 100_000,
  hardBytes: 32 * MiB,
}

/** The events of one resource (or of all); watchers are positions in `log` and wait for `written`. */
export class EventChannel {
  readonly log = new DenseLog<StorageEvent>()
  readonly written = new WakeUp()
}

/** Every event goes to its resource's channel and to `all`; the oldest events of all leave first. */
export class EventLog {
  readonly all = new EventChannel()
  readonly #order = new DenseLog<{ channel: EventChannel; at: number; bytes: number }>()
  readonly #limits: HistoryLimits
  readonly #touched = new Set<EventChannel>()
  #bytes = 0
  #startRevision = 0

  constructor(limits: HistoryLimits) {
    this.#limits = limits
  }

  /** Every event after this revision is held. */
  get startRevision(): number {
    return this.#startRevision
  }

  append(channel: EventChannel, event: StorageEvent): void {
    const bytes = event.object?.json.length ?? 0
    channel.log.push(event)
    this.all.log.push(event)
    this.#order.push({ channel, at: Date.now(), bytes })
    this.#bytes += bytes
    this.#touched.add(channel)
    this.#trim()
  }

  /** The next flush wakes the watchers of a channel, as if there were an event. */
  touch(channel: EventChannel): void {
    this.#touched.add(channel)
  }

  /** Wakes the watchers of what was appended since the last flush, soon: what is written in one turn is one piece to each of them. */
  flush(): void {
    if (this.#touched.size === 0) return
    for (const channel of this.#touched) channel.written.wakeSoon()
    this.#touched.clear()
    this.all.written.wakeSoon()
  }

  /** Forgets all events: every watcher of these channels is behind from here on. */
  reset(channels: Iterable<EventChannel>, revision: number): void {
    while (this.#order.length > 0) this.#order.dropOldest()
    this.#bytes = 0
    this.#startRevision = revision
    for (const channel of [...channels, this.all]) {
      channel.log.reset()
      channel.written.wakeAll()
    }
  }

  #trim(): void {
    for (;;) {
      const oldest = this.#order.at(this.#order.base)
      if (oldest === undefined || !this.#mayDrop(oldest.at)) return
      this.#order.dropOldest()
      oldest.channel.log.dropOldest()
      this.#startRevision = this.all.log.dropOldest()?.revision ?? this.#startRevision
      this.#bytes -= oldest.bytes
    }
  }

  #mayDrop(at: number): boolean {
    const { softCount, softBytes, hardCount, hardBytes, ageMs } = this.#limits
    const count = this.#order.length
    if (count <= softCount && this.#bytes <= softBytes) return false
    if (count > hardCount || this.#bytes > hardBytes) return true
    return Date.now() - at > ageMs
  }
}
