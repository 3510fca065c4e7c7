import { isAlreadyExists, isNotFound } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { federationSystemNamespace } from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import { backOffMs, delay } from '#client/back-off.ts'
import type { Logger } from 'pino'

const namespaces = { group: '', version: 'v1', resource: 'namespaces' }
const backOff = { initialMs: 100, maxMs: 5_000, jitter: 0.3 }

/** The federation's UID: that of its own namespace, which is made when missing. Waits for the API; undefined when the signal aborts first. */
export async function federationUIDOf(
  client: ApiClient,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<string | undefined> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      const namespace = await getOrCreate(client, signal)
      return namespace.metadata.uid ?? ''
    } catch (err) {
      if (signal.aborted) return undefined
      if (failures === 1) logger.info({ err }, 'waiting for the federation API')
      else logger.debug({ err, failures }, 'waiting for the federation API')
      await delay(backOffMs(backOff, failures), signal)
    }
  }
  return undefined
}

async function getOrCreate(client: ApiClient, signal: AbortSignal): Promise<ApiObject> {
  const name = federationSystemNamespace
  try {
    return await client.get(namespaces, { name }, { signal })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  const wanted: ApiObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
  try {
    return await client.create(namespaces, wanted, { signal })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    return client.get(namespaces, { name }, { signal })
  }
}
