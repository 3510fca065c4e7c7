import type { ApiClient } from '#client/api-client.ts'
import type { ServedResource } from '#client/discovery.ts'
import { isNotFound } from '#apimachinery/errors/status-error.ts'
import { parseGroupVersion } from '#apimachinery/meta/group-version.ts'
import type { ObjectMeta, OwnerReference } from '#apimachinery/meta/object-meta.ts'
import { foregroundFinalizer, isSame, type OwnershipGraph } from './ownership-graph.ts'

/**
 * What an owner reference is worth. solid: the owner is there. dangling: it is gone for certain. waiting: it is being deleted and
 * waits for its dependents. unknown: its kind is not served now, or the reference cannot name anything; nothing may be concluded.
 */
export type OwnerState = 'solid' | 'dangling' | 'waiting' | 'unknown'

const remembered = 1000

/** Looks owners up: in the graph, then, since the graph may lag, on the server. */
export class OwnerLookup {
  readonly #client: ApiClient
  readonly #graph: OwnershipGraph
  #kinds = new Map<string, ServedResource>()
  /** Uids that were found absent; a uid never comes back. */
  readonly #absent = new Set<string>()

  constructor(client: ApiClient, graph: OwnershipGraph) {
    this.#client = client
    this.#graph = graph
  }

  /** Tells which kinds are served now. */
  serve(resources: readonly ServedResource[]): void {
    this.#kinds = new Map(resources.map((each) => [`${each.group}/${each.kind}`, each]))
  }

  async stateOf(
    reference: OwnerReference,
    namespace: string | undefined,
    signal: AbortSignal,
  ): Promise<OwnerState> {
    const known = this.#graph.get(reference.uid)
    if (known !== undefined && isSame(known, reference))
      return known.foreground ? 'waiting' : 'solid'
    if (this.#absent.has(this.#identity(reference, namespace))) return 'dangling'
    const { group } = parseGroupVersion(reference.apiVersion)
    const resource = this.#kinds.get(`${group}/${reference.kind}`)
    if (resource === undefined || (resource.namespaced && namespace === undefined)) return 'unknown'
    const ref = {
      ...(resource.namespaced && namespace !== undefined ? { namespace } : {}),
      name: reference.name,
    }
    try {
      const { metadata } = await this.#client.get(resource, ref, { signal })
      return this.#judge(reference, namespace, metadata)
    } catch (err) {
      if (!isNotFound(err)) throw err
      return this.#gone(reference, namespace)
    }
  }

  #judge(
    reference: OwnerReference,
    namespace: string | undefined,
    metadata: ObjectMeta,
  ): OwnerState {
    if (metadata.uid !== reference.uid) return this.#gone(reference, namespace)
    const waits =
      metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(foregroundFinalizer)
    return waits === true ? 'waiting' : 'solid'
  }

  #gone(reference: OwnerReference, namespace: string | undefined): OwnerState {
    if (this.#absent.size >= remembered) {
      for (const oldest of this.#absent) {
        this.#absent.delete(oldest)
        break
      }
    }
    this.#absent.add(this.#identity(reference, namespace))
    return 'dangling'
  }

  #identity({ apiVersion, kind, name, uid }: OwnerReference, namespace = ''): string {
    return `${uid} ${apiVersion} ${kind} ${namespace} ${name}`
  }
}
