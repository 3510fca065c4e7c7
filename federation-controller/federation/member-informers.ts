import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { Informer, type InformerEvent } from '#client/informer.ts'
import type { Logger } from 'pino'
import type { Member, MemberClusters } from './member-clusters.ts'
import { runPerMember } from './run-per-member.ts'

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

  run(signal: AbortSignal): Promise<void> {
    return runPerMember(
      {
        members: this.#options.members,
        work: (member, connected) => this.#runInformer(member, connected),
        onGone: (name) => this.#informers.delete(name),
      },
      signal,
    )
  }

  #runInformer({ name: cluster, direct: client }: Member, signal: AbortSignal): Promise<void> {
    const logger = this.#logger.child({ cluster })
    const { gvr, labelSelector } = this.#options
    const informer = new Informer({
      client,
      gvr,
      ...(labelSelector === undefined ? {} : { labelSelector }),
      logger,
      transform: (object) => this.#trimmed(object),
      backOff,
    })
    this.#informers.set(cluster, informer)
    informer.onChange((event) => this.#tell(cluster, event))
    informer.onListed(() => this.#tell(cluster, { type: 'SYNCED' }))
    return informer.run(signal)
  }

  #trimmed(object: ApiObject): ApiObject {
    delete object.metadata.managedFields
    return this.#options.transform?.(object) ?? object
  }

  #tell(cluster: string, change: MemberChange): void {
    for (const handler of this.#handlers) handler(cluster, change)
  }
}
