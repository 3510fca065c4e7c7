import type { RequestHandler } from 'express'
import { newMethodNotAllowed, newUnknownResource } from '#apimachinery/errors/status-error.ts'
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
import { mustAccept, negotiate, parseAccept, typesOf } from './negotiation.ts'
import { sendNotFoundPage, sendObject } from './respond.ts'

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const legacyTypes = new Set(['application/json', 'application/yaml', 'application/*', '*/*'])

/** Which form the client prefers; throws 406 for forms that are none. */
function formOf(accept: string | undefined): 'aggregated' | 'legacy' {
  if (accept === undefined || accept === '') return 'legacy'
  for (const { type, parameters } of parseAccept(accept)) {
    const as = parameters.get('as')
    if (as === undefined && legacyTypes.has(type)) return 'legacy'
    const isAggregated = as === 'APIGroupDiscoveryList' && parameters.get('v') === 'v2'
    if (isAggregated && parameters.get('g') === 'apidiscovery.k8s.io') return 'aggregated'
  }
  negotiate(accept, 'document')
  return 'legacy'
}

/** Of a built-in group even what is not served is refused as a resource. */
const isBuiltIn = (scheme: Scheme, group: string): boolean =>
  scheme.resources.some((r) => r.group === group && scheme.structuralOf(r) === undefined)

/** Discovery of what is served: /api, /apis, /apis/GROUP, /api/v1, /apis/GROUP/VERSION, and / for all paths. */
export function discoveryEndpoints(current: () => Scheme): RequestHandler {
  const documents = new WeakMap<Scheme, Map<string, Promise<Document>>>()
  const document = (scheme: Scheme, of: 'core' | 'groups'): Promise<Document> => {
    const aggregated = documents.get(scheme) ?? new Map<string, Promise<Document>>()
    documents.set(scheme, aggregated)
    const bytes = (): Buffer => Buffer.from(JSON.stringify(aggregatedDiscovery(scheme, of)))
    const made = aggregated.get(of) ?? compressDocument(bytes(), aggregatedType)
    aggregated.set(of, made)
    return made
  }
  const root = async (req: ApiRequest, res: ApiResponse, of: 'core' | 'groups'): Promise<void> => {
    const scheme = current()
    if (formOf(req.headers.accept) === 'aggregated') {
      const headers = { 'cache-control': 'public' }
      return await sendDocument(req, res, { document: await document(scheme, of), headers })
    }
    const host = req.headers.host ?? String(req.headers[':authority'] ?? '')
    const object = of === 'core' ? coreVersions(scheme, host) : apiGroupList(scheme)
    const headers = { vary: 'Accept' }
    return await sendObject(req, res, { status: 200, object, offer: 'document', headers })
  }
  const handle = async (req: ApiRequest, res: ApiResponse, path: string): Promise<void> => {
    const scheme = current()
    const [, prefix = '', first, second, ...rest] = path.split('/')
    if (prefix === '')
      return await sendObject(req, res, { status: 200, object: { paths: rootPaths(scheme) } })
    const isCore = prefix === 'api'
    if (first === undefined) {
      // The list of groups does not ask for the method.
      if (isCore && req.method !== 'GET') throw newMethodNotAllowed()
      if (isCore) mustAccept(req.headers.accept, typesOf('document'))
      return await root(req, res, isCore ? 'core' : 'groups')
    }
    const object = rest.length > 0 ? undefined : legacyDocument(scheme, prefix, [first, second])
    if (object === undefined) {
      if (isCore || isBuiltIn(scheme, first)) throw newUnknownResource()
      return sendNotFoundPage(res)
    }
    // Nor does a group.
    if (isCore || second !== undefined) {
      if (req.method !== 'GET') throw newMethodNotAllowed()
      mustAccept(req.headers.accept, typesOf('document'))
    }
    negotiate(req.headers.accept, 'document')
    return await sendObject(req, res, { status: 200, object, offer: 'document' })
  }
  return (req, res, next) => {
    const path = req.path.length > 1 ? req.path.replace(/\/+$/, '') : req.path
    const mine = path === '/' || /^\/apis?(\/|$)/.test(path)
    if (!mine) return next()
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
