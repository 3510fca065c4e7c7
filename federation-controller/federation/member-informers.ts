import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { Informer, type InformerEvent } from '#client/informer.ts'
import type { Logger } from 'pino'
import type { Member, MemberClusters } from './member-clusters.ts'

export interface MemberInformersOptions {
  readonly gvr: GroupVersionResource
  readonly labelSelector?: string
  readonly members: MemberClusters
  readonly logger: Logger
  /** Drops what nobody reads; managedFields are dropped anyway. */
  readonly transform?: (object: ApiObject) => ApiObject
}

/** SYNCED: the member's objects have all been read, for the first time since it was connected or anew. */
export type MemberChange = InformerEvent<ApiObject> | { readonly type: 'SYNCED' }

/** A member that was away shall be seen again soon. */
const backOff = { initialMs: 250, maxMs: 5_000, jitter: 0.5 }

/**
 * One resource in every member. Each member has its own informer: one that hangs leaves the others alone, and what is
 * known of it gets old. Nothing is known of a member that is not connected.
 */
export class MemberInformers {
  readonly #options: MemberInformersOptions
  readonly #logger: Logger
  readonly #informers = new Map<string, Informer<ApiObject>>()
  readonly #handlers = new Set<(cluster: string, change: MemberChange) => void>()
  readonly #running = new Set<Promise<void>>()

  constructor(options: MemberInformersOptions) {
    this.#options = options
    this.#logger = options.logger
  }

  /** True: a key that is absent here was absent in the member at last contact. */
  hasSynced(cluster: string): boolean {
    return this.#informers.get(cluster)?.hasSynced() ?? false
  }

  get(cluster: string, key: string): ApiObject | undefined {
    return this.#informers.get(cluster)?.get(key)
  }

  list(cluster: string): ApiObject[] {
    return this.#informers.get(cluster)?.list() ?? []
  }

  informer(cluster: string): Informer<ApiObject> | undefined {
    return this.#informers.get(cluster)
  }

  onChange(handler: (cluster: string, change: MemberChange) => void): () => void {
    this.#handlers.add(handler)
    return () => {
      this.#handlers.delete(handler)
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const { members } = this.#options
    const stop = members.onChange(({ type, name }) => {
      if (type === 'disconnected') this.#informers.delete(name)
      if (type === 'connected') this.#start(members.get(name), signal)
    })
    for (const member of members.list()) this.#start(member, signal)
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
    stop()
    await Promise.all(this.#running)
  }

  #start(member: Member | undefined, signal: AbortSignal): void {
    if (member === undefined) return
    const { name: cluster } = member
    const logger = this.#logger.child({ cluster })
    const { gvr, labelSelector } = this.#options
    const informer = new Informer({
      client: member.direct,
      gvr,
      ...(labelSelector === undefined ? {} : { labelSelector }),
      logger,
      transform: (object) => this.#trimmed(object),
      backOff,
    })
    this.#informers.set(cluster, informer)
    informer.onChange((event) => this.#tell(cluster, event))
    informer.onListed(() => this.#tell(cluster, { type: 'SYNCED' }))
    const both = AbortSignal.any([signal, member.signal])
    const run = informer.run(both).finally(() => this.#running.delete(run))
    this.#running.add(run)
  }

  #trimmed(object: ApiObject): ApiObject {
    delete object.metadata.managedFields
    return this.#options.transform?.(object) ?? object
  }

  #tell(cluster: string, change: MemberChange): void {
    for (const handler of this.#handlers) handler(cluster, change)
  }
}
