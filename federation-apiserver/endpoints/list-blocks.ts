import { promisify } from 'node:util'
import { constants, deflateRaw as deflateRawWithCallback } from 'node:zlib'
import type { StoredObject } from '../storage/interface.ts'

const deflateRaw = promisify(deflateRawWithCallback)

/** A block ends behind an object with this chance, whatever stands before it: lists that differ in one place share all other blocks. */
const objectsInBlock = 64
const maxBlockBytes = 64 * 1024
/** Compressed blocks are kept for the next list up to this much; who comes back to the same lists pays for what changed only. */
const maxCompressedBytes = 16 * 1024 * 1024
const comma = 0x2c

const endsBlock = ({ revision }: StoredObject): boolean =>
  Math.imul(revision, 0x9e3779b1) >>> 0 < 2 ** 32 / objectsInBlock

/** Neighbours in a list with their JSON in one piece, which is theirs from then on: nothing is copied to send it again. */
export class ListBlock {
  readonly objects: readonly StoredObject[]
  /** Each object behind a comma. */
  readonly bytes: Buffer
  #deflated: Promise<Buffer> | undefined

  constructor(objects: readonly StoredObject[]) {
    this.objects = objects
    this.bytes = adjacentOctets(objects) ?? gathered(objects)
  }

  /** `bytes` behind its first comma as whole deflate blocks, not the last of a stream and independent of what was before. */
  deflated(): Promise<Buffer> {
    return (this.#deflated ??= this.#deflate())
  }

  forgetDeflated(): void {
    this.#deflated = undefined
  }

  async #deflate(): Promise<Buffer> {
    const options = { level: constants.Z_BEST_SPEED, finishFlush: constants.Z_FULL_FLUSH }
    const deflated = await deflateRaw(this.bytes.subarray(1), options)
    // Its own memory, and no more than it needs.
    const kept = Buffer.allocUnsafeSlow(deflated.length)
    deflated.copy(kept)
    keepCompressed(this, kept.length)
    return kept
  }
}

/** The octets of objects that lie one behind the other, each behind a comma; undefined when they do not. */
function adjacentOctets(objects: readonly StoredObject[]): Buffer | undefined {
  const first = objects[0]?.json
  if (first === undefined || first.byteOffset === 0) return undefined
  const memory = Buffer.from(first.buffer)
  let end = first.byteOffset - 1
  for (const { json } of objects) {
    if (json.buffer !== first.buffer || json.byteOffset !== end + 1) return undefined
    if (memory[end] !== comma) return undefined
    end = json.byteOffset + json.length
  }
  return memory.subarray(first.byteOffset - 1, end)
}

/** Their JSON copied together, which the objects take for theirs. */
function gathered(objects: readonly StoredObject[]): Buffer {
  const bytes = Buffer.allocUnsafeSlow(objects.reduce((sum, { json }) => sum + json.length + 1, 0))
  let at = 0
  for (const object of objects) {
    const { json } = object
    bytes[at] = comma
    bytes.set(json, at + 1)
    object.adopt?.(bytes.subarray(at + 1, at + 1 + json.length))
    at += json.length + 1
  }
  return bytes
}

/** The block that begins with an object; its memory goes with the object. */
const blocks = new WeakMap<StoredObject, ListBlock>()

const holds = (block: ListBlock, items: readonly StoredObject[], start: number): boolean =>
  block.objects.every((object, i) => object === items[start + i])

/** Divides a list into blocks; those that hold the same objects as in an earlier list are the same. */
export function blocksOf(items: readonly StoredObject[]): ListBlock[] {
  const found: ListBlock[] = []
  for (let start = 0; start < items.length;) {
    const first = items[start] as StoredObject
    let block = blocks.get(first)
    if (block === undefined || !holds(block, items, start)) {
      block = new ListBlock(items.slice(start, endOfBlock(items, start)))
      blocks.set(first, block)
    }
    found.push(block)
    start += block.objects.length
  }
  return found
}

function endOfBlock(items: readonly StoredObject[], start: number): number {
  let bytes = 0
  for (let end = start; end < items.length; end += 1) {
    const object = items[end] as StoredObject
    bytes += object.json.length
    if (endsBlock(object) || bytes >= maxBlockBytes) return end + 1
  }
  return items.length
}

const compressed = new Map<WeakRef<ListBlock>, number>()
let compressedBytes = 0

/** Blocks that were compressed longest ago forget it when there is too much. */
function keepCompressed(block: ListBlock, bytes: number): void {
  compressed.set(new WeakRef(block), bytes)
  compressedBytes += bytes
  for (const [oldest, size] of compressed) {
    if (compressedBytes <= maxCompressedBytes) return
    oldest.deref()?.forgetDeflated()
    compressed.delete(oldest)
    compressedBytes -= size
  }
}
