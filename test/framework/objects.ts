import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { managedLabel } from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import { keyOf } from '#client/indexer.ts'

/** By `namespace/name`. */
export const configMap = (key: string, data: Record<string, string> = {}): ApiObject => {
  const [inNamespace = '', name = ''] = key.split('/')
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: inNamespace },
    data,
  }
}

/** Of `namespace/name` or `name`. */
export const refOf = (key: string): { name: string; namespace?: string } => {
  const [first = '', name] = key.split('/')
  return name === undefined ? { name: first } : { namespace: first, name }
}

export const merge = (
  client: ApiClient,
  gvr: GroupVersionResource,
  key: string,
  body: object,
  subresource?: string,
): Promise<ApiObject> =>
  client.patch(
    gvr,
    refOf(key),
    { type: 'merge', body },
    subresource === undefined ? {} : { subresource },
  )

/** Changes of our copies that a member sees within so many seconds from now. */
export async function changesWithin(
  seconds: number,
  client: ApiClient,
  gvr: GroupVersionResource,
): Promise<string[]> {
  const labelSelector = `${managedLabel}=true`
  const { resourceVersion = '' } = (await client.list(gvr, { labelSelector })).metadata
  const seen: string[] = []
  const watch = { labelSelector, resourceVersion, timeoutSeconds: seconds }
  for await (const { type, object } of client.watch(gvr, watch))
    if (type !== 'BOOKMARK') seen.push(`${type} ${keyOf(object)}`)
  return seen
}

/** With a field that Kubernetes 1.20 does not know, and drops. */
export const deployment = (key: string, replicas: number): ApiObject => {
  const { name, namespace = '' } = refOf(key)
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { os: { name: 'linux' }, containers: [{ name: 'main', image: 'example.test/main' }] },
      },
    },
  }
}
