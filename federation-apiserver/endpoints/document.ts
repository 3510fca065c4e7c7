import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, gunzip as gunzipCallback, gzip as gzipCallback } from 'node:zlib'
import type { ApiRequest, ApiResponse } from './exchange.ts'
import { commonHeaders } from './respond.ts'

const gzip = promisify(gzipCallback)
const gunzip = promisify(gunzipCallback)

/** A document that is the same for everybody; kept compressed only, since most clients take it so and it is large. */
export interface Document {
  readonly contentType: string
  /** Strong, quoted (RFC 9110 §8.8.3). */
  readonly etag: string
  readonly compressed: Buffer
  readonly length: number
}

export const quotedHash = (bytes: Buffer | string): string =>
  `"${createHash('sha512').update(bytes).digest('hex').toUpperCase()}"`

export async function compressDocument(bytes: Buffer, contentType: string): Promise<Document> {
  const compressed = await gzip(bytes, { level: constants.Z_DEFAULT_COMPRESSION })
  return { contentType, etag: quotedHash(bytes), compressed, length: bytes.length }
}

/** Answers with a document, or 304 when the client has it (If-None-Match). */
export async function sendDocument(
  req: ApiRequest,
  res: ApiResponse,
  answer: { document: Document; headers?: Record<string, string> },
): Promise<void> {
  const { document } = answer
  const headers: Record<string, string | string[]> = {
    ...commonHeaders(res),
    etag: document.etag,
    vary: 'Accept, Accept-Encoding',
    ...answer.headers,
  }
  const held = String(req.headers['if-none-match'] ?? '')
  if (held.split(',').some((tag) => tag.trim() === document.etag)) {
    res.writeHead(304, headers)
    res.end()
    return
  }
  const acceptsGzip = /\bgzip\b/.test(String(req.headers['accept-encoding']))
  const bytes = acceptsGzip ? document.compressed : await gunzip(document.compressed)
  if (res.headersSent || res.destroyed) return
  res.writeHead(200, {
    ...headers,
    'content-type': document.contentType,
    'content-length': String(bytes.length),
    ...(acceptsGzip ? { 'content-encoding': 'gzip' } : {}),
  })
  res.end(req.method === 'HEAD' ? undefined : bytes)
}
