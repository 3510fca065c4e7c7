import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type {
  ListOptions,
  Storage,
  StorageEvent,
  StoredBody,
  StoredObject,
} from '../storage/interface.ts'

/** What a version of a custom kind makes of objects, in place: of what is stored when it is read, and of what is written before it is stored. */
export interface VersionView {
  readonly read: (body: JsonObject) => void
  readonly write: (body: JsonObject) => void
}

/** The same storage as one version of a custom kind sees it. Objects that the version sees as they are stored stay the same objects. */
export function versionedStorage(storage: Storage, view: VersionView): Storage {
  const seen = new WeakMap<StoredObject, StoredObject>()
  const see = (stored: StoredObject): StoredObject => {
    const known = seen.get(stored)
    if (known !== undefined) return known
    const made = seenAs(stored, view)
    seen.set(stored, made)
    return made
  }
  const written = (object: object): object => {
    view.write(object as JsonObject)
    return object
  }
  return {
    async get(key, freshness, signal) {
      const stored = await storage.get(key, freshness, signal)
      return stored && see(stored)
    },
    async list(prefix, options) {
      const result = await storage.list(prefix, seeing(options, see))
      return { ...result, items: result.items.map(see) }
    },
    getCached(key) {
      const stored = storage.getCached(key)
      return stored && see(stored)
    },
    listCached(prefix) {
      const result = storage.listCached(prefix)
      return { ...result, items: result.items.map(see) }
    },
    async create(key, object, options) {
      return see(await storage.create(key, written(object), options))
    },
    async guaranteedUpdate(key, update, options) {
      const step = async (current: StoredObject | undefined) => {
        const shown = current && see(current)
        const next = await update(shown)
        if (next === 'delete') return next
        return next === shown && current !== undefined ? current : written(next)
      }
      const result = await storage.guaranteedUpdate(key, step, options)
      return { ...result, object: see(result.object) }
    },
    async *watch(prefix, revision, options) {
      for await (const events of storage.watch(prefix, revision, options)) {
        yield events.map((event) => seenEvent(event, see))
      }
    },
    follow: (prefix, revision, options, deliver) =>
      storage.follow(prefix, revision, options, (events) =>
        deliver(events.map((event) => seenEvent(event, see))),
      ),
    currentRevision: (signal) => storage.currentRevision(signal),
    counts: () => storage.counts(),
    health: () => storage.health(),
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  }
}

type See = (stored: StoredObject) => StoredObject

const seeing = ({ predicate, ...options }: ListOptions, see: See): ListOptions =>
  predicate === undefined ? options : { ...options, predicate: (stored) => predicate(see(stored)) }

const seenEvent = ({ object, previous, ...event }: StorageEvent, see: See): StorageEvent => ({
  ...event,
  ...(object === undefined ? {} : { object: see(object) }),
  ...(previous === undefined ? {} : { previous: see(previous) }),
})

function seenAs(stored: StoredObject, view: VersionView): StoredObject {
  const body = JSON.parse(stored.json.toString()) as StoredBody & JsonObject
  view.read(body)
  const json = Buffer.from(JSON.stringify(body))
  return json.equals(stored.json)
    ? stored
    : { key: stored.key, revision: stored.revision, json, object: body }
}
