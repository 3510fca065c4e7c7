import { newNotFound, type StatusError } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { ResourceInfo, Scheme } from '#apimachinery/scheme/scheme.ts'
import type {
  Freshness,
  ListOptions,
  ListResult,
  Storage,
  StorageEvent,
  StoredObject,
} from '../storage/interface.ts'
import { createObject } from './create.ts'
import { deleteObject } from './delete.ts'
import { collectionPrefix, objectKey, resourcePrefix } from './keys.ts'
import { statusOf } from './status-of.ts'
import type { DeletionRequest, RequestUser, ServerFacts, Strategy } from './strategy.ts'
import { type Transform, type UpdateOptions, updateObject } from './update.ts'

/** Name of one object; `namespace` is '' for cluster-scoped resources. */
export interface ObjectName {
  readonly namespace: string
  readonly name: string
}

/** Admission of one write, already bound to its request. */
export interface WriteGate {
  readonly admit: (object: ApiObject, old?: Readonly<ApiObject>) => Promise<void>
  readonly validate: (object: ApiObject, old?: Readonly<ApiObject>) => Promise<void>
  /** Before a delete. */
  readonly release: (old: Readonly<ApiObject>) => Promise<void>
}

export interface WriteOptions {
  readonly namespace: string
  readonly user: RequestUser
  readonly dryRun: boolean
  readonly gate: WriteGate
  readonly signal: AbortSignal
}

export interface DeleteOptions extends DeletionRequest {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

/** What the verbs of one resource share. */
export interface StoreContext {
  /** The hub: the version in which objects are stored. */
  readonly resource: ResourceInfo
  /** The version that the client speaks: errors about requests name it. */
  readonly spoken: ResourceInfo
  readonly strategy: Strategy
  readonly storage: Storage
  readonly scheme: Scheme
  readonly facts: ServerFacts
  /** Key prefix of the resource, with a slash at its end. */
  readonly prefix: string
}

/** The verbs of one resource over Storage, steered by its Strategy. Throws StatusError, and what admission throws. */
export class Store {
  readonly resource: ResourceInfo
  readonly strategy: Strategy
  readonly prefix: string
  readonly #context: StoreContext

  constructor(context: Omit<StoreContext, 'prefix' | 'spoken'> & { spoken?: ResourceInfo }) {
    this.resource = context.resource
    this.strategy = context.strategy
    this.prefix = resourcePrefix(context.resource.hub)
    this.#context = { spoken: context.resource, ...context, prefix: this.prefix }
  }

  /** The same objects for clients of another version. */
  speaking(spoken: ResourceInfo): Store {
    return new Store({ ...this.#context, spoken })
  }

  async get(ref: ObjectName, freshness: Freshness, signal?: AbortSignal): Promise<StoredObject> {
    const key = objectKey(this.prefix, ref.namespace, ref.name)
    const found = await this.#translated(
      ref.name,
      this.#context.storage.get(key, freshness, signal),
    )
    if (found === undefined) throw this.notFound(ref.name)
    return found
  }

  /** `namespace` '' lists all namespaces. `after` and `next` are keys. */
  list(namespace: string, options: ListOptions): Promise<ListResult> {
    const prefix = collectionPrefix(this.prefix, namespace)
    return this.#translated('', this.#context.storage.list(prefix, options))
  }

  /** Throws StorageError Compacted as it is: a watch tells it in its stream. */
  watch(
    namespace: string,
    revision: number,
    options: { signal: AbortSignal; bookmarks?: boolean },
  ): AsyncIterable<readonly StorageEvent[]> {
    return this.#context.storage.watch(collectionPrefix(this.prefix, namespace), revision, options)
  }

  currentRevision(signal?: AbortSignal): Promise<number> {
    return this.#translated('', this.#context.storage.currentRevision(signal))
  }

  create(object: ApiObject, options: WriteOptions): Promise<StoredObject> {
    return this.#translated(
      () => object.metadata.name,
      createObject(this.#context, object, options),
    )
  }

  /** `transform` makes the new object from the current one; it runs again when another write came between. */
  update(
    ref: ObjectName,
    transform: Transform,
    options: UpdateOptions,
  ): Promise<{ object: StoredObject; created: boolean }> {
    return this.#translated(ref.name, updateObject(this.#context, { ref, transform }, options))
  }

  /** `removed` is false while something still holds the object: finalizers, grace, contents of a namespace. */
  delete(
    ref: ObjectName,
    deletion: DeleteOptions,
    options: WriteOptions,
  ): Promise<{ object: StoredObject; removed: boolean }> {
    return this.#translated(ref.name, deleteObject(this.#context, { ref, deletion }, options))
  }

  notFound(name: string): StatusError {
    return newNotFound(this.#context.spoken, name)
  }

  async #translated<T>(name: string | (() => string), work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (err) {
      const { group, resource } = this.#context.spoken
      throw statusOf(err, { group, resource, name: typeof name === 'string' ? name : name() })
    }
  }
}
