import type { ApiClient } from '#client/api-client.ts'
import { delay } from '#client/back-off.ts'
import { discoverResources, type ServedResource } from '#client/discovery.ts'
import type { InformerEvent } from '#client/informer.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Logger } from 'pino'
import { Controller } from '../../runtime/controller.ts'
import { collect } from './collector.ts'
import { Monitors } from './monitors.ts'
import { ownedObject, OwnershipGraph } from './ownership-graph.ts'
import { OwnerLookup } from './owners.ts'

export interface GarbageCollectorOptions {
  readonly client: ApiClient
  readonly logger: Logger
  /** How often the server is asked what it serves, besides when a CustomResourceDefinition changes. Default 60 000. */
  readonly discoveryMs?: number
  /** Objects handled at once. Default 10. */
  readonly concurrency?: number
}

/** A resource that cannot be listed must not keep all others from being collected; absence is confirmed on the server anyway. */
const syncPatienceMs = 10_000
const retryDiscoveryMs = 2_000
/** Definitions come by the dozen, and what they define is served a moment later. */
const definitionsMs = 500
/** A new object is often seen before its owner, which comes by another watch. */
const ownerPatienceMs = 100

/**
 * Deletes what has lost its owners, and carries out foreground deletion and orphaning, for every resource that the server
 * serves. Nothing is deleted on the word of a watch alone: see OwnerLookup.
 */
export function createGarbageCollector(options: GarbageCollectorOptions): {
  readonly name: string
  run(signal: AbortSignal): Promise<void>
} {
  const { client, discoveryMs = 60_000 } = options
  const logger = options.logger.child({ controller: 'garbage-collector' })
  const graph = new OwnershipGraph()
  const owners = new OwnerLookup(client, graph)
  const deps = { client, graph, owners }
  const ready = Promise.withResolvers<void>()
  let definitionsChanged = new AbortController()
  const controller = new Controller({
    name: 'garbage-collector',
    logger: options.logger,
    concurrency: options.concurrency ?? 10,
    sources: [{ synced: ready.promise, subscribe: () => () => undefined }],
    reconcile: async (uid, { signal }) => {
      const { again, undecided } = await collect(deps, uid, signal)
      for (const other of again) controller.enqueue(other)
      return undecided ? { requeueAfterMs: discoveryMs } : undefined
    },
  })
  const monitors = new Monitors({
    client,
    logger,
    onChange: (resource, event) => {
      if (resource.resource === 'customresourcedefinitions') definitionsChanged.abort()
      for (const uid of note(graph, resource, event)) {
        const isNew = event.type === 'ADDED' && uid === event.object.metadata.uid
        controller.enqueue(uid, isNew ? ownerPatienceMs : 0)
      }
    },
  })

  const follow = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      definitionsChanged = new AbortController()
      const isFollowed = await discoverAndFollow({ client, owners, monitors, logger }, signal)
      if (isFollowed) {
        await Promise.race([monitors.synced(), delay(syncPatienceMs, signal)])
        ready.resolve()
      }
      const pause = AbortSignal.any([signal, definitionsChanged.signal])
      await delay(isFollowed ? discoveryMs : retryDiscoveryMs, pause)
      await delay(definitionsMs, signal)
    }
  }
  return {
    name: controller.name,
    run: async (signal) => {
      await Promise.all([follow(signal), controller.run(signal)])
      await monitors.stopped()
    },
  }
}

/** Takes a change into the graph; answers the uids to look at. */
function note(
  graph: OwnershipGraph,
  resource: ServedResource,
  { type, object, previous }: InformerEvent<ApiObject>,
): string[] {
  const { uid } = object.metadata
  if (uid === undefined) return []
  if (type === 'DELETED') return graph.remove(uid)
  const replaced = previous?.metadata.uid
  const again = replaced === undefined || replaced === uid ? [] : graph.remove(replaced)
  return [...again, ...graph.put(ownedObject(resource, object.metadata))]
}

interface FollowDeps {
  client: ApiClient
  owners: OwnerLookup
  monitors: Monitors
  logger: Logger
}

/** False when the server could not say what it serves. */
async function discoverAndFollow(
  { client, owners, monitors, logger }: FollowDeps,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { resources, failures } = await discoverResources(client, { signal })
    owners.serve(resources)
    await monitors.follow(resources, { incomplete: failures.length > 0, signal })
    if (failures.length > 0) logger.warn({ failures }, 'discovery is incomplete')
    return true
  } catch (err) {
    if (!signal.aborted) logger.warn({ err }, 'discovery failed; will retry')
    return false
  }
}
