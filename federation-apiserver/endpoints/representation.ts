import { formatGroupVersion } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { ResourceInfo } from '#apimachinery/scheme/scheme.ts'
import type { Conversion } from '../registry/conversion/conversion.ts'
import { thawedObject, wholeObject } from '../registry/stored.ts'
import type { StoredObject } from '../storage/interface.ts'
import { blocksOf } from './list-blocks.ts'
import type { ListBody } from './send-list.ts'

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED'

export interface ListMeta {
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

const comma = Buffer.from(',')
const listEnd = Buffer.from(']}')
const frameEnd = Buffer.from('}\n')

/**
 * The bytes of one resource in one version. Stored bytes begin with `{"metadata":{` and are sent as they are, behind kind and
 * apiVersion: nothing is parsed or printed to answer. Versions that are not stored are converted, and pay for it.
 */
export class Representation {
  readonly #info: ResourceInfo
  readonly #hub: ResourceInfo
  readonly #conversion: Conversion | undefined
  readonly #head: Buffer
  readonly #listHead: string
  readonly #isCustom: boolean
  /** Frames of watch events by the object they carry, so that every watcher sends the same bytes. */
  readonly #frames: Readonly<Record<EventType, WeakMap<StoredObject, Buffer>>> = {
    ADDED: new WeakMap(),
    MODIFIED: new WeakMap(),
    DELETED: new WeakMap(),
  }

  /** Lists of custom kinds say of each item what it is, and that nothing continues. */
  constructor(
    info: ResourceInfo,
    hub: ResourceInfo,
    { conversion, isCustom = false }: { conversion?: Conversion; isCustom?: boolean } = {},
  ) {
    this.#isCustom = isCustom
    this.#info = info
    this.#hub = hub
    this.#conversion = conversion
    const apiVersion = formatGroupVersion(info)
    this.#head = Buffer.from(`{"kind":"${info.kind}","apiVersion":"${apiVersion}",`)
    this.#listHead = `{"kind":"${info.kind}List","apiVersion":"${apiVersion}","metadata":`
  }

  /** The whole object in this version, to read. */
  objectOf(stored: StoredObject): Readonly<ApiObject> {
    if (this.#conversion !== undefined) {
      return this.#conversion.fromHub(thawedObject(this.#hub, stored))
    }
    return wholeObject(this.#info, stored)
  }

  object(stored: StoredObject): Buffer[] {
    if (this.#conversion !== undefined) return [Buffer.from(JSON.stringify(this.objectOf(stored)))]
    return [this.#head, stored.json.subarray(1)]
  }

  /** A list whose objects are likely to be listed again: all of a resource, or of a namespace. */
  wholeList(items: readonly StoredObject[], meta: ListMeta): ListBody | undefined {
    if (this.#conversion !== undefined || this.#isCustom) return undefined
    return { head: this.#headOfList(meta), blocks: blocksOf(items), end: listEnd }
  }

  list(items: readonly StoredObject[], meta: ListMeta): Buffer[] {
    const pieces: Buffer[] = [this.#headOfList(meta)]
    for (const [i, stored] of items.entries()) {
      if (i > 0) pieces.push(comma)
      if (this.#isCustom) pieces.push(...this.object(stored))
      else pieces.push(this.#item(stored))
    }
    pieces.push(listEnd)
    return pieces
  }

  /** One line of a watch stream. */
  frame(type: EventType, stored: StoredObject): Buffer {
    const made = this.#frames[type].get(stored)
    if (made !== undefined) return made
    const start = Buffer.from(`{"type":"${type}","object":`)
    const frame = Buffer.concat([start, ...this.object(stored), frameEnd])
    this.#frames[type].set(stored, frame)
    return frame
  }

  #headOfList(meta: ListMeta): Buffer {
    const whole = this.#isCustom ? { continue: '', ...meta } : meta
    return Buffer.from(`${this.#listHead}${JSON.stringify(whole)},"items":[`)
  }

  /** Items of lists have neither kind nor apiVersion, as the original sends built-in kinds. */
  #item(stored: StoredObject): Buffer {
    if (this.#conversion === undefined) return stored.json
    const { kind: _kind, apiVersion: _apiVersion, ...item } = this.objectOf(stored)
    return Buffer.from(JSON.stringify(item))
  }
}
