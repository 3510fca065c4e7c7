import { listed } from '#apimachinery/meta/name-hints.ts'
import type { ResourceInfo, Scheme } from '#apimachinery/scheme/scheme.ts'
import type { Admission } from './admission/chain.ts'
import type { ReviewEndpoint } from './endpoints/review-endpoint.ts'
import { Representation } from './endpoints/representation.ts'
import type { ServedResource } from './endpoints/served-resource.ts'
import type { TableMaker } from './endpoints/transform.ts'
import { conversionFor, strategyFor } from './registry/resources.ts'
import type { ReviewHandlers } from './registry/review.ts'
import { Store } from './registry/store.ts'
import type { Strategy } from './registry/strategy.ts'
import type { Storage } from './storage/interface.ts'

const hubKey = (gvr: { group: string; resource: string }): string => `${gvr.group}/${gvr.resource}`

/** One Store a stored resource, by `group/resource` of its hub. */
export function createStores(parts: {
  readonly scheme: Scheme
  readonly storage: Storage
  /** Strategies of this server instead of those of the list. */
  readonly own?: readonly Strategy[]
}): ReadonlyMap<string, Store> {
  const stores = new Map<string, Store>()
  for (const info of parts.scheme.resources) {
    const { hub } = info
    const isHub = hub.group === info.group && hub.version === info.version
    if (!info.stored || !isHub) continue
    const strategy = strategyFor(info, parts.own)
    stores.set(hubKey(hub), new Store({ ...parts, resource: info, strategy }))
  }
  return stores
}

/** The store of a resource that is certain to be there. */
export function storeOf(
  stores: ReadonlyMap<string, Store>,
  gvr: { group: string; resource: string },
): Store {
  const store = stores.get(hubKey(gvr))
  if (store === undefined) throw new Error(`no store for ${hubKey(gvr)}`)
  return store
}

export interface ServingParts {
  readonly scheme: Scheme
  readonly stores: ReadonlyMap<string, Store>
  readonly admission: Admission
  readonly table: TableMaker
  /** `group/resource` of kinds that reach the members; undefined on a member: nothing is said. */
  readonly distributed?: ReadonlySet<string>
}

/** Groups whose objects are about this server itself, wherever they are created. */
const ownGroups: ReadonlySet<string> = new Set([
  'federation',
  'rbac.authorization.k8s.io',
  'coordination.k8s.io',
  'certificates.k8s.io',
  'admissionregistration.k8s.io',
  'apiregistration.k8s.io',
  'flowcontrol.apiserver.k8s.io',
])

/** What is said when an object is created that reaches no member. */
export function createWarning(info: ResourceInfo, distributed: ServingParts['distributed']) {
  if (distributed === undefined || ownGroups.has(info.group)) return {}
  if (distributed.has(hubKey(info.hub)) || hubKey(info.hub) === '/events') return {}
  const name = info.group === '' ? info.resource : `${info.resource}.${info.group}`
  return { createWarning: `${name} are stored, but not distributed by this version` }
}

/** What is in members and nowhere else, by `group/resource`. */
const ofMembers: Readonly<Record<string, string>> = {
  '/pods': 'Pods run',
  '/nodes': 'Nodes are',
}

/** `kubectl logs deployment/web` waits long for a Pod to come, and shows this at once. */
function absenceWarning(
  info: ResourceInfo,
  { stores, distributed }: ServingParts,
): Pick<ServedResource, 'absenceWarning'> {
  const what = ofMembers[hubKey(info.hub)]
  if (distributed === undefined || what === undefined) return {}
  const clusters = storeOf(stores, { group: 'federation', resource: 'clusters' })
  return {
    absenceWarning: async () => {
      const { items } = await clusters.list('', { freshness: 'any' })
      const names = items.map(({ object }) => object.metadata.name).sort()
      const where = `${what} in the member clusters, not in the federation`
      return names.length === 0
        ? `${where}, and no cluster is joined yet (kubefed join)`
        : `${where}: kubectl --context=${names[0]} get ${info.resource} (members: ${listed(names)})`
    },
  }
}

/** Every stored resource of the scheme in every version. */
export function serveResources(parts: ServingParts): ServedResource[] {
  const { scheme, admission, table } = parts
  return scheme.resources.flatMap((info) => {
    const store = parts.stores.get(hubKey(info.hub))
    if (!info.stored || store === undefined) return []
    const conversion = conversionFor(info)
    const representation = new Representation(
      info,
      store.resource,
      conversion === undefined ? {} : { conversion },
    )
    return [
      {
        info,
        store: conversion === undefined ? store : store.speaking(info),
        scheme,
        admission,
        table,
        representation,
        ...(conversion === undefined ? {} : { conversion }),
        ...createWarning(info, parts.distributed),
        ...absenceWarning(info, parts),
      },
    ]
  })
}

/** Create-only resources and subresources for which there is a review handler. */
export function serveReviews(scheme: Scheme, handlers: ReviewHandlers): ReviewEndpoint[] {
  return scheme.resources.flatMap((info) => {
    const own = handlers.get(hubKey(info))
    const { namespaced } = info
    const endpoints: ReviewEndpoint[] = []
    if (!info.stored && own !== undefined) {
      endpoints.push({ gvr: info, namespaced, subresource: '', gvk: info, scheme, review: own })
    }
    for (const { name, kind } of info.subresources.values()) {
      const review = handlers.get(`${hubKey(info)}/${name}`)
      if (review === undefined) continue
      endpoints.push({ gvr: info, namespaced, subresource: name, gvk: kind, scheme, review })
    }
    return endpoints
  })
}
