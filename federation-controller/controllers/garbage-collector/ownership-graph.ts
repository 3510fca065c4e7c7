import type { ServedResource } from '#client/discovery.ts'
import type { ObjectMeta, OwnerReference } from '#apimachinery/meta/object-meta.ts'
import { deletionFinalizer } from '#apimachinery/schema/federation.ts'

/** What garbage collection needs to know of an object. */
export interface OwnedObject {
  readonly uid: string
  readonly resource: ServedResource
  readonly namespace: string | undefined
  readonly name: string
  readonly owners: readonly OwnerReference[]
  readonly deleting: boolean
  /** Being deleted, and only after its dependents. */
  readonly foreground: boolean
  /** Being deleted, and its dependents shall stay. */
  readonly orphaning: boolean
}

export const foregroundFinalizer = 'foregroundDeletion'
export const orphanFinalizer = 'orphan'

const none: readonly OwnerReference[] = []

/** Reads the facts off an object's metadata. */
export function ownedObject(resource: ServedResource, metadata: ObjectMeta): OwnedObject {
  const deleting = metadata.deletionTimestamp !== undefined
  return {
    uid: metadata.uid ?? '',
    resource,
    namespace: metadata.namespace,
    name: metadata.name,
    owners: metadata.ownerReferences?.map(withoutRest) ?? none,
    deleting,
    foreground: deleting && metadata.finalizers?.includes(foregroundFinalizer) === true,
    // What a federated object leaves behind are its copies in members: who holds it with its own finalizer sees to both.
    orphaning:
      deleting &&
      metadata.finalizers?.includes(orphanFinalizer) === true &&
      !metadata.finalizers.includes(deletionFinalizer),
  }
}

const withoutRest = ({
  apiVersion,
  kind,
  name,
  uid,
  controller,
  blockOwnerDeletion,
}: OwnerReference): OwnerReference => ({
  apiVersion,
  kind,
  name,
  uid,
  ...(controller === undefined ? {} : { controller }),
  ...(blockOwnerDeletion === undefined ? {} : { blockOwnerDeletion }),
})

/**
 * Who owns whom, by uid, as far as the watches have told. It may lag behind the server, never lead it: an owner that is
 * missing here can exist, so absence is confirmed by a live GET before anything is deleted.
 */
export class OwnershipGraph {
  readonly #objects = new Map<string, OwnedObject>()
  readonly #dependents = new Map<string, Set<string>>()

  get size(): number {
    return this.#objects.size
  }

  get(uid: string): OwnedObject | undefined {
    return this.#objects.get(uid)
  }

  dependentsOf(uid: string): OwnedObject[] {
    const found: OwnedObject[] = []
    for (const dependent of this.#dependents.get(uid) ?? []) {
      const object = this.#objects.get(dependent)
      if (object !== undefined) found.push(object)
    }
    return found
  }

  /** All owners that the object names are here, and stay; also true of one that names none. */
  hasOwners({ owners }: OwnedObject): boolean {
    return owners.every((reference) => {
      const owner = this.#objects.get(reference.uid)
      return owner !== undefined && !owner.foreground && isSame(owner, reference)
    })
  }

  /** Takes in what a watch says of an object; answers the uids that must be looked at because of it. */
  put(object: OwnedObject): string[] {
    const before = this.#objects.get(object.uid)
    this.#objects.set(object.uid, object)
    const released = this.#relink(object.uid, before?.owners ?? none, object.owners)
    const freed = [...released, ...unblocked(before?.owners ?? none, object.owners)]
    const again = freed.filter((owner) => this.#objects.get(owner)?.foreground === true)
    if (this.#needsAttention(object)) again.push(object.uid)
    return again
  }

  /** Forgets an object that is gone; answers its dependents, and the owners that may have waited for it. */
  remove(uid: string): string[] {
    const before = this.#objects.get(uid)
    if (before === undefined) return []
    this.#objects.delete(uid)
    this.#relink(uid, before.owners, none)
    const waiting = before.owners
      .map((owner) => owner.uid)
      .filter((owner) => this.#objects.get(owner)?.foreground === true)
    return [...(this.#dependents.get(uid) ?? []), ...waiting]
  }

  #needsAttention(object: OwnedObject): boolean {
    return object.foreground || object.orphaning || !this.hasOwners(object)
  }

  /** Answers the owners that the object no longer names. */
  #relink(
    uid: string,
    before: readonly OwnerReference[],
    after: readonly OwnerReference[],
  ): string[] {
    const wanted = new Set(after.map((owner) => owner.uid))
    const released = before.map((owner) => owner.uid).filter((owner) => !wanted.has(owner))
    for (const owner of released) {
      const set = this.#dependents.get(owner)
      set?.delete(uid)
      if (set?.size === 0) this.#dependents.delete(owner)
    }
    for (const owner of wanted) {
      const set = this.#dependents.get(owner)
      if (set === undefined) this.#dependents.set(owner, new Set([uid]))
      else set.add(uid)
    }
    return released
  }
}

/** Owners that the object no longer keeps from going. */
const unblocked = (before: readonly OwnerReference[], after: readonly OwnerReference[]): string[] =>
  before
    .filter(({ blockOwnerDeletion }) => blockOwnerDeletion === true)
    .filter(({ uid }) => after.some((now) => now.uid === uid && now.blockOwnerDeletion !== true))
    .map(({ uid }) => uid)

/** An owner reference names its owner by kind and name too; one that has the uid of another object names nothing. */
export const isSame = (owner: OwnedObject, reference: OwnerReference): boolean =>
  owner.name === reference.name && owner.resource.kind === reference.kind
