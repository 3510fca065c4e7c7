import type { RequestHandler } from 'express'
import type { Scheme } from '#apimachinery/scheme/scheme.ts'
import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  coreVersions,
  rootPaths,
} from './discovery-documents.ts'
import { compressDocument, type Document, sendDocument } from './document.ts'
import type { ApiRequest, ApiResponse } from './exchange.ts'
import { parseAccept } from './negotiation.ts'
import { commonHeaders, sendObject } from './respond.ts'

/** The aggregated version that the client prefers to the legacy form; undefined when it asks for the legacy form. */
function aggregatedVersion(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const { type, parameters } of parseAccept(accept ?? '')) {
    const version = parameters.get('v')
    const aggregated =
      parameters.get('g') === 'apidiscovery.k8s.io' &&
      parameters.get('as') === 'APIGroupDiscoveryList'
    if (aggregated && (version === 'v2' || version === 'v2beta1')) return version
    if (
      parameters.get('as') === undefined &&
      /^(application\/json|\*\/\*|application\/\*)$/.test(type)
    )
      return undefined
  }
  return undefined
}

/** Discovery of what is served: /api, /apis, /apis/GROUP, /api/v1, /apis/GROUP/VERSION, and / for all paths. */
export function discoveryEndpoints(scheme: Scheme): RequestHandler {
  const aggregated = new Map<string, Promise<Document>>()
  const document = (of: 'core' | 'groups', version: 'v2' | 'v2beta1'): Promise<Document> => {
    const key = `${of} ${version}`
    const made =
      aggregated.get(key) ??
      compressDocument(
        Buffer.from(JSON.stringify(aggregatedDiscovery(scheme, of, version))),
        `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
      )
    aggregated.set(key, made)
    return made
  }
  const root = async (req: ApiRequest, res: ApiResponse, of: 'core' | 'groups'): Promise<void> => {
    const version = aggregatedVersion(req.headers.accept)
    if (version !== undefined)
      return await sendDocument(req, res, { document: await document(of, version) })
    const host = req.headers.host ?? String(req.headers[':authority'] ?? '')
    const object = of === 'core' ? coreVersions(scheme, host) : apiGroupList(scheme)
    return await sendObject(req, res, { status: 200, object, headers: { vary: 'Accept' } })
  }
  const handle = async (req: ApiRequest, res: ApiResponse, path: string): Promise<void> => {
    const [, prefix = '', first, second, ...rest] = path.split('/')
    if (prefix === '')
      return await sendObject(req, res, { status: 200, object: { paths: rootPaths(scheme) } })
    if (first === undefined) return await root(req, res, prefix === 'api' ? 'core' : 'groups')
    const object = rest.length > 0 ? undefined : legacyDocument(scheme, prefix, [first, second])
    if (object !== undefined) return await sendObject(req, res, { status: 200, object })
    res.writeHead(404, { ...commonHeaders(res), 'content-type': 'text/plain; charset=utf-8' })
    res.end('404 page not found\n')
  }
  return (req, res, next) => {
    const path = req.path.length > 1 ? req.path.replace(/\/+$/, '') : req.path
    const mine = /^(\/|\/api(\/[^/]+)?|\/apis(\/[^/]+){0,2})$/.test(path)
    if (!mine || (req.method !== 'GET' && req.method !== 'HEAD')) return next()
    return handle(req, res as ApiResponse, path)
  }
}

function legacyDocument(
  scheme: Scheme,
  prefix: string,
  [first = '', second]: readonly (string | undefined)[],
): object | undefined {
  if (prefix === 'api')
    return second === undefined ? apiResourceList(scheme, { group: '', version: first }) : undefined
  return second === undefined
    ? apiGroup(scheme, first)
    : apiResourceList(scheme, { group: first, version: second })
}
