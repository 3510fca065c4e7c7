import { crc32 } from 'node:zlib'
import type { ApiRequest, ApiResponse } from './exchange.ts'
import type { ListBlock } from './list-blocks.ts'
import { PacedResponse } from './paced-response.ts'
import { acceptsGzip, commonHeaders, gzipThreshold, sendJson, wantsJsonAsIs } from './respond.ts'

/** A list in pieces: what stands before the first object, the objects, what stands behind the last. */
export interface ListBody {
  readonly head: Buffer
  readonly blocks: readonly ListBlock[]
  readonly end: Buffer
}

const parallelCompressions = 2
/** Blocks are the same octets for everybody who lists. */
const maxPendingBytes = 1024 * 1024
const comma = Buffer.from(',')
const newline = Buffer.from('\n')
const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255])

/** Bytes as a deflate block that is not compressed (RFC 1951 §3.2.4); at most 64 KiB. */
function storedBlock(bytes: Buffer, { last }: { last: boolean }): Buffer {
  const header = Buffer.alloc(5)
  header[0] = last ? 1 : 0
  header.writeUInt16LE(bytes.length, 1)
  header.writeUInt16LE(~bytes.length & 0xffff, 3)
  return Buffer.concat([header, bytes])
}

const deflatedComma = storedBlock(comma, { last: false })

/** One gzip member (RFC 1952), in pieces, out of blocks that were compressed by themselves, each at most once. */
export async function gzipped({ head, blocks, end }: ListBody): Promise<readonly Buffer[]> {
  const queue = blocks.values()
  const worker = async (): Promise<void> => {
    for (const block of queue) await block.deflated()
  }
  await Promise.all(Array.from({ length: parallelCompressions }, worker))
  const pieces = [gzipHeader, storedBlock(head, { last: false })]
  let crc = crc32(head)
  let length = head.length + end.length
  for (const [i, block] of blocks.entries()) {
    const bytes = i === 0 ? block.bytes.subarray(1) : block.bytes
    if (i > 0) pieces.push(deflatedComma)
    pieces.push(await block.deflated())
    crc = crc32(bytes, crc)
    length += bytes.length
  }
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(end, crc))
  trailer.writeUInt32LE(length % 2 ** 32, 4)
  pieces.push(storedBlock(end, { last: true }), trailer)
  return pieces
}

export const lengthOf = ({ head, blocks, end }: ListBody): number =>
  blocks.reduce((sum, { bytes }) => sum + bytes.length, head.length + end.length) -
  (blocks.length > 0 ? 1 : 0)

/** Sends a list: its blocks as they are, or compressed if that is accepted and worth it. */
export async function sendList(req: ApiRequest, res: ApiResponse, list: ListBody): Promise<void> {
  const body = { ...list, end: Buffer.concat([list.end, newline]) }
  const length = lengthOf(body)
  if (length <= gzipThreshold || req.method === 'HEAD' || !wantsJsonAsIs(req, res)) {
    const objects = list.blocks.map(({ bytes }, i) => (i === 0 ? bytes.subarray(1) : bytes))
    return sendJson(req, res, { status: 200, json: [list.head, ...objects, list.end] })
  }
  const compressed = acceptsGzip(req) ? await gzipped(body) : undefined
  // The time may have run out, or the client gone, while this was compressed.
  if (res.headersSent || res.destroyed) return
  const sent = compressed?.reduce((sum, piece) => sum + piece.length, 0) ?? length
  res.locals.sentOctets = sent
  res.writeHead(200, {
    ...commonHeaders(res),
    'content-type': 'application/json',
    'content-length': String(sent),
    ...(compressed && { 'content-encoding': 'gzip', vary: 'Accept-Encoding' }),
  })
  const objects = body.blocks.map(({ bytes }, i) => (i === 0 ? bytes.subarray(1) : bytes))
  const paced = new PacedResponse(res, res.locals.signal, { maxPendingBytes })
  if (await paced.write(compressed ?? [body.head, ...objects, body.end])) res.end()
  else res.destroy()
}
