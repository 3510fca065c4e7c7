import type { ApiClient } from '#client/api-client.ts'
import { discoverResources } from '#client/discovery.ts'
import { Informer } from '#client/informer.ts'
import { isConflict, isNotFound } from '#apimachinery/errors/status-error.ts'
import { formatGroupResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Logger } from 'pino'
import { Controller } from '../../runtime/controller.ts'
import { enqueueRequestForObject } from '../../runtime/sources.ts'
import { deletionConditions, type DeletionOutcome, type NamespaceCondition } from './conditions.ts'
import { deleteContent, type Remaining, untilGone } from './content.ts'

export interface NamespaceControllerOptions {
  readonly client: ApiClient
  readonly logger: Logger
  /** Namespaces emptied at once. Default 5. */
  readonly concurrency?: number
}

interface Namespace extends ApiObject {
  spec?: { finalizers?: string[] }
  status?: { phase?: string; conditions?: NamespaceCondition[] }
}

const namespaces = { group: '', version: 'v1', resource: 'namespaces' }
const finalizer = 'kubernetes'
/** Content that goes away unseen (its watch broke) is noticed at the latest after this. */
const lookAgainMs = 10_000

const brokenWatchMs = 1_000

/** Empties namespaces that are being deleted, whatever the server serves, and then releases them. */
export function createNamespaceController(options: NamespaceControllerOptions): {
  readonly name: string
  run(signal: AbortSignal): Promise<void>
} {
  const { client } = options
  const logger = options.logger.child({ controller: 'namespace' })
  const informer = new Informer<Namespace>({ client, gvr: namespaces, logger })
  const watches = new ContentWatches(client)
  const controller = new Controller({
    name: 'namespace',
    logger: options.logger,
    concurrency: options.concurrency ?? 5,
    sources: [enqueueRequestForObject(informer)],
    reconcile: async (name, { signal }) => {
      if (!isTerminating(informer.get(name))) return undefined
      const remaining = await finalize(client, name, signal)
      if (remaining.length === 0) return undefined
      logger.debug({ namespace: name, remaining: remaining.map(summary) }, 'content remains')
      watches.start(name, {
        remaining,
        signal,
        ended: (afterMs) => controller.enqueue(name, afterMs),
      })
      return { requeueAfterMs: lookAgainMs }
    },
  })
  return {
    name: controller.name,
    run: async (signal) => {
      await Promise.all([informer.run(signal), controller.run(signal)])
    },
  }
}

const summary = ({ groupResource, count }: Remaining): string => `${groupResource} ${count}`

const isTerminating = (namespace: Namespace | undefined): boolean =>
  namespace?.metadata.deletionTimestamp !== undefined &&
  namespace.spec?.finalizers?.includes(finalizer) === true

/** One round: everything is asked to go; if nothing is left the namespace is released, else its conditions say what is. Answers what is left. */
async function finalize(
  client: ApiClient,
  name: string,
  signal: AbortSignal,
): Promise<readonly Remaining[]> {
  const namespace = await getNamespace(client, name, signal)
  if (namespace === undefined || !isTerminating(namespace)) return []
  const discovered = await discoverResources(client, { signal })
  const content = await deleteContent({ client, namespace: name, signal }, discovered.resources)
  const outcome: DeletionOutcome = {
    discoveryFailures: discovered.failures.map(
      ({ groupVersion, message }) => `${groupVersion}: ${message}`,
    ),
    contentFailures: content.failures,
    remaining: content.remaining,
  }
  const isEmpty =
    content.remaining.length === 0 &&
    outcome.discoveryFailures.length + outcome.contentFailures.length === 0
  if (isEmpty) {
    // Who reads a namespace that others still hold is told that nothing else does.
    const told = isHeldByOthers(namespace)
      ? await writeConditions(client, namespace, { outcome, signal })
      : namespace
    await release(client, told, signal)
    return []
  }
  await writeConditions(client, namespace, { outcome, signal })
  if (content.remaining.length === 0)
    throw new Error(
      `namespace ${name} cannot be emptied: ${[...outcome.discoveryFailures, ...outcome.contentFailures].join('; ')}`,
    )
  return content.remaining
}

const isHeldByOthers = ({ spec }: Namespace): boolean => (spec?.finalizers ?? []).length > 1

async function getNamespace(
  client: ApiClient,
  name: string,
  signal: AbortSignal,
): Promise<Namespace | undefined> {
  try {
    return await client.get<Namespace>(namespaces, { name }, { signal })
  } catch (err) {
    if (isNotFound(err)) return undefined
    throw err
  }
}

async function release(
  client: ApiClient,
  namespace: Namespace,
  signal: AbortSignal,
): Promise<void> {
  const finalizers = namespace.spec?.finalizers?.filter((each) => each !== finalizer) ?? []
  const released = { ...namespace, spec: { ...namespace.spec, finalizers } }
  await client
    .update(namespaces, released, { subresource: 'finalize', signal })
    .catch((err: unknown) => {
      if (!isNotFound(err)) throw err
    })
}

/** Answers the namespace as it is then. Conditions are for people: a conflict means that a newer state is on its way here, so it is not worth a retry. */
async function writeConditions(
  client: ApiClient,
  namespace: Namespace,
  { outcome, signal }: { outcome: DeletionOutcome; signal: AbortSignal },
): Promise<Namespace> {
  const before = namespace.status?.conditions ?? []
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const conditions = deletionConditions(outcome, before, now)
  if (JSON.stringify(conditions) === JSON.stringify(before)) return namespace
  const told = { ...namespace, status: { ...namespace.status, conditions } }
  try {
    return await client.update(namespaces, told, { subresource: 'status', signal })
  } catch (err) {
    if (!isNotFound(err) && !isConflict(err)) throw err
    return namespace
  }
}

interface ContentWatch {
  readonly remaining: readonly Remaining[]
  readonly signal: AbortSignal
  /** Called once, when the content is gone or its watch broke; not when the watch was replaced. */
  readonly ended: (lookAfterMs: number) => void
}

/** At most one watch on the remaining content of each namespace. */
class ContentWatches {
  readonly #client: ApiClient
  readonly #running = new Map<string, { remaining: string; abort: AbortController }>()

  constructor(client: ApiClient) {
    this.#client = client
  }

  /** Replaces the namespace's watch, unless it already watches for the same. */
  start(namespace: string, { remaining, signal, ended }: ContentWatch): void {
    const wanted = remaining.map((each) => formatGroupResource(each.resource)).join()
    const running = this.#running.get(namespace)
    if (running?.remaining === wanted) return
    running?.abort.abort()
    const abort = new AbortController()
    const own = { remaining: wanted, abort }
    this.#running.set(namespace, own)
    const scope = {
      client: this.#client,
      namespace,
      signal: AbortSignal.any([signal, abort.signal]),
    }
    void untilGone(scope, remaining)
      .then(
        () => 0,
        () => brokenWatchMs,
      )
      .then((afterMs) => {
        if (this.#running.get(namespace) !== own) return
        this.#running.delete(namespace)
        abort.abort()
        if (!signal.aborted) ended(afterMs)
      })
  }
}
