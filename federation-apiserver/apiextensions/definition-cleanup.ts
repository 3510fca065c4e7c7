import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { isNotFound } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { systemWrite } from '../bootstrap.ts'
import {
  cleanupFinalizer,
  type Condition,
  isTrue,
  specOf,
  statusOf,
  withCondition,
} from '../registry/apiextensions/definition.ts'
import type { Store } from '../registry/store.ts'

export interface DefinitionCleanupParts {
  /** The definition as it is now; undefined when it is gone. */
  readonly read: (name: string) => Promise<Readonly<ApiObject> | undefined>
  readonly write: (
    definition: Readonly<ApiObject>,
    subresource: '' | 'status',
    change: (object: ApiObject) => ApiObject,
  ) => Promise<void>
  /** Of the objects of a kind; undefined when it is not served. */
  readonly storeOf: (group: string, resource: string) => Store | undefined
  readonly logger: Logger
}

/** How long a definition's own objects may hold it before they are looked at again. */
const heldMs = 500
/** Between attempts that fail: doubled each time, half of it left to chance, as several servers do the same. */
const firstRetryMs = 250
const lastRetryMs = 30_000

/**
 * Takes the objects of removed definitions away, and lets the definitions go when the last one has gone (the work of upstream's CRD finalizer). What fails is
 * tried again until it succeeds or the signal aborts.
 */
export class DefinitionCleanup {
  readonly #parts: DefinitionCleanupParts
  readonly #signal: AbortSignal
  readonly #running = new Map<string, Promise<void>>()

  constructor(parts: DefinitionCleanupParts, signal: AbortSignal) {
    this.#parts = parts
    this.#signal = signal
  }

  /** Does nothing for a definition that is being cleaned up. */
  start(name: string): void {
    if (this.#running.has(name)) return
    this.#running.set(
      name,
      this.#untilEmpty(name).finally(() => this.#running.delete(name)),
    )
  }

  /** Resolves when nothing runs any more: after the signal has aborted. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values())
  }

  async #untilEmpty(name: string): Promise<void> {
    for (let failures = 0; !this.#signal.aborted; failures++) {
      try {
        await this.#empty(name)
        return
      } catch (err) {
        if (this.#signal.aborted) return
        this.#parts.logger.warn({ err, name }, 'custom resources cannot be removed: will retry')
        await this.#pause(Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(failures, 20)))
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    const chosen = ms * (1 - Math.random() / 2)
    await delay(chosen, undefined, { signal: this.#signal }).catch(() => undefined)
  }

  async #empty(name: string): Promise<void> {
    const definition = await this.#parts.read(name)
    if (definition === undefined) return
    const { group, names } = specOf(definition)
    const store = this.#parts.storeOf(group, names.plural)
    if (isTrue(definition, 'Established') && store !== undefined) {
      await this.#setTerminating(name, {
        status: 'True',
        reason: 'InstanceDeletionInProgress',
        message: 'CustomResource deletion is in progress',
      })
      while (!(await this.#deleteAll(store))) {
        await delay(heldMs, undefined, { signal: this.#signal })
      }
      await this.#setTerminating(name, {
        status: 'False',
        reason: 'InstanceDeletionCompleted',
        message: 'removed all instances',
      })
    }
    const last = await this.#parts.read(name)
    if (last === undefined) return
    await this.#parts.write(last, '', (object) => {
      object.metadata.finalizers = (object.metadata.finalizers ?? []).filter(
        (finalizer) => finalizer !== cleanupFinalizer,
      )
      return object
    })
  }

  async #setTerminating(name: string, condition: Omit<Condition, 'type' | 'lastTransitionTime'>) {
    const definition = await this.#parts.read(name)
    if (definition === undefined) return
    await this.#parts.write(definition, 'status', (object) => {
      const conditions = withCondition(statusOf(object).conditions ?? [], {
        type: 'Terminating',
        ...condition,
      })
      return { ...object, status: { ...object.status, conditions } }
    })
  }

  /** True when there is none left. */
  async #deleteAll(store: Store): Promise<boolean> {
    const signal = this.#signal
    const { items } = await store.list('', { freshness: 'latest', signal })
    for (const { object } of items) {
      const { name, namespace = '', deletionTimestamp } = object.metadata
      if (deletionTimestamp !== undefined) continue
      try {
        await store.delete(
          { name, namespace },
          {},
          { ...systemWrite(namespace), request: { signal } },
        )
      } catch (err) {
        if (!isNotFound(err)) throw err
      }
    }
    return items.length === 0
  }
}
