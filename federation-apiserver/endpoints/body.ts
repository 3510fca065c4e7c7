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
export async function readBody(req: ApiRequest, res: ApiResponse): Promise<RequestBody> {
  const body = { bytes: await readBytes(req), contentType: req.headers['content-type'] }
  if (!isLongYaml(body)) return body
  return { ...body, yaml: await yamlThread.parse(body.bytes.toString(), res.locals.signal) }
}

/** Of HTTP/2, what the request would read from: it is a stream that is filled from another one. */
const sourceOf = (req: ApiRequest): Readable =>
  (req as ApiRequest & { readonly stream?: Readable }).stream ?? req

/** Listens itself: an iterator over the chunks costs as much as decoding a small body. */
function readBytes(req: ApiRequest): Promise<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > maxBodyBytes) return Promise.reject(tooLarge())
  const source = sourceOf(req)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let isRead = false
    const unreadable = (cause?: unknown): void => {
      if (!isRead) reject(newBadRequest('the request body could not be read', { cause }))
    }
    source.on('data', (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= maxBodyBytes) return
      reject(tooLarge())
      source.pause()
    })
    source.on('end', () => {
      isRead = true
      const [only] = chunks
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size))
    })
    source.on('error', unreadable)
    source.on('aborted', unreadable)
    source.on('close', unreadable)
  })
}
