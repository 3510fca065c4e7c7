import type { RequestHandler } from 'express'
import { newNotAcceptable } from '#apimachinery/errors/status-error.ts'
import {
  type OpenapiOptions,
  openapiV2,
  openapiV3,
  openapiV3Index,
  openapiV3Path,
} from '#apimachinery/scheme/openapi.ts'
import type { Definitions } from '#apimachinery/scheme/definition.ts'
import type { Scheme } from '#apimachinery/scheme/scheme.ts'
import { compressDocument, type Document, sendDocument } from './document.ts'
import type { ApiRequest, ApiResponse } from './exchange.ts'
import { parseAccept } from './negotiation.ts'
import { encodeInSlices } from './openapi-slices.ts'
import { commonHeaders } from './respond.ts'

const protobufTypes = new Set([
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
  'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
])
const protobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
const json = 'application/json'
const bytes = (value: object): Buffer => Buffer.from(JSON.stringify(value))

const v3Prefix = '/openapi/v3/'

/** Read when the first document is made: most servers are never asked for one. */
async function texts(): Promise<OpenapiOptions> {
  const { descriptions } = await import('#apimachinery/schema/descriptions.ts')
  return { descriptions }
}

/** Whether /openapi/v2 is wanted as protobuf (every kubectl and helm) or as JSON; throws 406 for anything else. */
function formOf(accept: string | undefined): 'protobuf' | 'json' {
  if (accept === undefined || accept === '') return 'json'
  for (const { type } of parseAccept(accept)) {
    if (protobufTypes.has(type)) return 'protobuf'
    if (type === json || type === '*/*' || type === 'application/*') return 'json'
  }
  throw newNotAcceptable(`only the following media types are accepted: ${json}, ${protobufType}`)
}

/**
 * Documents by what they describe: servers in one process that serve the same kinds share them. A Scheme's definitions are one object
 * for all schemes of its kind.
 */
const shared = new WeakMap<Definitions, Map<string, Promise<Document>>>()

function documentsOf({ definitions }: Scheme): Map<string, Promise<Document>> {
  const known = shared.get(definitions)
  if (known !== undefined) return known
  const made = new Map<string, Promise<Document>>()
  shared.set(definitions, made)
  return made
}

/**
 * /openapi/v2 and /openapi/v3. Documents are made when they are first asked for, and kept compressed. The protobuf form of v2 takes
 * about 0.2 s of CPU, once, in slices.
 */
export function openapiEndpoints(current: () => Scheme): RequestHandler {
  const document = (
    scheme: Scheme,
    key: string,
    make: (options: OpenapiOptions) => Buffer | Promise<Buffer>,
    contentType = json,
  ): Promise<Document> => {
    const made = documentsOf(scheme)
    const known = made.get(key)
    if (known !== undefined) return known
    const found = (async () => compressDocument(await make(await texts()), contentType))()
    made.set(key, found)
    // What could not be made is tried again by the next who asks.
    found.catch(() => made.delete(key))
    return found
  }
  const v2 = (scheme: Scheme, form: 'protobuf' | 'json'): Promise<Document> =>
    form === 'json'
      ? document(scheme, 'v2', (options) => bytes(openapiV2(scheme, options)))
      : document(
          scheme,
          'v2 protobuf',
          (options) => encodeInSlices(openapiV2(scheme, options)),
          protobufType,
        )
  const v3 = async (req: ApiRequest, res: ApiResponse, path: string): Promise<void> => {
    const scheme = current()
    const gv = scheme.groupVersions().find((one) => openapiV3Path(one) === path)
    if (gv === undefined) return notFound(res)
    const make = (options: OpenapiOptions): Buffer => bytes(openapiV3(scheme, gv, options))
    const found = await document(scheme, `v3 ${path}`, make)
    const hash = found.etag.slice(1, -1)
    const asked = new URL(req.url, 'https://localhost').searchParams.get('hash')
    if (asked !== null && asked !== hash) {
      res.writeHead(301, { ...commonHeaders(res), location: `/openapi/v3/${path}?hash=${hash}` })
      res.end()
      return
    }
    const forever = {
      'cache-control': 'public, immutable',
      expires: new Date(Date.now() + 31_536_000_000).toUTCString(),
    }
    await sendDocument(req, res, { document: found, headers: asked === null ? {} : forever })
  }
  const indexOf = (req: ApiRequest, version: string): Promise<Document> => {
    const scheme = current()
    if (version === 'v2') return v2(scheme, formOf(req.headers.accept))
    return document(scheme, 'v3', (options) => bytes(openapiV3Index(scheme, options)))
  }
  return async (req, response, next) => {
    const res = response as ApiResponse
    if (req.path.startsWith(v3Prefix)) return await v3(req, res, req.path.slice(v3Prefix.length))
    const version = /^\/openapi\/(v[23])$/.exec(req.path)?.[1]
    if (version === undefined || !['GET', 'HEAD'].includes(req.method)) return next()
    return await sendDocument(req, res, { document: await indexOf(req, version) })
  }
}

/** Without a word, as the original. */
function notFound(res: ApiResponse): void {
  res.writeHead(404, commonHeaders(res))
  res.end()
}
