import type { RequestHandler } from 'express'
import { newMethodNotAllowed, newUnknownResource } from '#apimachinery/errors/status-error.ts'
import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ReviewEndpoint } from './review-endpoint.ts'
import { answerReview } from './handlers/review.ts'
import { connectPod, podConnections } from './handlers/connect-pod.ts'
import { createObject } from './handlers/create.ts'
import { deleteCollection } from './handlers/delete-collection.ts'
import { deleteObject } from './handlers/delete.ts'
import { getObject } from './handlers/get.ts'
import { listObjects } from './handlers/list.ts'
import { mustBePatch, patchObject } from './handlers/patch.ts'
import { updateObject } from './handlers/update.ts'
import { watchObjects } from './handlers/watch.ts'
import { deprecationOf } from './deprecations.ts'
import type { ApiRequest, ApiResponse } from './exchange.ts'
import { mustAccept, mustTakeText, type Offer, typesOf } from './negotiation.ts'
import type { RequestInfo } from './request-info.ts'
import { sendNotFoundPage } from './respond.ts'
import type { ServedResource } from './served-resource.ts'

type Handler = (served: ServedResource, req: ApiRequest, res: ApiResponse) => Promise<void>

/** One handler a verb, the same for every resource. */
const handlers: Readonly<Record<string, Handler>> = {
  get: getObject,
  list: listObjects,
  watch: watchObjects,
  create: createObject,
  update: updateObject,
  patch: patchObject,
  delete: deleteObject,
  deletecollection: deleteCollection,
}

/** Verbs of a single object; methods that have no meaning for a collection. */
const writesNamed: ReadonlySet<string> = new Set(['update', 'patch'])

const keyOf = (gvr: GroupVersionResource): string => `${gvr.group}/${gvr.version}/${gvr.resource}`

export interface Installation {
  readonly served: readonly ServedResource[]
  readonly reviews: readonly ReviewEndpoint[]
}

/** A collection of a namespaced resource can be read without a namespace, but not written. */
function isAddressable(served: ServedResource, info: RequestInfo): boolean {
  const { namespaced } = served.info
  if (namespaced) {
    const ofCollection = ['list', 'watch', 'deletecollection'].includes(info.verb)
    return info.namespace !== '' || ofCollection || info.name === ''
  }
  // The path of a namespace names it twice over: rights inside of it count for it, and for no other one.
  return info.namespace === '' || (info.resource === 'namespaces' && info.name === info.namespace)
}

const isCustom = ({ scheme, info }: ServedResource): boolean =>
  scheme.structuralOf(info) !== undefined

const offerOf = ({ verb }: RequestInfo): Offer =>
  verb === 'list' ? 'list' : verb === 'watch' ? 'watch' : 'object'

/** Logs are read; the others are asked for by either method. */
const isPodConnection = (
  { info }: ServedResource,
  { subresource, verb, rest }: RequestInfo,
): boolean =>
  info.group === '' &&
  info.resource === 'pods' &&
  podConnections.has(subresource) &&
  rest === '' &&
  (verb === 'get' || (verb === 'create' && subresource !== 'log'))

/** Picks the handler of a request among all resources; throws 404 for what is not served and 405 for what it does not allow. */
function handlerFor(served: ServedResource, info: RequestInfo): Handler {
  if (!isAddressable(served, info)) throw newUnknownResource()
  const { subresource, verb } = info
  const reads = verb === 'list' || verb === 'watch'
  if (served.info.namespaced && info.namespace === '' && !reads) throw newMethodNotAllowed()
  if (subresource === '') {
    const handler = handlers[verb]
    if (handler === undefined || !served.info.verbs.includes(verb)) throw newMethodNotAllowed()
    const named = info.name !== ''
    if (verb === 'create' ? named : writesNamed.has(verb) && !named) throw newMethodNotAllowed()
    return handler
  }
  if (isPodConnection(served, info)) return connectPod
  const declared = served.info.subresources.get(subresource)
  if (declared === undefined && isCustom(served)) throw served.store.notFound(info.name)
  if (declared === undefined || info.rest !== '') throw newUnknownResource()
  const handler = handlers[verb]
  if (handler === undefined || !declared.verbs.includes(verb)) throw newMethodNotAllowed()
  return handler
}

const indexOf = ({ served, reviews }: Installation) => ({
  byResource: new Map(served.map((one) => [keyOf(one.info), one])),
  /** By resource, then by subresource. */
  reviewsOf: new Map(
    [...Map.groupBy(reviews, (one) => keyOf(one.gvr))].map(([key, all]) => [
      key,
      new Map(all.map((one) => [one.subresource, one])),
    ]),
  ),
  groupVersions: new Set(
    [...served.map((one) => one.info), ...reviews.map((one) => one.gvr)].map(
      ({ group, version }) => `${group}/${version}`,
    ),
  ),
})

/** The one path by which every resource of the scheme is served; passes on what is no resource request. */
export function installResources(current: () => Installation): RequestHandler {
  let installed: Installation | undefined
  let index = indexOf({ served: [], reviews: [] })
  return (req: ApiRequest, response, next) => {
    const res = response as ApiResponse
    const { info } = res.locals
    const now = current()
    if (now.served !== installed?.served) {
      installed = now
      index = indexOf(now)
    }
    if (!info.resourceRequest) return next()
    const key = keyOf(info)
    const one = index.byResource.get(key)
    if (one === undefined && !index.groupVersions.has(`${info.group}/${info.version}`))
      return next()
    const review = index.reviewsOf.get(key)?.get(info.subresource)
    if (review !== undefined) {
      if (review.namespaced !== (info.namespace !== '')) throw newUnknownResource()
      if (review.subresource === '' && info.name !== '') throw newUnknownResource()
      if (info.verb !== 'create') throw newMethodNotAllowed()
      mustAccept(req.headers.accept, typesOf('review'))
      return answerReview(review, req, res)
    }
    if (one === undefined) {
      // OPTIONS and the like have no verb; the resource decides whether that is 404 or 405.
      throw newUnknownResource()
    }
    if (req.url.startsWith('//')) return sendNotFoundPage(res)
    if (/^[^?]*\/\//.test(req.url)) throw newUnknownResource()
    const handler = handlerFor(one, info)
    if (req.method === 'HEAD' || (info.verb === 'watch' && req.method !== 'GET')) {
      throw newMethodNotAllowed()
    }
    const offer = offerOf(info)
    if (info.verb === 'patch') mustBePatch(one, req)
    if (!isCustom(one)) {
      if (handler !== connectPod) mustAccept(req.headers.accept, typesOf(offer))
    } else if (info.subresource !== 'scale') mustTakeText(req.headers.accept, offer)
    const deprecation = deprecationOf(one.info) ?? one.deprecation
    if (deprecation !== undefined) res.locals.warnings.add(deprecation)
    return handler(one, req, res)
  }
}
