import { createHash } from 'node:crypto'
import {
  formatGroupResource,
  formatGroupVersion,
  type GroupVersionKind,
} from '#apimachinery/meta/group-version.ts'
import { storageVersions } from '#apimachinery/schema/resource-facts.ts'
import type { ResourceInfo, Scheme } from '#apimachinery/scheme/scheme.ts'

export interface GroupVersion {
  readonly group: string
  readonly version: string
}

const served = (scheme: Scheme, gv: GroupVersion): readonly ResourceInfo[] =>
  scheme.resources.filter((r) => r.group === gv.group && r.version === gv.version)

/** Names of the groups but the core one, in priority order. */
export const groupNames = (scheme: Scheme): string[] => [
  ...new Set(scheme.groupVersions().flatMap(({ group }) => (group === '' ? [] : [group]))),
]

const versionsOf = (scheme: Scheme, group: string): GroupVersion[] =>
  scheme.groupVersions().filter((gv) => gv.group === group)

/** metav1.APIVersions, the answer of /api. */
export const coreVersions = (scheme: Scheme, serverAddress: string): object => ({
  kind: 'APIVersions',
  versions: versionsOf(scheme, '').map((gv) => gv.version),
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
})

/** metav1.APIGroup without its type; undefined for a group that is not served. */
function groupBody(scheme: Scheme, group: string): object | undefined {
  const versions = versionsOf(scheme, group).map((gv) => ({
    groupVersion: formatGroupVersion(gv),
    version: gv.version,
  }))
  return versions.length === 0
    ? undefined
    : { name: group, versions, preferredVersion: versions[0] }
}

/** The answer of /apis/GROUP. */
export function apiGroup(scheme: Scheme, group: string): object | undefined {
  const body = groupBody(scheme, group)
  return body && { kind: 'APIGroup', apiVersion: 'v1', ...body }
}

/** The answer of /apis. */
export const apiGroupList = (scheme: Scheme): object => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groupNames(scheme).map((group) => groupBody(scheme, group)),
})

/** Changes when objects are stored in another version; the original's own function of it. */
function storageVersionHash({ hub, kind }: ResourceInfo): { storageVersionHash: string } {
  const version = storageVersions[formatGroupResource(hub)] ?? hub.version
  const hash = createHash('sha256').update(`${hub.group}/${version}/${kind}`).digest()
  return { storageVersionHash: hash.subarray(0, 8).toString('base64') }
}

const legacyResource = (info: ResourceInfo): object[] => [
  {
    name: info.resource,
    singularName: info.singular,
    namespaced: info.namespaced,
    kind: info.kind,
    verbs: info.verbs,
    ...(info.shortNames.length > 0 ? { shortNames: info.shortNames } : {}),
    ...(info.categories.length > 0 ? { categories: info.categories } : {}),
    ...(info.verbs.includes('create') && info.stored ? storageVersionHash(info) : {}),
  },
  ...[...info.subresources.values()].map((sub) => {
    const foreign = sub.kind.group !== info.group || sub.kind.version !== info.version
    return {
      name: `${info.resource}/${sub.name}`,
      singularName: '',
      namespaced: info.namespaced,
      ...(foreign ? { group: sub.kind.group, version: sub.kind.version } : {}),
      kind: sub.kind.kind,
      verbs: sub.verbs,
    }
  }),
]

/** The answer of /api/v1 and /apis/GROUP/VERSION; undefined when that is not served. */
export function apiResourceList(scheme: Scheme, gv: GroupVersion): object | undefined {
  const resources = served(scheme, gv)
  if (resources.length === 0) return undefined
  return {
    kind: 'APIResourceList',
    ...(gv.group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: formatGroupVersion(gv),
    resources: resources.flatMap(legacyResource),
  }
}

/** Of the group and version that are being described these need no mention. */
const responseKind = (info: ResourceInfo, gvk: GroupVersionKind): GroupVersionKind =>
  gvk.group === info.group && gvk.version === info.version
    ? { group: '', version: '', kind: gvk.kind }
    : gvk

const aggregatedResource = (info: ResourceInfo): object => ({
  resource: info.resource,
  responseKind: responseKind(info, info),
  scope: info.namespaced ? 'Namespaced' : 'Cluster',
  singularResource: info.singular,
  verbs: info.verbs,
  ...(info.shortNames.length > 0 ? { shortNames: info.shortNames } : {}),
  ...(info.categories.length > 0 ? { categories: info.categories } : {}),
  ...(info.subresources.size > 0
    ? {
        subresources: [...info.subresources.values()].map((sub) => ({
          subresource: sub.name,
          responseKind: responseKind(info, sub.kind),
          verbs: sub.verbs,
        })),
      }
    : {}),
})

/** apidiscovery.k8s.io APIGroupDiscoveryList (KEP-3352): the core group alone on /api, the others on /apis. */
export function aggregatedDiscovery(scheme: Scheme, of: 'core' | 'groups'): object {
  const groups = of === 'core' ? [''] : groupNames(scheme)
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versionsOf(scheme, group).map((gv) => ({
        version: gv.version,
        freshness: 'Current',
        resources: served(scheme, gv).map(aggregatedResource),
      })),
    })),
  }
}

/** Every path that answers, for GET /. */
export const rootPaths = (scheme: Scheme): string[] =>
  [
    ...[
      '/.well-known/openid-configuration',
      '/api',
      '/apis',
      '/apis/',
      '/healthz',
      '/livez',
      '/metrics',
    ],
    ...['/openapi/v2', '/openapi/v3', '/openid/v1/jwks', '/readyz', '/version'],
    ...groupNames(scheme).map((group) => `/apis/${group}`),
    ...scheme
      .groupVersions()
      .map((gv) => (gv.group === '' ? `/api/${gv.version}` : `/apis/${formatGroupVersion(gv)}`)),
  ].sort()
