import { isNotFound } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  type Cluster,
  clusters,
  federationSystemNamespace,
} from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import { delay } from '#client/back-off.ts'
import { namespaces } from './resources.ts'

/** The object, or undefined when it does not exist. */
export async function find<T extends ApiObject>(get: Promise<T>): Promise<T | undefined> {
  try {
    return await get
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

export const findCluster = (client: ApiClient, name: string): Promise<Cluster | undefined> =>
  find(client.get<Cluster>(clusters, { name }))

export const listClusters = async (client: ApiClient): Promise<Cluster[]> =>
  (await client.list<Cluster>(clusters)).items

/** UID of the federation: that of its namespace federation-system, which its API server makes. Undefined before. */
export async function federationUID(client: ApiClient): Promise<string | undefined> {
  const namespace = await find(client.get(namespaces, { name: federationSystemNamespace }))
  return namespace?.metadata.uid
}

export const readyCondition = (cluster: Cluster) =>
  cluster.status?.conditions?.find((condition) => condition.type === 'Ready')

export const isReady = (cluster: Cluster): boolean => readyCondition(cluster)?.status === 'True'

const pollMs = 200

/** The Cluster once it is Ready, or as it is when time is up. */
export async function waitForReady(
  client: ApiClient,
  name: string,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<Cluster> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const cluster = await client.get<Cluster>(clusters, { name }, { signal })
    if (isReady(cluster) || performance.now() >= deadline || signal.aborted) return cluster
    await delay(pollMs, signal)
  }
}
