import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { isConflict, isNotFound } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Scheme } from '#apimachinery/scheme/scheme.ts'
import { systemWrite } from '../bootstrap.ts'
import { recordOwner, writerOf } from '../endpoints/field-management.ts'
import { Representation } from '../endpoints/representation.ts'
import type { ServedResource } from '../endpoints/served-resource.ts'
import { tableWith } from '../endpoints/table.ts'
import { cleanupFinalizer, specOf } from '../registry/apiextensions/definition.ts'
import { Store } from '../registry/store.ts'
import { thawedObject, wholeObject } from '../registry/stored.ts'
import { createWarning } from '../serve-resources.ts'
import type { Admission } from '../admission/chain.ts'
import type { Storage, StoredObject } from '../storage/interface.ts'
import { customColumns, customScaleColumns } from './columns.ts'
import { type CustomResource, customResourcesOf } from './custom-kinds.ts'
import { DefinitionCleanup } from './definition-cleanup.ts'
import { nextStatus } from './definition-status.ts'
import { versionedStorage } from './versioned-storage.ts'

/** What is served at a moment: built-in and custom. Replaced as a whole when a definition changes. */
export interface ServedApi {
  readonly scheme: Scheme
  readonly served: readonly ServedResource[]
}

export interface ServedApiParts {
  readonly scheme: Scheme
  readonly builtIn: readonly ServedResource[]
  /** Of CustomResourceDefinitions. */
  readonly definitions: Store
  readonly storage: Storage
  readonly admission: Admission
  readonly logger: Logger
  /** `group/resource` of kinds that reach the members; undefined on a member. */
  readonly distributed?: ReadonlySet<string>
}

const retryMs = 1000

/** By which the writes of an API server itself are known. */
const serverName = 'kube-apiserver'

/**
 * Follows the CustomResourceDefinitions: serves their resources, accepts their names, and empties what is deleted. Each API server of a storage
 * does all of it; the writes are the same.
 */
export class CustomResourceDefinitions implements AsyncDisposable {
  readonly #parts: ServedApiParts
  readonly #stop = new AbortController()
  readonly #definitions = new Map<string, StoredObject>()
  /** By definition, so that what has not changed stays the same object. */
  readonly #resources = new WeakMap<StoredObject, CustomResource[]>()
  readonly #cleanup: DefinitionCleanup
  #current: ServedApi
  #following: Promise<void> = Promise.resolve()

  private constructor(parts: ServedApiParts) {
    this.#parts = parts
    this.#current = { scheme: parts.scheme, served: parts.builtIn }
    this.#cleanup = new DefinitionCleanup(
      {
        read: (name) => this.#read(name),
        write: (definition, subresource, change) => this.#write(definition, subresource, change),
        storeOf: (group, resource) =>
          this.#current.served.find(
            ({ info }) => info.group === group && info.resource === resource,
          )?.store,
        logger: parts.logger,
      },
      this.#stop.signal,
    )
  }

  /** Resolves when everything that is defined now is served. */
  static async open(parts: ServedApiParts): Promise<CustomResourceDefinitions> {
    const made = new CustomResourceDefinitions(parts)
    const revision = await made.#load()
    made.#following = made.#follow(revision)
    return made
  }

  current(): ServedApi {
    return this.#current
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#following
    await this.#cleanup.settled()
  }

  async #load(): Promise<number> {
    const { signal } = this.#stop
    const { items, revision } = await this.#parts.definitions.list('', {
      freshness: 'latest',
      signal,
    })
    this.#definitions.clear()
    for (const stored of items) this.#definitions.set(stored.key, stored)
    this.#serve()
    return revision
  }

  async #follow(revision: number): Promise<void> {
    const { signal } = this.#stop
    let from: number | undefined = revision
    while (!signal.aborted) {
      try {
        from ??= await this.#load()
        await this.#reconcile()
        for await (const events of this.#parts.definitions.watch('', from, { signal })) {
          for (const event of events) {
            if (event.object === undefined) continue
            if (event.type === 'DELETE') this.#definitions.delete(event.object.key)
            else this.#definitions.set(event.object.key, event.object)
          }
          this.#serve()
          await this.#reconcile()
        }
      } catch (err) {
        if (signal.aborted) return
        this.#parts.logger.warn({ err }, 'custom resource definitions: will retry')
        await delay(retryMs, undefined, { signal }).catch(() => undefined)
      }
      from = undefined
    }
  }

  #whole(stored: StoredObject): Readonly<ApiObject> {
    return wholeObject(this.#parts.definitions.resource, stored)
  }

  /** The resources of all definitions, beside the built-in ones. */
  #serve(): void {
    const { scheme, builtIn } = this.#parts
    const custom = [...this.#definitions.values()].flatMap((stored) => {
      const known = this.#resources.get(stored) ?? customResourcesOf(this.#whole(stored))
      this.#resources.set(stored, known)
      return known
    })
    const extended = custom.length === 0 ? scheme : scheme.with(custom)
    this.#current = {
      scheme: extended,
      served: [...builtIn, ...custom.map((one) => this.#served(extended, one))],
    }
  }

  #served(scheme: Scheme, custom: CustomResource): ServedResource {
    const { admission, distributed } = this.#parts
    const { info, strategy, scale, deprecation, version, view } = custom
    const storage =
      view === undefined ? this.#parts.storage : versionedStorage(this.#parts.storage, view)
    const store = new Store({ resource: info, strategy, storage, scheme })
    const columns = customColumns(version.additionalPrinterColumns ?? [])
    return {
      info,
      store,
      scheme,
      admission,
      table: tableWith(columns),
      representation: new Representation(info, info, { isCustom: true }),
      ...createWarning(info, distributed),
      ...(scale === undefined ? {} : { scale, scaleTable: tableWith(customScaleColumns) }),
      ...(deprecation === undefined ? {} : { deprecation }),
    }
  }

  async #reconcile(): Promise<void> {
    for (const [key, stored] of [...this.#definitions].sort(byAge)) {
      const definition = this.#whole(stored)
      if (definition.metadata.deletionTimestamp === undefined) await this.#accept(key, definition)
      else if (definition.metadata.finalizers?.includes(cleanupFinalizer) === true) {
        this.#cleanup.start(definition.metadata.name)
      }
    }
  }

  async #accept(key: string, definition: Readonly<ApiObject>): Promise<void> {
    const { group } = specOf(definition)
    const others = [...this.#definitions]
      .filter(([other]) => other !== key)
      .map(([, stored]) => this.#whole(stored))
      .filter((other) => specOf(other).group === group)
    const status = nextStatus(definition, others)
    if (status !== undefined)
      await this.#write(definition, 'status', (object) => ({ ...object, status }))
  }

  /** A write that somebody else has made meanwhile, or on something gone, needs no other. */
  async #write(
    definition: Readonly<ApiObject>,
    subresource: '' | 'status',
    change: (object: ApiObject) => ApiObject,
  ): Promise<void> {
    const { definitions } = this.#parts
    const { name, resourceVersion } = definition.metadata
    try {
      const { object } = await definitions.update(
        { namespace: '', name },
        (current) => {
          if (current === undefined) throw definitions.notFound(name)
          const live = this.#whole(current)
          const object = change(thawedObject(definitions.resource, current))
          if (subresource === 'status' && resourceVersion !== undefined) {
            object.metadata.resourceVersion = resourceVersion
          }
          this.#recordOwner(subresource, { live, object })
          return object
        },
        { ...systemWrite(''), request: this.#stop, subresource },
      )
      if (this.#definitions.has(object.key)) this.#definitions.set(object.key, object)
      this.#serve()
    } catch (err) {
      if (!isNotFound(err) && !isConflict(err)) throw err
    }
  }

  #recordOwner(
    subresource: string,
    change: { readonly live: Readonly<ApiObject>; readonly object: ApiObject },
  ): void {
    const { resource } = this.#parts.definitions
    const served = this.#parts.builtIn.find(({ info }) => info.resource === resource.resource)
    if (served === undefined) return
    const by = { fieldManager: serverName, userAgent: undefined }
    recordOwner(served, writerOf(served, by, { operation: 'Update', subresource }), change)
  }

  async #read(name: string): Promise<Readonly<ApiObject> | undefined> {
    const { signal } = this.#stop
    try {
      return this.#whole(
        await this.#parts.definitions.get({ namespace: '', name }, 'latest', signal),
      )
    } catch (err) {
      if (isNotFound(err)) return undefined
      throw err
    }
  }
}

/** Who was first has its names first. */
const byAge = ([, a]: [string, StoredObject], [, b]: [string, StoredObject]): number =>
  a.revision - b.revision
