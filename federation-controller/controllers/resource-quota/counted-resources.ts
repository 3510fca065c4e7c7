import type { ApiClient } from '#client/api-client.ts'
import { discoverResources, type ServedResource } from '#client/discovery.ts'
import { Informer } from '#client/informer.ts'
import { formatGroupResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  canChange,
  countsAs,
  hasScopes,
  isInScope,
  type QuotaScope,
} from '#apimachinery/quota/scopes.ts'
import { type GroupResource, needsWholeObjects, usageOf } from '#apimachinery/quota/usage.ts'
import type { Logger } from 'pino'

interface CountedResourcesOptions {
  readonly client: ApiClient
  readonly logger: Logger
  /** An object of this namespace has gone, or has come to count otherwise. */
  readonly onChange: (namespace: string) => void
}

interface CountedObject extends ApiObject {
  readonly countsAs?: string
}

interface Wanted {
  readonly namespace: string
  /** All of one resource. */
  readonly names: readonly string[]
  readonly scope: QuotaScope
}

/** What quotas count: how many there are now, and a word when one goes. */
export class CountedResources {
  readonly #options: CountedResourcesOptions
  readonly #watched = new Map<string, Promise<void>>()
  #served = new Map<string, ServedResource>()

  constructor(options: CountedResourcesOptions) {
    this.#options = options
  }

  /** How much the objects of a namespace count for, by the names given; undefined when the resource is not served. */
  async count(
    { namespace, names, scope }: Wanted,
    resource: GroupResource,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, number> | undefined> {
    const served = await this.#find(resource, signal)
    if (served === undefined) return undefined
    this.#watch(served, signal)
    const { client } = this.#options
    if (!hasScopes(scope) && !names.some(needsWholeObjects)) {
      const list = await client.list(served, { namespace, signal, metadataOnly: true, limit: 1 })
      const count = list.items.length + (list.metadata.remainingItemCount ?? 0)
      return new Map(names.map((name) => [name, count]))
    }
    const { items } = await client.list<ApiObject>(served, { namespace, signal })
    const usages = items
      .filter((item) => isInScope(scope, resource, item))
      .map((item) => usageOf(resource, item))
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
    const { client, logger, onChange } = this.#options
    const informer = new Informer<CountedObject>({
      client,
      logger,
      gvr: resource,
      metadataOnly: !canChange(resource),
      transform({ apiVersion, kind, metadata, ...object }) {
        const { name: own, namespace = '', uid = '' } = metadata
        const kept = { apiVersion, kind, metadata: { name: own, namespace, uid } }
        return { ...kept, countsAs: countsAs(resource, object) }
      },
    })
    informer.onChange(({ type, object, previous = object }) => {
      if (type === 'DELETED' || object.countsAs !== previous.countsAs)
        onChange(object.metadata.namespace ?? '')
    })
    this.#watched.set(name, informer.run(signal))
  }
}
