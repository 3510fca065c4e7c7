import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'

const deprecated: Readonly<Record<string, string>> = {
  '/v1/componentstatuses': 'v1 ComponentStatus is deprecated in v1.19+',
  '/v1/endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
}

/** Said in a Warning header of every answer about a resource that has had its time; undefined for all others. */
export const deprecationOf = (gvr: GroupVersionResource): string | undefined =>
  deprecated[`${gvr.group}/${gvr.version}/${gvr.resource}`]
