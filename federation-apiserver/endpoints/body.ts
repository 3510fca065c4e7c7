import type { Readable } from 'node:stream'
import { newBadRequest, newRequestEntityTooLarge } from '#apimachinery/errors/status-error.ts'
import type { Body } from '#apimachinery/scheme/decode.ts'
import type { ApiRequest, ApiResponse } from './exchange.ts'
import { maxYamlHere, YamlThread } from './yaml-thread.ts'

export const maxBodyBytes = 3 * 1024 * 1024

const tooLarge = () =>
  newRequestEntityTooLarge(`Request entity too large: limit is ${maxBodyBytes}`)

/** A body as it came. */
export type RequestBody = Pick<Body, 'bytes' | 'contentType' | 'yaml'>

const yamlThread = new YamlThread()
const yamlTypes = new Set(['application/yaml', 'application/apply-patch+yaml'])
const openingBrace = 0x7b

/** JSON is sent as YAML by most clients, and needs no thread. */
function isLongYaml({ bytes, contentType = '' }: RequestBody): boolean {
  if (bytes.length <= maxYamlHere || bytes[0] === openingBrace) return false
  return yamlTypes.has(contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '')
}

/** The body; 413 above 3 MiB. Bodies without a Content-Type are legal, so no parser of the framework sees them. */
export const readBody = (req: ApiRequest, res: ApiResponse): Promise<RequestBody> =>
  readBytes(req, res).then((bytes) => {
    const body = { bytes, contentType: req.headers['content-type'] }
    if (!isLongYaml(body)) return body
    const parsing = yamlThread.parse(bytes.toString(), res.locals.signal)
    return parsing.then((yaml) => ({ ...body, yaml }))
  })

/** Where the body comes from: requests of HTTP/2 leave it in their stream. */
const sourceOf = (req: ApiRequest): Readable =>
  (req as ApiRequest & { readonly stream?: Readable }).stream ?? req

interface Reading {
  readonly chunks: Buffer[]
  size: number
  readonly resolve: (body: Buffer) => void
  readonly reject: (why: Error) => void
}

/**
 * Listens itself: an iterator over the chunks costs as much as decoding a small body. Nothing of the body can be reached by its stream once
 * it is read, as Node holds on to streams for a while.
 */
function readBytes(req: ApiRequest, res: ApiResponse): Promise<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > maxBodyBytes) return Promise.reject(tooLarge())
  const source = sourceOf(req)
  let reading: Reading | undefined
  const body = new Promise<Buffer>((resolve, reject) => {
    reading = { chunks: [], size: 0, resolve, reject }
  })
  const over = (): Reading | undefined => {
    const ended = reading
    reading = undefined
    return ended
  }
  source.on('data', (chunk: Buffer) => {
    if (reading === undefined) return
    reading.size += chunk.length
    reading.chunks.push(chunk)
    if (reading.size <= maxBodyBytes) return
    over()?.reject(tooLarge())
    source.pause()
  })
  source.on('end', () => {
    const read = over()
    const [only] = read?.chunks ?? []
    read?.resolve(
      read.chunks.length === 1 && only !== undefined ? only : Buffer.concat(read.chunks),
    )
  })
  const unreadable = (cause?: unknown): void =>
    over()?.reject(newBadRequest('the request body could not be read', { cause }))
  if (source === req) source.on('error', unreadable)
  res.locals.atEnd(unreadable)
  return body
}
