/**
 * What Kubernetes' OpenAPI v3 gives as `default` for fields that are keys of list items: two ports without a protocol are the same port. By definition and
 * field; keys that Go never leaves out have their zero besides.
 */
export const mapKeyDefaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'io.k8s.api.core.v1.ContainerPort': { protocol: 'TCP' },
  'io.k8s.api.core.v1.LocalObjectReference': { name: '' },
  'io.k8s.api.core.v1.ServicePort': { protocol: 'TCP' },
}
