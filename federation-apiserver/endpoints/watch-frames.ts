import { formatGroupVersion } from '#apimachinery/meta/group-version.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { encodeWatchEvent, hasProtobuf } from '#apimachinery/protobuf/encode.ts'
import type { ResourceInfo } from '#apimachinery/scheme/scheme.ts'
import { unstoredObject } from '../registry/stored.ts'
import type { StorageEvent, StoredObject } from '../storage/interface.ts'
import { transformation } from './handlers/answer.ts'
import { encodingsOf, type Media, protobufType } from './negotiation.ts'
import type { Predicate } from './predicate.ts'
import type { EventType, Representation } from './representation.ts'
import type { ServedResource } from './served-resource.ts'
import { transformObject } from './transform.ts'

/** How the events of a watch are written: a line of JSON each, or a message of protobuf behind its length. */
export interface Framing {
  readonly contentType: string
  readonly frame: (type: string, object: object) => Buffer
}

const jsonFraming: Framing = {
  contentType: 'application/json',
  frame: (type, object) => Buffer.from(`${JSON.stringify({ type, object })}\n`),
}

const protobufFraming: Framing = {
  contentType: `${protobufType};stream=watch`,
  frame(type, object) {
    const event = encodeWatchEvent(type, object as JsonObject)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(event.length)
    return Buffer.concat([length, event])
  },
}

/** The first that is accepted; of kinds that have no protobuf form, JSON. */
export function framingOf(accept: string | undefined, media: Media, info: ResourceInfo): Framing {
  const isProtobuf =
    encodingsOf(accept)[0] === 'protobuf' && media.as !== 'Table' && hasProtobuf(info)
  return isProtobuf ? protobufFraming : jsonFraming
}

const protobufFrames = new WeakMap<Representation, WeakMap<StoredObject, Map<EventType, Buffer>>>()

/** Every watcher sends the same bytes. */
function protobufFrame(
  representation: Representation,
  { type, stored }: { type: EventType; stored: StoredObject },
): Buffer {
  const ofResource = protobufFrames.get(representation) ?? new WeakMap()
  protobufFrames.set(representation, ofResource)
  const ofObject = ofResource.get(stored) ?? new Map<EventType, Buffer>()
  ofResource.set(stored, ofObject)
  const frame = ofObject.get(type) ?? protobufFraming.frame(type, representation.objectOf(stored))
  ofObject.set(type, frame)
  return frame
}

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
  watch: {
    media: Media
    framing: Framing
    query: URLSearchParams
    predicate: Predicate | undefined
  },
): FrameMaker {
  const { representation, info } = served
  const how = transformation(served, watch.media, watch.query)
  const plain = watch.media.as === 'Object'
  const line = watch.framing.frame
  let columnsSent = false

  const asked = (object: ApiObject): object => {
    const shown = transformObject(how, object, { withoutColumns: columnsSent })
    columnsSent = true
    return shown
  }

  const frame = (type: EventType, stored: StoredObject): Buffer => {
    if (plain && watch.framing === jsonFraming) return representation.frame(type, stored)
    if (plain) return protobufFrame(representation, { type, stored })
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
