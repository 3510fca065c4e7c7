import { promisify } from 'node:util'
import { constants, gzip as gzipWithCallback } from 'node:zlib'
import type { Status } from '#apimachinery/errors/status.ts'
import type { StatusError } from '#apimachinery/errors/status-error.ts'
import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { encodeProtobuf } from '#apimachinery/protobuf/encode.ts'
import { printYaml } from '#apimachinery/scheme/yaml.ts'
import type { ApiRequest, ApiResponse } from './exchange.ts'
import { encodingsOf, protobufType } from './negotiation.ts'

const gzip = promisify(gzipWithCallback)

/** Smaller bodies cost more to compress than to send. */
export const gzipThreshold = 128 * 1024

const prettyAgents = /^(curl|Wget|Mozilla\/5\.0)/

/** What Go's strconv.ParseBool takes for a yes. */
const yes = /^(?:1|t|T|TRUE|true|True)$/

function wantsPretty(req: ApiRequest, query: URLSearchParams | undefined): boolean {
  const asked = query?.get('pretty') ?? ''
  if (asked !== '') return yes.test(asked)
  return prettyAgents.test(req.headers['user-agent'] ?? '')
}

/** Characters of all Warning headers of an answer, and of each once they would be more: clients bound the headers they read. */
const maxWarningLength = 4096
const maxItemLength = 256

/** A quoted string of a header: UTF-8 (Node writes one byte a character), without control characters. */
const quoted = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- they are what must not be sent
  `"${Buffer.from(text.replace(/[\u0000-\u001f\u007f]/g, ' '))
    .toString('latin1')
    .replace(/["\\]/g, '\\$&')}"`

/** Values of the Warning headers (RFC 7234 §5.5, KEP-1693): as many as fit. */
function warningHeaders(warnings: ReadonlySet<string>): string[] {
  let left = maxWarningLength
  const tooLong = [...warnings].reduce((sum, text) => sum + text.length, 0) > left
  const headers: string[] = []
  for (const text of warnings) {
    const shown = tooLong ? text.slice(0, maxItemLength) : text
    left -= shown.length
    if (left < 0) break
    headers.push(`299 - ${quoted(shown)}`)
  }
  return headers
}

/** Headers of every answer: who to ask in the logs, and that nothing may be cached. */
export function commonHeaders(res: ApiResponse): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'cache-control': 'no-cache, private' }
  const { auditID, warnings } = res.locals
  if (auditID !== undefined) headers['audit-id'] = auditID
  if (warnings !== undefined && warnings.size > 0) {
    headers['warning'] = warningHeaders(warnings)
  }
  return headers
}

interface Body {
  readonly status: number
  /** Pieces of one JSON document, without the newline at its end. */
  readonly json: readonly Buffer[]
  /** A document or a failure: forms of objects that the client takes, as tables, do not count. */
  readonly offer?: 'document'
  readonly headers?: Record<string, string | string[]>
}

const newline = Buffer.from('\n')
const json = 'application/json'

export const acceptsGzip = (req: ApiRequest): boolean =>
  /\bgzip\b/.test(String(req.headers['accept-encoding']))

const isJsonFirst = (req: ApiRequest, offer?: 'document'): boolean =>
  encodingsOf(req.headers.accept, offer)[0] === 'json'

/** In no other notation, nor pretty. */
export const wantsJsonAsIs = (req: ApiRequest, res: ApiResponse): boolean =>
  isJsonFirst(req) && !wantsPretty(req, res.locals.info.query)

/** Larger answers are JSON for who takes it: their bytes are at hand, and protobuf would be made of them while everybody waits. */
const maxProtobufBytes = 1024 * 1024

interface Encoded {
  readonly type: string
  readonly bytes: Buffer
}

/** JSON in another notation, the first that is accepted and has a form of it. Undefined: JSON it is. */
function inNotation(
  req: ApiRequest,
  bytes: Buffer,
  offer: 'document' | undefined,
): Encoded | undefined {
  const encodings = encodingsOf(req.headers.accept, offer)
  for (const encoding of encodings) {
    if (encoding === 'json') return undefined
    if (encoding === 'yaml') {
      const text = printYaml(JSON.parse(bytes.toString()))
      return { type: 'application/yaml', bytes: Buffer.from(text) }
    }
    if (bytes.length > maxProtobufBytes && encodings.includes('json')) continue
    const message = encodeProtobuf(JSON.parse(bytes.toString()) as JsonObject)
    if (message !== undefined) return { type: protobufType, bytes: message }
  }
  return undefined
}

/** Sends JSON bytes: as protobuf, YAML or pretty if asked for, compressed if large and accepted. */
export async function sendJson(req: ApiRequest, res: ApiResponse, body: Body): Promise<void> {
  const headers: Record<string, string | string[]> = {
    ...commonHeaders(res),
    'content-type': json,
    ...body.headers,
  }
  let bytes: Buffer = Buffer.concat([...body.json, newline])
  const { offer } = body
  const isPlain = headers['content-type'] !== json || isJsonFirst(req, offer)
  const other = isPlain ? undefined : inNotation(req, bytes, offer)
  if (other !== undefined) {
    headers['content-type'] = other.type
    bytes = other.bytes
  } else if (wantsPretty(req, res.locals.info?.query)) {
    bytes = Buffer.from(JSON.stringify(JSON.parse(bytes.toString()), null, 2))
  }
  if (bytes.length > gzipThreshold && acceptsGzip(req)) {
    bytes = await gzip(bytes, { level: constants.Z_BEST_SPEED })
    headers['content-encoding'] = 'gzip'
    headers['vary'] = 'Accept-Encoding'
  }
  // The time may have run out, or the client gone, while this was compressed.
  if (res.headersSent || res.destroyed) return
  headers['content-length'] = String(bytes.length)
  res.locals.sentOctets = bytes.length
  res.writeHead(body.status, headers)
  res.end(req.method === 'HEAD' ? undefined : bytes)
}

export const sendObject = (
  req: ApiRequest,
  res: ApiResponse,
  answer: Omit<Body, 'json'> & { readonly object: object },
): Promise<void> =>
  sendJson(req, res, { ...answer, json: [Buffer.from(JSON.stringify(answer.object))] })

/** For paths where there is no API. */
export function sendNotFoundPage(res: ApiResponse): void {
  res.writeHead(404, {
    ...commonHeaders(res),
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  })
  res.end('404 page not found\n')
}

/** A failure as Kubernetes tells it; 429 says when to come back. */
export function sendStatusError(
  req: ApiRequest,
  res: ApiResponse,
  err: StatusError,
): Promise<void> {
  const status: Status = err.status
  const after = status.details?.retryAfterSeconds
  return sendObject(req, res, {
    status: err.code,
    object: status,
    offer: 'document',
    ...(after === undefined ? {} : { headers: { 'retry-after': String(after) } }),
  })
}
