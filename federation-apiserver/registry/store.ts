import { newNotFound, type StatusError } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { ResourceInfo } from '#apimachinery/scheme/scheme.ts'
import type {
  Deliver,
  EventOptions,
  Freshness,
  ListOptions,
  ListResult,
  StorageEvent,
  StoredObject,
} from '../storage/interface.ts'
import { createObject } from './create.ts'
import { deleteObject } from './delete.ts'
import { collectionPrefix, objectKey, resourcePrefix } from './keys.ts'
import { statusOf } from './status-of.ts'
import type { DeleteOptions, ObjectName, StoreContext, WriteOptions } from './store-context.ts'
import type { Strategy } from './strategy.ts'
import { type Transform, type UpdateOptions, updateObject } from './update.ts'

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

  /** As the cache has it. One that is not there is asked for with a linearizable read: the cache may be a moment behind. */
  async find(ref: ObjectName): Promise<StoredObject> {
    return this.findCached(ref) ?? this.get(ref, 'latest')
  }

  /** The same without waiting; undefined when the cache does not have it, or cannot read it. */
  findCached({ namespace, name }: ObjectName): StoredObject | undefined {
    try {
      return this.#context.storage.getCached(objectKey(this.prefix, namespace, name))
    } catch {
      return undefined
    }
  }

  /** `namespace` '' lists all namespaces. `after` and `next` are keys. */
  list(namespace: string, options: ListOptions): Promise<ListResult> {
    const prefix = collectionPrefix(this.prefix, namespace)
    return this.#translated('', this.#context.storage.list(prefix, options))
  }

  /** All of them, as the cache has them. */
  listCached(namespace: string): readonly StoredObject[] {
    try {
      return this.#context.storage.listCached(collectionPrefix(this.prefix, namespace)).items
    } catch (err) {
      throw this.#statusOf(err, '')
    }
  }

  /** Throws StorageError Compacted as it is: a watch tells it in its stream. */
  watch(
    namespace: string,
    revision: number,
    options: EventOptions,
  ): AsyncIterable<readonly StorageEvent[]> {
    return this.#context.storage.watch(collectionPrefix(this.prefix, namespace), revision, options)
  }

  /** The same for who is called with them: see Storage. */
  follow(
    namespace: string,
    revision: number,
    options: EventOptions,
    deliver: Deliver,
  ): Promise<void> {
    const prefix = collectionPrefix(this.prefix, namespace)
    return this.#context.storage.follow(prefix, revision, options, deliver)
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

  #translated<T>(name: string | (() => string), work: Promise<T>): Promise<T> {
    return work.catch((err: unknown) => {
      throw this.#statusOf(err, typeof name === 'string' ? name : name())
    })
  }

  #statusOf(err: unknown, name: string): unknown {
    const { group, resource } = this.#context.spoken
    return statusOf(err, { group, resource, name })
  }
}
