import { formatGroupResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { type Tombstone, tombstones } from '#apimachinery/schema/federation.ts'
import { keyOf } from '#client/indexer.ts'
import { writeTombstones } from '../../federation/deletion-helper.ts'
import type { FederationContext } from '../../federation/federation-context.ts'
import { ownershipOf, sourceUIDOf } from '../../federation/ownership.ts'
import type { FederatedType } from '../../federated-types/federated-type.ts'

interface Leftover {
  readonly type: FederatedType
  readonly copy: ApiObject
}

/**
 * Copies in one member that nothing in the federation stands for: left when the cluster was unjoined, or made since the
 * backup that the federation was restored from. They are told, and deleted only when a person says so.
 */
export class Leftovers {
  readonly #context: FederationContext
  readonly #cluster: string
  /** UIDs of the last look: what is seen once may be on its way out. */
  #seen: ReadonlySet<string | undefined> = new Set()
  #found: readonly Leftover[] = []
  #isDoubtful = false

  constructor(context: FederationContext, cluster: string) {
    this.#context = context
    this.#cluster = cluster
  }

  /** True: the next look may say something else, so it should come soon. */
  get isDoubtful(): boolean {
    return this.#isDoubtful
  }

  /** `configmaps shop/a`, in order. What is owed a deletion already is not among them. */
  async look(signal: AbortSignal): Promise<string[]> {
    const found = this.#withoutSource()
    const again = found.filter(({ copy }) => this.#seen.has(copy.metadata.uid))
    this.#seen = new Set(found.map(({ copy }) => copy.metadata.uid))
    this.#isDoubtful = found.length > again.length
    this.#found = again.length === 0 ? [] : await this.#notOwed(again, signal)
    return this.#found
      .map(({ type, copy }) => `${formatGroupResource(type)} ${keyOf(copy)}`)
      .toSorted()
  }

  /** What was found last is put on record as owed; who pays looks again whether it is ours. */
  async deleteAll(signal: AbortSignal): Promise<void> {
    const { client } = this.#context
    for (const { type, copy } of this.#found) {
      const uid = sourceUIDOf(copy) ?? ''
      const source = { ...copy, metadata: { ...copy.metadata, uid } }
      await writeTombstones({ client, type, source, signal }, [this.#cluster])
    }
    this.#found = []
    this.#isDoubtful = true
  }

  #withoutSource(): Leftover[] {
    const { types, informerOf, federationUID } = this.#context
    return types.flatMap((type) => {
      const { federation, members } = informerOf(type)
      if (!federation.hasSynced() || !members.hasSynced(this.#cluster)) return []
      return members
        .list(this.#cluster)
        .filter((copy) => ownershipOf(copy, federationUID) === 'ours')
        .filter((copy) => federation.get(keyOf(copy)) === undefined)
        .map((copy) => ({ type, copy }))
    })
  }

  async #notOwed(found: readonly Leftover[], signal: AbortSignal): Promise<Leftover[]> {
    const { items } = await this.#context.client.list<Tombstone>(tombstones, { signal })
    const here = items.filter(({ spec }) => spec.cluster === this.#cluster)
    const owed = new Set(here.map(({ spec }) => `${spec.resource} ${spec.sourceUID}`))
    return found.filter(({ type, copy }) => !owed.has(`${type.resource} ${sourceUIDOf(copy)}`))
  }
}
