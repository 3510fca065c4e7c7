import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { ResourceInfo, Scheme } from '#apimachinery/scheme/scheme.ts'
import type { Awaitable } from '#apimachinery/meta/awaitable.ts'
import type { Storage } from '../storage/interface.ts'
import type { DeletionRequest, RequestUser, Strategy } from './strategy.ts'

/** Name of one object; `namespace` is '' for cluster-scoped resources. */
export interface ObjectName {
  readonly namespace: string
  readonly name: string
}

/** Admission of one write, already bound to its request. */
export interface WriteGate {
  readonly admit: (object: ApiObject, old?: Readonly<ApiObject>) => Awaitable<void>
  readonly validate: (object: ApiObject, old?: Readonly<ApiObject>) => Awaitable<void>
  /** Before a delete. */
  readonly release: (old: Readonly<ApiObject>) => Promise<void>
}

export interface WriteOptions {
  readonly namespace: string
  readonly user: RequestUser
  readonly dryRun: boolean
  readonly gate: WriteGate
  /** Who waits for it; the signal aborts when nobody does any more, and is made for who asks. */
  readonly request: { readonly signal: AbortSignal }
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
  /** Key prefix of the resource, with a slash at its end. */
  readonly prefix: string
}
