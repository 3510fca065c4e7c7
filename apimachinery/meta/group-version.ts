/** Group, version and kind. The core group is the empty string. */
export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** Group, version and resource (lower-case plural). */
export interface GroupVersionResource {
  readonly group: string
  readonly version: string
  readonly resource: string
}

/** Formats `apps/v1`, or `v1` for the core group. */
export const formatGroupVersion = (gv: { group: string; version: string }): string =>
  gv.group === '' ? gv.version : `${gv.group}/${gv.version}`

/** Parses `apps/v1` or `v1`; the inverse of formatGroupVersion. */
export function parseGroupVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/')
  if (slash < 0) return { group: '', version: apiVersion }
  return { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}

/** `deployments.apps`, or `configmaps` for the core group: how messages and keys name a resource. */
export const formatGroupResource = (gr: { group: string; resource: string }): string =>
  gr.group === '' ? gr.resource : `${gr.resource}.${gr.group}`
