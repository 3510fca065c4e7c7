import type { Allocate } from './adjacent-memory.ts'
import type { StoredBody, StoredObject } from './interface.ts'

const opening = Buffer.from('{"metadata":{')
const closingBrace = 0x7d
const keptParsed = 1024

/** Keeps the objects parsed last from being collected: a bound on memory that makes hot objects cheap. */
export class ParsedObjects {
  readonly #recent: unknown[] = []
  #next = 0

  keep(object: object): void {
    this.#recent[this.#next] = object
    this.#next = (this.#next + 1) % keptParsed
  }
}

/** Makes a value what its JSON says, for good: fields that are undefined are none. What is frozen is so already. */
function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  for (const [field, inner] of Object.entries(value)) {
    if (inner === undefined) Reflect.deleteProperty(value, field)
    else freezeDeep(inner)
  }
  Object.freeze(value)
}

/** When an object with a lifetime ends: both in seconds, `expiresAt` since the epoch. */
export interface Lifetime {
  readonly ttlSeconds: number
  readonly expiresAt: number
}

export function lifetimeFromNow(ttlSeconds: number | undefined): Lifetime | undefined {
  if (ttlSeconds === undefined) return undefined
  return { ttlSeconds, expiresAt: Math.ceil(Date.now() / 1000) + ttlSeconds }
}

export interface ObjectState {
  readonly key: string
  readonly revision: number
  /** The object as it is stored: JSON without resourceVersion, beginning `{"metadata":{`. */
  readonly stored: Buffer
  /** What `stored` was printed of, for objects that are likely to be read soon. The cached object takes it over and freezes it. */
  readonly body?: StoredBody | undefined
  readonly lifetime?: Lifetime | undefined
  /** Memory of so many octets for its JSON; its own when absent. */
  readonly allocate?: Allocate | undefined
}

/** A StoredObject that parses its bytes on first use and forgets the result when memory is wanted. */
export class CachedObject implements StoredObject {
  readonly key: string
  readonly revision: number
  readonly lifetime: Lifetime | undefined
  #json: Buffer
  readonly #parsed: ParsedObjects
  #object: WeakRef<StoredBody> | undefined

  constructor(state: ObjectState, parsed: ParsedObjects) {
    this.key = state.key
    this.revision = state.revision
    this.#json = withResourceVersion(state)
    this.lifetime = state.lifetime
    this.#parsed = parsed
    if (state.body === undefined) return
    const { metadata, ...rest } = state.body
    const resourceVersion = String(state.revision)
    this.#keep({ metadata: { resourceVersion, ...metadata }, ...rest })
  }

  get json(): Buffer {
    return this.#json
  }

  get object(): StoredBody {
    const known = this.#object?.deref()
    if (known !== undefined) return known
    return this.#keep(JSON.parse(this.json.toString()) as StoredBody)
  }

  #keep(object: StoredBody): StoredBody {
    freezeDeep(object)
    this.#object = new WeakRef(object)
    this.#parsed.keep(object)
    return object
  }

  adopt(json: Buffer): void {
    // What lies among others' bytes already stays there.
    if (this.#json.length === this.#json.buffer.byteLength) this.#json = json
  }

  /** The bytes behind `{"metadata":{` without the resourceVersion; equal for two states iff they are stored alike. */
  get body(): Buffer {
    return this.json.subarray(
      opening.length + resourceVersionField(this.revision, this.json).length,
    )
  }

  /** The same state under the revision of its deletion. */
  deletedAt(revision: number): CachedObject {
    const stored = Buffer.concat([opening, this.body])
    return new CachedObject({ key: this.key, revision, stored }, this.#parsed)
  }
}

/** Whether a stored value holds what the object already is. */
export const sameState = (object: CachedObject, stored: Buffer): boolean =>
  object.body.equals(stored.subarray(opening.length))

/** Whether a stored value is an object as this package writes them. */
export const isObjectJson = (stored: Buffer): boolean =>
  stored.length > opening.length && stored.subarray(0, opening.length).equals(opening)

/** What is stored of an object, and its JSON: metadata first, without apiVersion, kind and resourceVersion. */
export function storedForm(object: object): { stored: Buffer; body: StoredBody } {
  const { apiVersion, kind, metadata, ...rest } = object as Record<string, unknown>
  void apiVersion
  void kind
  const { resourceVersion, ...meta } = (metadata ?? {}) as Record<string, unknown>
  void resourceVersion
  const body = { metadata: meta, ...rest }
  return { stored: Buffer.from(JSON.stringify(body)), body: body as unknown as StoredBody }
}

function resourceVersionField(revision: number, json: Buffer): string {
  const field = `"resourceVersion":"${revision}"`
  return json[opening.length + field.length] === closingBrace ? field : `${field},`
}

/** Slices of Node's shared pool would keep whole pools alive for years. */
const ownMemory = (length: number): Buffer => Buffer.allocUnsafeSlow(length)

function withResourceVersion({ stored, revision, allocate = ownMemory }: ObjectState): Buffer {
  const comma = stored[opening.length] === closingBrace ? '' : ','
  const field = `"resourceVersion":"${revision}"${comma}`
  const json = allocate(stored.length + field.length)
  opening.copy(json)
  json.write(field, opening.length, 'latin1')
  stored.copy(json, opening.length + field.length, opening.length)
  return json
}
