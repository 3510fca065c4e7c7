import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Store } from '../registry/store.ts'
import { type RbacObject, type RbacObjects, RoleSet } from './role-set.ts'

/** The stores of rbac.authorization.k8s.io. */
export type RbacStores = Readonly<Record<keyof RbacObjects, Store>>

/** Where authorization takes its rules from. */
export interface RuleSource {
  /** As the cache has them: what this server has acknowledged, and what others did a moment ago. At once when nothing changed. */
  current(): RoleSet | Promise<RoleSet>
  /** Not older than any write that any server has acknowledged; the very same set as before when nothing changed. */
  latest(): Promise<RoleSet>
}

const names = ['roles', 'clusterRoles', 'roleBindings', 'clusterRoleBindings'] as const

/**
 * The rules in storage. Watches only say that something changed; the next one who asks reads it. Own writes are in the cache and
 * have woken the watch before they are acknowledged.
 */
export class StoredRules implements RuleSource {
  readonly #stores: RbacStores
  readonly #logger: Logger
  #loaded: { set: RoleSet; items: readonly object[] } | undefined
  /** Counts changes; `#loadedAt` is its value when the last load began. */
  #changes = 0
  #loadedAt = -1

  constructor(stores: RbacStores, { logger }: { readonly logger: Logger }) {
    this.#stores = stores
    this.#logger = logger
  }

  current(): RoleSet | Promise<RoleSet> {
    const loaded = this.#loaded
    return loaded !== undefined && this.#loadedAt === this.#changes ? loaded.set : this.#load('any')
  }

  latest(): Promise<RoleSet> {
    return this.#load('latest')
  }

  /** Follows changes until the signal aborts; resolves `started` when nothing can be missed any more. */
  async run(signal: AbortSignal, started?: () => void): Promise<void> {
    let waiting = names.length
    const following = (): void => {
      waiting -= 1
      if (waiting === 0) started?.()
    }
    await Promise.all(names.map((name) => this.#follow(this.#stores[name], signal, following)))
  }

  async #follow(store: Store, signal: AbortSignal, following: () => void): Promise<void> {
    let first = true
    while (!signal.aborted) {
      try {
        const { revision } = await store.list('', { freshness: 'any', limit: 1, signal })
        const events = store.watch('', revision, { signal })
        this.#changes += 1
        if (first) following()
        first = false
        for await (const _ of events) this.#changes += 1
      } catch (err) {
        if (signal.aborted) return
        this.#logger.warn({ err }, 'watch of roles and bindings ended')
        // Rules that cannot be read grant nothing; that is no reason not to start.
        if (first) following()
        first = false
      }
      // What happened between two watches is not known.
      this.#changes += 1
      await sleep(100, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  async #load(freshness: 'any' | 'latest'): Promise<RoleSet> {
    const began = this.#changes
    const lists = await Promise.all(names.map((name) => this.#stores[name].list('', { freshness })))
    const items = lists.flatMap((list) => list.items)
    const known = this.#loaded
    const same =
      known !== undefined &&
      known.items.length === items.length &&
      items.every((item, i) => item === known.items[i])
    const set = same ? known.set : new RoleSet(objectsOf(lists))
    if (began >= this.#loadedAt) {
      this.#loaded = { set, items }
      this.#loadedAt = began
    }
    return set
  }
}

function objectsOf(
  lists: readonly { readonly items: readonly { readonly object: RbacObject }[] }[],
): RbacObjects {
  const [roles, clusterRoles, roleBindings, clusterRoleBindings] = lists.map(({ items }) =>
    items.map((item) => item.object),
  )
  return {
    roles: roles ?? [],
    clusterRoles: clusterRoles ?? [],
    roleBindings: roleBindings ?? [],
    clusterRoleBindings: clusterRoleBindings ?? [],
  }
}
