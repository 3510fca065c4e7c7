import type { BackendEvent } from './backend.ts'
import { StorageError } from './errors.ts'
import { defaultHistoryLimits, EventChannel, EventLog, type HistoryLimits } from './event-log.ts'
import { follow, type FollowedCache, type FollowOptions } from './follower.ts'
import type { Deliver, ListResult, StoredObject } from './interface.ts'
import { compareKeys } from './keys.ts'
import { SortedMap } from './sorted-map.ts'
import type { CachedObject } from './stored-object.ts'
import { WakeUp } from './wake-up.ts'

const registryRoot = '/registry/'

/** `/registry/<group>/<resource>/` of a key or of a longer prefix; undefined when the prefix spans several resources. */
function tablePrefix(key: string): string | undefined {
  const group = key.indexOf('/', registryRoot.length)
  const resource = group < 0 ? -1 : key.indexOf('/', group + 1)
  return resource < 0 ? undefined : key.slice(0, resource + 1)
}

interface Table {
  readonly objects: SortedMap<CachedObject>
  readonly channel: EventChannel
}

/** One write as the cache takes it; the object is made only when the write is news. */
export interface Change {
  readonly key: string
  readonly revision: number
  /** The new state, or why it cannot be read; absent for a deletion. */
  readonly object?: () => CachedObject | StorageError
}

export interface PageOptions {
  readonly limit?: number | undefined
  readonly after?: string | undefined
  readonly predicate?: ((object: StoredObject) => boolean) | undefined
}

/**
 * All objects at one revision, and the last events. Changes arrive in revision order; an own write may be given before the watch
 * delivers it and is applied as soon as everything before it has been. What would have to show a value that cannot be read throws
 * Corrupt instead, as it is not known what is missing.
 */
export class WatchCache implements FollowedCache {
  readonly #tables = new Map<string, Table>()
  /** Why the newest values of some keys cannot be read. */
  readonly #unreadable = new Map<string, StorageError>()
  readonly #log: EventLog
  readonly #advanced = new WakeUp()
  /** Own writes that are ahead of the cache, by revision. */
  readonly #ahead = new Map<number, Change>()
  #revision = 0
  #closed = false

  constructor(limits: HistoryLimits = defaultHistoryLimits) {
    this.#log = new EventLog(limits)
  }

  /** Everything up to and including this revision is in the cache. */
  get revision(): number {
    return this.#revision
  }

  /** Every event after this revision is held. */
  get startRevision(): number {
    return this.#log.startRevision
  }

  get closed(): boolean {
    return this.#closed
  }

  get(key: string): CachedObject | undefined {
    const unreadable = this.#unreadable.get(key)
    if (unreadable !== undefined) throw unreadable
    return this.#tables.get(tablePrefix(key) ?? key)?.objects.get(key)
  }

  /** Takes a whole new state. History starts anew: watchers before it get Compacted. */
  replace(objects: Iterable<CachedObject | StorageError>, revision: number): void {
    for (const { objects: known } of this.#tables.values()) known.clear()
    this.#unreadable.clear()
    for (const object of objects) {
      if (object instanceof StorageError) this.#unreadable.set(object.key, object)
      else this.#table(object.key).objects.set(object)
    }
    this.#log.reset(
      [...this.#tables.values()].map((table) => table.channel),
      revision,
    )
    this.#ahead.clear()
    this.#revision = revision
    this.#advanced.wakeAll()
  }

  /** The backend's events in order, complete up to `revision`; those already known are skipped. */
  applyBatch(
    events: readonly BackendEvent[],
    revision: number,
    decode: (event: BackendEvent) => CachedObject | StorageError,
  ): void {
    // Several events may share a revision (a foreign transaction): compare with what was known before the batch.
    const known = this.#revision
    for (const event of events) {
      if (event.revision <= known) continue
      const { key } = event
      if (event.type === 'DELETE') this.#apply({ key, revision: event.revision })
      else this.#apply({ key, revision: event.revision, object: () => decode(event) })
    }
    this.#moveTo(Math.max(revision, events.at(-1)?.revision ?? 0))
    this.#log.flush()
  }

  /** An own write that the backend has acknowledged. */
  applyOwn(change: Change): void {
    if (change.revision <= this.#revision) return
    this.#ahead.set(change.revision, change)
    this.#moveTo(this.#revision)
    this.#log.flush()
  }

  /** Resolves true when the cache has the revision, false after the time-out or when the signal aborts. */
  async waitFor(
    revision: number,
    options: { signal?: AbortSignal | undefined; timeoutMs: number },
  ): Promise<boolean> {
    const deadline = performance.now() + options.timeoutMs
    while (this.#revision < revision) {
      const left = deadline - performance.now()
      if (left <= 0 || options.signal?.aborted === true) return false
      await this.#advanced.wait(options.signal, left)
    }
    return true
  }

  list(prefix: string, options: PageOptions): ListResult {
    this.mustBeReadable(prefix)
    const slices = this.#tablesUnder(prefix).map(({ objects }) => {
      const { start, end } = objects.bounds(prefix, options.after)
      return { objects: objects.values, start, end }
    })
    const [only] = slices
    if (slices.length === 1 && only !== undefined && options.predicate === undefined) {
      const end = Math.min(only.end, only.start + (options.limit ?? Infinity))
      const items = only.objects.slice(only.start, end)
      return page(items, this.#revision, only.end - end)
    }
    const all = slices.flatMap(({ objects, start, end }) => objects.slice(start, end))
    return pageOf(all, this.#revision, options)
  }

  /** The list as it was at a revision that is still in the log; undefined when it no longer is. */
  listAt(revision: number, prefix: string, options: PageOptions): ListResult | undefined {
    if (revision < this.#log.startRevision || revision > this.#revision) return undefined
    const before = this.#changedSince(revision, prefix, options.after)
    if (before.size === 0) return { ...this.list(prefix, options), revision }
    const { after } = options
    const { items } = this.list(prefix, { after })
    const kept = items.filter((object) => !before.has(object.key))
    const restored = [...before.values()].filter((object) => object !== undefined)
    const all = [...kept, ...restored].sort((a, b) => compareKeys(a.key, b.key))
    return pageOf(all, revision, options)
  }

  /** Hands over the events under a prefix after a revision: see follow. */
  follow(
    prefix: string,
    revision: number,
    options: FollowOptions,
    deliver: Deliver,
  ): Promise<void> {
    const channel = this.#channelOf(prefix)
    return follow({ cache: this, channel, prefix, revision }, options, deliver)
  }

  mustBeReadable(prefix: string): void {
    for (const [key, err] of this.#unreadable) if (key.startsWith(prefix)) throw err
  }

  *counts(): Iterable<readonly [prefix: string, count: number]> {
    for (const [prefix, { objects }] of this.#tables) yield [prefix, objects.size]
  }

  /** Ends all watches. */
  close(): void {
    this.#closed = true
    for (const { channel } of this.#tables.values()) channel.written.wakeAll()
    this.#log.all.written.wakeAll()
  }

  #apply({ key, revision, object }: Change): void {
    const { objects, channel } = this.#table(key)
    const previous = objects.get(key)
    const next = object?.()
    this.#unreadable.delete(key)
    if (next instanceof StorageError) {
      // The last state that could be read stays, for the event of the next one that can.
      this.#unreadable.set(key, next)
      this.#log.touch(channel)
    } else if (next !== undefined) {
      objects.set(next)
      this.#log.append(channel, {
        type: 'PUT',
        revision,
        object: next,
        ...(previous && { previous }),
      })
    } else if (previous !== undefined) {
      objects.delete(key)
      const last = previous.deletedAt(revision)
      this.#log.append(channel, { type: 'DELETE', revision, object: last, previous })
    }
  }

  /** A batch may end before what own writes have reached already. */
  #moveTo(revision: number): void {
    let reached = Math.max(revision, this.#revision)
    for (;;) {
      const next = this.#ahead.get(reached + 1)
      if (next === undefined) break
      this.#ahead.delete(reached + 1)
      reached += 1
      this.#apply(next)
    }
    if (reached === this.#revision) return
    this.#revision = reached
    for (const ahead of this.#ahead.keys()) if (ahead <= reached) this.#ahead.delete(ahead)
    this.#advanced.wakeAll()
  }

  /** For every key that changed after the revision, what was there at the revision. */
  #changedSince(
    revision: number,
    prefix: string,
    after: string | undefined,
  ): Map<string, StoredObject | undefined> {
    const before = new Map<string, StoredObject | undefined>()
    const { log } = this.#channelOf(prefix)
    for (let at = log.search((event) => event.revision > revision); at < log.end; at += 1) {
      const event = log.at(at)
      const key = event?.object?.key
      if (event === undefined || key === undefined || before.has(key)) continue
      if (!key.startsWith(prefix)) continue
      if (after !== undefined && compareKeys(key, after) <= 0) continue
      before.set(key, event.previous)
    }
    return before
  }

  #channelOf(prefix: string): EventChannel {
    return tablePrefix(prefix) === undefined ? this.#log.all : this.#table(prefix).channel
  }

  #table(key: string): Table {
    const prefix = tablePrefix(key) ?? key
    const known = this.#tables.get(prefix)
    if (known !== undefined) return known
    const table: Table = {
      objects: new SortedMap(),
      channel: new EventChannel(),
    }
    this.#tables.set(prefix, table)
    return table
  }

  /** In key order: a table's prefix is never the beginning of another's. */
  #tablesUnder(prefix: string): readonly Table[] {
    const own = tablePrefix(prefix)
    if (own !== undefined) return [this.#table(own)]
    return [...this.#tables]
      .filter(([table]) => table.startsWith(prefix))
      .sort(([a], [b]) => compareKeys(a, b))
      .map(([, table]) => table)
  }

  compacted(): StorageError {
    const oldest = this.#log.startRevision
    return new StorageError('Compacted', `events before revision ${oldest} are gone`, {
      revision: oldest,
    })
  }
}

function page(items: readonly StoredObject[], revision: number, remaining: number): ListResult {
  const last = items.at(-1)
  if (remaining === 0 || last === undefined) return { items, revision }
  return { items, revision, next: last.key, remaining }
}

/** A page out of everything behind `after`. With a predicate the rest is not counted. */
export function pageOf(
  all: readonly StoredObject[],
  revision: number,
  { limit = Infinity, predicate }: PageOptions,
): ListResult {
  if (predicate === undefined)
    return page(all.slice(0, limit), revision, Math.max(0, all.length - limit))
  const items: StoredObject[] = []
  for (const object of all) {
    const last = items.at(-1)
    if (items.length >= limit && last !== undefined) return { items, revision, next: last.key }
    if (predicate(object)) items.push(object)
  }
  return { items, revision }
}
