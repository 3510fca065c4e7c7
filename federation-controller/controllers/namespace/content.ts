import type { ApiClient } from '#client/api-client.ts'
import type { ServedResource } from '#client/discovery.ts'
import { resourcePath } from '#client/resource-path.ts'
import { isNotFound, StatusError } from '#apimachinery/errors/status-error.ts'
import { formatGroupResource } from '#apimachinery/meta/group-version.ts'
import type { ApiList, ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { RemainingContent } from './conditions.ts'

/** What is left of one resource, and from which revision its disappearance can be watched. */
export interface Remaining extends RemainingContent {
  readonly resource: ServedResource
  readonly names: readonly string[]
  readonly resourceVersion: string
}

export interface ContentOutcome {
  readonly failures: readonly string[]
  readonly remaining: readonly Remaining[]
}

export interface Scope {
  readonly client: ApiClient
  readonly namespace: string
  readonly signal: AbortSignal
}

const parallel = 8

/**
 * Asks every object of the namespace to go, resource by resource, and says what is still there afterwards. Never throws for a single
 * resource: what failed is in `failures`.
 */
export async function deleteContent(
  scope: Scope,
  resources: readonly ServedResource[],
): Promise<ContentOutcome> {
  const failures: string[] = []
  const remaining: Remaining[] = []
  const queue = resources.filter(isDeletable).values()
  const work = async (): Promise<void> => {
    for (const resource of queue) {
      const left = await deleteResource(scope, resource).catch((err: unknown) => {
        scope.signal.throwIfAborted()
        failures.push(`${formatGroupResource(resource)}: ${messageOf(err)}`)
      })
      if (left !== undefined) remaining.push(left)
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
  return { failures, remaining }
}

const isDeletable = ({ namespaced, verbs }: ServedResource): boolean =>
  namespaced && verbs.has('list') && (verbs.has('delete') || verbs.has('deletecollection'))

async function deleteResource(
  scope: Scope,
  resource: ServedResource,
): Promise<Remaining | undefined> {
  const before = await list(scope, resource)
  if (before === undefined || before.items.length === 0) return undefined
  if (resource.verbs.has('deletecollection')) await deleteCollection(scope, resource)
  else await deleteEach(scope, resource, before.items)
  const after = await list(scope, resource)
  if (after === undefined || after.items.length === 0) return undefined
  return {
    resource,
    // As Kubernetes writes it, of the core group too.
    groupResource: `${resource.resource}.${resource.group}`,
    count: after.items.length + (after.metadata.remainingItemCount ?? 0),
    names: after.items.map(({ metadata }) => metadata.name),
    finalizers: countFinalizers(after.items),
    resourceVersion: after.metadata.resourceVersion ?? '',
  }
}

/** Undefined when the resource has gone from the server since discovery, or cannot be listed at all. */
async function list(
  { client, namespace, signal }: Scope,
  resource: ServedResource,
): Promise<ApiList<ApiObject> | undefined> {
  try {
    return await client.list(resource, { namespace, signal, metadataOnly: true, limit: 500 })
  } catch (err) {
    if (isNotFound(err) || (err instanceof StatusError && err.code === 405)) return undefined
    throw err
  }
}

async function deleteCollection(scope: Scope, resource: ServedResource): Promise<void> {
  const answer = await scope.client.raw(resourcePath(resource, { namespace: scope.namespace }), {
    method: 'DELETE',
    headers: { 'content-type': 'application/json' },
    body: '{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Background"}',
    signal: scope.signal,
  })
  if (answer.status >= 300 && answer.status !== 404 && answer.status !== 405)
    throw new Error(`deletecollection answered ${answer.status}`)
}

async function deleteEach(
  { client, namespace, signal }: Scope,
  resource: ServedResource,
  items: readonly ApiObject[],
): Promise<void> {
  for (const { metadata } of items) {
    const ref = { namespace, name: metadata.name }
    await client
      .delete(resource, ref, { signal, propagationPolicy: 'Background' })
      .catch((err: unknown) => {
        if (!isNotFound(err)) throw err
      })
  }
}

function countFinalizers(items: readonly ApiObject[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { metadata } of items)
    for (const name of metadata.finalizers ?? []) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

const messageOf = (err: unknown): string => (err instanceof Error ? err.message : String(err))

/**
 * Resolves when every remaining object has gone; also when the watches end early, which the caller answers by looking again.
 * Throws when a watch cannot be had.
 */
export async function untilGone(scope: Scope, remaining: readonly Remaining[]): Promise<void> {
  await Promise.all(remaining.map((each) => untilResourceGone(scope, each)))
}

async function untilResourceGone(scope: Scope, left: Remaining): Promise<void> {
  const names = new Set(left.names)
  const events = scope.client.watch(left.resource, {
    namespace: scope.namespace,
    resourceVersion: left.resourceVersion,
    metadataOnly: true,
    signal: scope.signal,
  })
  for await (const { type, object } of events) {
    if (type === 'DELETED') names.delete(object.metadata.name)
    if (names.size === 0) return
  }
}
