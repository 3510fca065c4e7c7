import type { EventChannel } from './event-log.ts'
import type { Deliver, StorageEvent } from './interface.ts'

export interface FollowOptions {
  readonly signal: AbortSignal
  /** Send a BOOKMARK this often, events or not: what a watcher's selectors let through is not known here. */
  readonly bookmarkMs?: number | undefined
}

/** What a follower asks of the cache it belongs to. */
export interface FollowedCache {
  readonly revision: number
  /** Every event after this one is held. */
  readonly startRevision: number
  readonly closed: boolean
  /** What a watcher is told whose events are not. */
  compacted(): Error
  /** Throws Corrupt when a value under the prefix cannot be read. */
  mustBeReadable(prefix: string): void
}

/** Which events: those of `channel` under `prefix` after `revision`. */
interface Followed {
  readonly cache: FollowedCache
  readonly channel: EventChannel
  readonly prefix: string
  readonly revision: number
}

/**
 * One watcher's position in a channel. Thousands of them wait for the same event, so each is called when there is one, and hands on what it
 * finds at once: a promise, or a step of a generator, would cost as much as all the rest of it.
 */
class Follower {
  readonly #followed: Followed
  readonly #options: FollowOptions
  readonly #deliver: Deliver
  readonly #done = Promise.withResolvers<void>()
  readonly #bookmarks: NodeJS.Timeout | undefined
  #position: number
  #bookmarkDue = false
  /** Nothing is handed on until what was has been taken. */
  #waiting = false

  constructor(followed: Followed, options: FollowOptions, deliver: Deliver) {
    const { cache, channel, revision } = followed
    if (revision < cache.startRevision) throw cache.compacted()
    this.#followed = followed
    this.#options = options
    this.#deliver = deliver
    this.#position = channel.log.search((event) => event.revision > revision)
    options.signal.addEventListener('abort', this.#step)
    if (options.bookmarkMs !== undefined) {
      this.#bookmarks = setInterval(() => {
        this.#bookmarkDue = true
        this.#step()
      }, options.bookmarkMs)
    }
  }

  run(): Promise<void> {
    this.#step()
    return this.#done.promise.finally(() => {
      clearInterval(this.#bookmarks)
      this.#options.signal.removeEventListener('abort', this.#step)
      this.#followed.channel.written.remove(this.#step)
    })
  }

  /** Is called for more than events: whoever is woken looks for himself. */
  readonly #step = (): void => {
    try {
      while (!this.#waiting) {
        if (this.#options.signal.aborted || this.#followed.cache.closed) {
          this.#done.resolve()
          return
        }
        const events = this.#take()
        if (events.length === 0) {
          this.#followed.channel.written.add(this.#step)
          return
        }
        this.#goOn(this.#deliver(events))
      }
    } catch (err) {
      this.#waiting = true
      this.#done.reject(err)
    }
  }

  #goOn(more: boolean | Promise<boolean>): void {
    if (more === true) return
    this.#waiting = true
    if (more === false) {
      this.#done.resolve()
      return
    }
    more.then((yes) => {
      this.#waiting = !yes
      if (yes) this.#step()
      else this.#done.resolve()
    }, this.#done.reject)
  }

  #take(): StorageEvent[] {
    const { cache, channel, prefix, revision } = this.#followed
    const { log } = channel
    if (this.#position < log.base) throw cache.compacted()
    cache.mustBeReadable(prefix)
    const events: StorageEvent[] = []
    for (; this.#position < log.end; this.#position += 1) {
      const event = log.at(this.#position)
      if (event?.object?.key.startsWith(prefix) !== true || event.revision <= revision) continue
      events.push(event)
    }
    if (this.#bookmarkDue) {
      this.#bookmarkDue = false
      events.push({ type: 'BOOKMARK', revision: Math.max(cache.revision, revision) })
    }
    return events
  }
}

/**
 * Hands over events as they come. Resolves when `deliver` says so, the signal aborts or the cache is closed; rejects with Compacted or
 * Corrupt, and with what `deliver` throws.
 */
export const follow = async (
  followed: Followed,
  options: FollowOptions,
  deliver: Deliver,
): Promise<void> => new Follower(followed, options, deliver).run()

/** The same to iterate over; begins with the first batch that is asked for. */
export async function* batchesOf(
  following: (deliver: Deliver) => Promise<void>,
): AsyncGenerator<readonly StorageEvent[], undefined> {
  let batch = Promise.withResolvers<readonly StorageEvent[] | undefined>()
  let more = Promise.withResolvers<boolean>()
  following((events) => {
    batch.resolve(events)
    return more.promise
  }).then(
    () => batch.resolve(undefined),
    (err: unknown) => batch.reject(err),
  )
  try {
    for (;;) {
      const events = await batch.promise
      if (events === undefined) return
      batch = Promise.withResolvers()
      yield events
      more.resolve(true)
      more = Promise.withResolvers()
    }
  } finally {
    more.resolve(false)
  }
}
