import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'

/** Keys have no version: all versions of a resource are one store. */
export const resourcePrefix = (hub: Omit<GroupVersionResource, 'version'>): string =>
  `/registry/${hub.group === '' ? 'core' : hub.group}/${hub.resource}/`

/** Everything of one namespace, or all of the resource when `namespace` is ''. */
export const collectionPrefix = (prefix: string, namespace: string): string =>
  namespace === '' ? prefix : `${prefix}${namespace}/`

/** `namespace` is '' for cluster-scoped objects. */
export const objectKey = (prefix: string, namespace: string, name: string): string =>
  `${collectionPrefix(prefix, namespace)}${name}`
