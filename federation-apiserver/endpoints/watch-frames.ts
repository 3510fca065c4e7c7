import type { StatusError } from '#apimachinery/errors/status-error.ts'
import { formatGroupVersion } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { unstoredObject } from '../registry/stored.ts'
import type { StorageEvent, StoredObject } from '../storage/interface.ts'
import { transformation } from './handlers/answer.ts'
import type { Media } from './negotiation.ts'
import type { Predicate } from './predicate.ts'
import type { EventType } from './representation.ts'
import type { ServedResource } from './served-resource.ts'
import { transformObject } from './transform.ts'

const line = (type: string, object: object): Buffer =>
  Buffer.from(`${JSON.stringify({ type, object })}\n`)

/** Says in the stream why it ends. */
export const errorFrame = (err: StatusError): Buffer => line('ERROR', err.status)

export interface FrameMaker {
  /** An object of the state at the start. */
  initial(stored: StoredObject): Buffer
  /** What a watcher with this selector is to learn from an event; undefined when nothing. */
  event(event: StorageEvent): Buffer | undefined
  /** `initialEventsEnd` marks the end of the state that sendInitialEvents asked for. */
  bookmark(revision: number, options?: { initialEventsEnd: boolean }): Buffer
}

/**
 * An object that stops matching: the state that the watcher knew, at the revision of the change. Shared by all watchers that lose it
 * to the same change.
 */
const departures = new WeakMap<StoredObject, StoredObject>()

function departed(previous: StoredObject, change: StoredObject): StoredObject {
  const known = departures.get(change)
  if (known !== undefined) return known
  const { metadata, ...rest } = previous.object
  const at = { ...metadata, resourceVersion: String(change.revision) }
  const made = unstoredObject(previous.key, { kind: '', apiVersion: '', ...rest, metadata: at })
  departures.set(change, made)
  return made
}

/** Which event a write is for a watcher with a selector. */
function seen(
  event: StorageEvent,
  predicate: Predicate | undefined,
): { type: EventType; stored: StoredObject } | undefined {
  const { object, previous } = event
  if (object === undefined) return undefined
  const knew = previous !== undefined && (predicate === undefined || predicate(previous))
  if (event.type === 'DELETE') return knew ? { type: 'DELETED', stored: object } : undefined
  const matches = predicate === undefined || predicate(object)
  if (matches) return { type: knew ? 'MODIFIED' : 'ADDED', stored: object }
  return knew && previous !== undefined
    ? { type: 'DELETED', stored: departed(previous, object) }
    : undefined
}

/** Turns storage events into lines of a watch stream, in the form that the request accepts. */
export function createFrameMaker(
  served: ServedResource,
  watch: { media: Media; query: URLSearchParams; predicate: Predicate | undefined },
): FrameMaker {
  const { representation, info } = served
  const how = transformation(served, watch.media, watch.query)
  const plain = watch.media.as === 'Object'
  let columnsSent = false

  const asked = (object: ApiObject): object => {
    const shown = transformObject(how, object, { withoutColumns: columnsSent })
    columnsSent = true
    return shown
  }

  const frame = (type: EventType, stored: StoredObject): Buffer => {
    if (plain) return representation.frame(type, stored)
    return line(type, asked(representation.objectOf(stored)))
  }

  /** An object that has nothing but a revision. */
  const bookmarkObject = (metadata: object): ApiObject => ({
    kind: info.kind,
    apiVersion: formatGroupVersion(info),
    metadata: metadata as ApiObject['metadata'],
  })

  return {
    initial: (stored) => frame('ADDED', stored),
    event: (event) => {
      const change = seen(event, watch.predicate)
      return change === undefined ? undefined : frame(change.type, change.stored)
    },
    bookmark: (revision, options) => {
      const annotations = options?.initialEventsEnd
        ? { annotations: { 'k8s.io/initial-events-end': 'true' } }
        : {}
      const object = bookmarkObject({ resourceVersion: String(revision), ...annotations })
      return line('BOOKMARK', plain ? object : asked(object))
    },
  }
}
