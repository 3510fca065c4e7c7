import { setImmediate as nextTurn } from 'node:timers/promises'
import { encodeOpenapiV2 } from '#apimachinery/protobuf/openapi-v2.ts'

/** Entries of `paths` or `definitions` that are encoded in one go: a few milliseconds. */
const sliceSize = 10

type Entries = Readonly<Record<string, unknown>>

function* slicesOf(entries: Entries): Iterable<Entries> {
  const all = Object.entries(entries)
  for (let i = 0; i < all.length; i += sliceSize) {
    yield Object.fromEntries(all.slice(i, i + sliceSize))
  }
}

/**
 * The protobuf form of an OpenAPI v2 document, made in slices so that other requests are answered in between. A reader merges what
 * comes several times into one message: concatenated encodings are the encoding of the whole (protobuf, "Last One Wins" and merging).
 */
export async function encodeInSlices(document: object): Promise<Buffer> {
  const { paths = {}, definitions = {}, ...rest } = document as Record<string, Entries>
  const pieces = [Buffer.from(encodeOpenapiV2(rest))]
  for (const [field, entries] of [
    ['paths', paths],
    ['definitions', definitions],
  ] as const) {
    for (const slice of slicesOf(entries)) {
      await nextTurn()
      pieces.push(Buffer.from(encodeOpenapiV2({ [field]: slice })))
    }
  }
  return Buffer.concat(pieces)
}
