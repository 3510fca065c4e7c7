import type { ApiClient } from '#client/api-client.ts'
import { discoverResources, type ServedResource } from '#client/discovery.ts'
import { Informer } from '#client/informer.ts'
import { formatGroupResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { type GroupResource, needsWholeObjects, usageOf } from '#apimachinery/quota/usage.ts'
import type { Logger } from 'pino'

interface CountedResourcesOptions {
  readonly client: ApiClient
  readonly logger: Logger
  /** An object of this namespace has gone. */
  readonly onDelete: (namespace: string) => void
}

/** What quotas count: how many there are now, and a word when one goes. */
export class CountedResources {
  readonly #options: CountedResourcesOptions
  readonly #watched = new Map<string, Promise<void>>()
  #served = new Map<string, ServedResource>()

  constructor(options: CountedResourcesOptions) {
    this.#options = options
  }

  /** How much the objects of a namespace count for, by the names given (all of this resource); undefined when it is not served. */
  async count(
    { namespace, names }: { readonly namespace: string; readonly names: readonly string[] },
    resource: GroupResource,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, number> | undefined> {
    const served = await this.#find(resource, signal)
    if (served === undefined) return undefined
    this.#watch(served, signal)
    const { client } = this.#options
    if (!names.some(needsWholeObjects)) {
      const list = await client.list(served, { namespace, signal, metadataOnly: true, limit: 1 })
      const count = list.items.length + (list.metadata.remainingItemCount ?? 0)
      return new Map(names.map((name) => [name, count]))
    }
    const { items } = await client.list<ApiObject>(served, { namespace, signal })
    const usages = items.map((item) => usageOf(resource, item))
    return new Map(
      names.map((name) => [name, usages.reduce((sum, usage) => sum + (usage.get(name) ?? 0), 0)]),
    )
  }

  /** Ends when the signals given to count() have aborted. */
  async stopped(): Promise<void> {
    await Promise.all(this.#watched.values())
  }

  async #find(resource: GroupResource, signal: AbortSignal): Promise<ServedResource | undefined> {
    const name = formatGroupResource(resource)
    if (!this.#served.has(name)) {
      const { resources } = await discoverResources(this.#options.client, { signal })
      this.#served = new Map(resources.map((each) => [formatGroupResource(each), each]))
    }
    return this.#served.get(name)
  }

  #watch(resource: ServedResource, signal: AbortSignal): void {
    const name = formatGroupResource(resource)
    if (this.#watched.has(name)) return
    const { client, logger, onDelete } = this.#options
    const informer = new Informer<ApiObject>({
      client,
      logger,
      gvr: resource,
      metadataOnly: true,
      transform: ({ apiVersion, kind, metadata: { name: own, namespace = '', uid = '' } }) => ({
        apiVersion,
        kind,
        metadata: { name: own, namespace, uid },
      }),
    })
    informer.onChange(({ type, object }) => {
      if (type === 'DELETED') onDelete(object.metadata.namespace ?? '')
    })
    this.#watched.set(name, informer.run(signal))
  }
}
