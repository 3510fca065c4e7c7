import { newBadRequest, newRequestEntityTooLarge } from '#apimachinery/errors/status-error.ts'
import type { ApiRequest } from './exchange.ts'

export const maxBodyBytes = 3 * 1024 * 1024

const tooLarge = () =>
  newRequestEntityTooLarge(`Request entity too large: limit is ${maxBodyBytes}`)

/** The raw body; 413 above 3 MiB. Bodies without a Content-Type are legal, so no parser of the framework sees them. */
export async function readBody(req: ApiRequest): Promise<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of req as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBodyBytes) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (err) {
    if (size > maxBodyBytes) throw tooLarge()
    throw newBadRequest('the request body could not be read', { cause: err })
  }
  const [only] = chunks
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size)
}
