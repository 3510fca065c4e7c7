import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { parseGroupVersion } from '#apimachinery/meta/group-version.ts'
import type { Informer } from '#client/informer.ts'
import { keyOf } from '#client/indexer.ts'
import type { Request } from './reconciler.ts'

/** Where a controller's requests come from. */
export interface Source {
  /** Resolves when everything that exists has been seen once. */
  readonly synced: Promise<void>
  /** Hands over a request for each object there is, and for each change from now on. Returns how to stop. */
  subscribe(enqueue: (request: Request) => void): () => void
}

/** Requests for whatever `requestsFor` makes of an object; on a change, of its old and its new state. */
export function enqueueRequestsFromMap<T extends ApiObject>(
  informer: Informer<T>,
  requestsFor: (object: T) => Iterable<Request>,
): Source {
  return {
    synced: informer.synced,
    subscribe: (enqueue) => {
      const stop = informer.onChange(({ object, previous }) => {
        if (previous !== undefined) for (const request of requestsFor(previous)) enqueue(request)
        for (const request of requestsFor(object)) enqueue(request)
      })
      for (const object of informer.list())
        for (const request of requestsFor(object)) enqueue(request)
      return stop
    },
  }
}

/** A request for the object itself. */
export const enqueueRequestForObject = <T extends ApiObject>(informer: Informer<T>): Source =>
  enqueueRequestsFromMap(informer, (object) => [keyOf(object)])

/** Requests for the owners of this group and kind; a namespaced object's owner is in its namespace unless `clusterScoped`. */
export const enqueueRequestForOwner = <T extends ApiObject>(
  informer: Informer<T>,
  owner: { group: string; kind: string; clusterScoped?: boolean },
): Source =>
  enqueueRequestsFromMap(informer, ({ metadata }) =>
    (metadata.ownerReferences ?? [])
      .filter(
        (reference) =>
          reference.kind === owner.kind &&
          parseGroupVersion(reference.apiVersion).group === owner.group,
      )
      .map(({ name }) =>
        owner.clusterScoped === true || metadata.namespace === undefined
          ? name
          : `${metadata.namespace}/${name}`,
      ),
  )
