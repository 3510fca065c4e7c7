import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'

/** Where in a resource a request goes: an object when `name` is given, else the collection. */
export interface ResourceLocation {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly subresource?: string | undefined
}

const unreserved = /^[A-Za-z0-9._~:-]*$/

const segment = (text: string): string => (unreserved.test(text) ? text : encodeURIComponent(text))

/** `/apis/apps/v1/namespaces/shop/deployments/web/scale`; the core group lives under `/api`. */
export function resourcePath(gvr: GroupVersionResource, location: ResourceLocation): string {
  let path = gvr.group === '' ? `/api/${gvr.version}` : `/apis/${gvr.group}/${gvr.version}`
  if (location.namespace !== undefined) path += `/namespaces/${segment(location.namespace)}`
  path += `/${gvr.resource}`
  if (location.name !== undefined) path += `/${segment(location.name)}`
  if (location.subresource !== undefined) path += `/${location.subresource}`
  return path
}

export type QueryValue = string | number | boolean | undefined

/** Appends the parameters that are neither undefined nor empty. */
export function withQuery(path: string, query: Readonly<Record<string, QueryValue>>): string {
  let text = ''
  for (const name in query) {
    const value = query[name]
    if (value === undefined || value === '') continue
    text += `${text === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`
  }
  return path + text
}
