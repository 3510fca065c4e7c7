import type { ApiClient } from '#client/api-client.ts'
import type { ServedResource } from '#client/discovery.ts'
import { Informer, type InformerEvent } from '#client/informer.ts'
import { formatGroupResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Logger } from 'pino'

export interface MonitorOptions {
  readonly client: ApiClient
  readonly logger: Logger
  readonly onChange: (resource: ServedResource, event: InformerEvent<ApiObject>) => void
}

interface Monitor {
  readonly informer: Informer<ApiObject>
  readonly abort: AbortController
  readonly version: string
  readonly done: Promise<void>
}

/** Metadata watches on every resource whose objects can be listed, watched and deleted. Events own nothing and nobody owns them. */
export class Monitors {
  readonly #options: MonitorOptions
  readonly #monitors = new Map<string, Monitor>()

  constructor(options: MonitorOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#monitors.size
  }

  /** Starts what is newly served, and what changed its preferred version; stops what is served no more, unless `incomplete`. */
  async follow(
    resources: readonly ServedResource[],
    { incomplete, signal }: { incomplete: boolean; signal: AbortSignal },
  ): Promise<void> {
    const wanted = new Map(
      resources.filter(isMonitored).map((each) => [formatGroupResource(each), each]),
    )
    for (const [name, monitor] of this.#monitors) {
      const resource = wanted.get(name)
      const isStale = resource === undefined ? !incomplete : resource.version !== monitor.version
      if (isStale) await this.#stop(name, monitor)
    }
    for (const [name, resource] of wanted)
      if (!this.#monitors.has(name)) this.#start(name, resource, signal)
  }

  /** Resolves when every monitor has listed once. */
  async synced(): Promise<void> {
    await Promise.all([...this.#monitors.values()].map(({ informer }) => informer.synced))
  }

  /** Ends when the signals given to follow() have aborted. */
  async stopped(): Promise<void> {
    await Promise.all([...this.#monitors.values()].map(({ done }) => done))
  }

  #start(name: string, resource: ServedResource, signal: AbortSignal): void {
    const { client, logger, onChange } = this.#options
    const informer = new Informer<ApiObject>({
      client,
      logger,
      gvr: resource,
      metadataOnly: true,
      transform: identityOf,
      freeze: false,
    })
    informer.onChange((event) => onChange(resource, event))
    const abort = new AbortController()
    const done = informer.run(AbortSignal.any([signal, abort.signal]))
    this.#monitors.set(name, { informer, abort, version: resource.version, done })
  }

  async #stop(name: string, monitor: Monitor): Promise<void> {
    this.#monitors.delete(name)
    monitor.abort.abort()
    await monitor.done
  }
}

const isMonitored = ({ resource, group, verbs }: ServedResource): boolean =>
  ['list', 'watch', 'delete'].every((verb) => verbs.has(verb)) &&
  !(resource === 'events' && (group === '' || group === 'events.k8s.io'))

/** Nothing is kept but what ownership needs: there may be very many objects. */
const identityOf = ({ apiVersion, kind, metadata }: ApiObject): ApiObject => {
  const { name, namespace, uid, resourceVersion, ownerReferences, finalizers, deletionTimestamp } =
    metadata
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
  }
}
