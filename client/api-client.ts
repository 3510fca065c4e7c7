import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiList, ApiObject, WatchEvent } from '#apimachinery/meta/object-meta.ts'

/** A named object; `namespace` is absent for cluster-scoped resources. */
export interface ObjectRef {
  readonly namespace?: string
  readonly name: string
}

export interface CallOptions {
  readonly signal?: AbortSignal
  /** Milliseconds until the call is given up; the client's default when absent. */
  readonly timeoutMs?: number
  readonly subresource?: string
  readonly dryRun?: boolean
  readonly fieldManager?: string
}

export interface ListCallOptions extends CallOptions {
  /** Ask for PartialObjectMetadata: items then have only metadata, and the kind PartialObjectMetadata of meta.k8s.io/v1. */
  readonly metadataOnly?: boolean
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly limit?: number
  readonly continue?: string
  readonly resourceVersion?: string
}

export interface WatchCallOptions extends Omit<
  ListCallOptions,
  'limit' | 'continue' | 'timeoutMs'
> {
  readonly timeoutSeconds?: number
}

export interface DeleteCallOptions extends CallOptions {
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly gracePeriodSeconds?: number
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

export interface RawResponse {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Buffer
}

/** A Kubernetes API. Every method throws StatusError for an answer that is not 2xx, and ConnectionError when there is none. */
export interface ApiClient extends AsyncDisposable {
  readonly server: string
  get<T extends ApiObject>(
    gvr: GroupVersionResource,
    ref: ObjectRef,
    options?: CallOptions,
  ): Promise<T>
  /** One page; items have apiVersion and kind filled in. */
  list<T extends ApiObject>(
    gvr: GroupVersionResource,
    options?: ListCallOptions,
  ): Promise<ApiList<T>>
  create<T extends ApiObject>(
    gvr: GroupVersionResource,
    object: T,
    options?: CallOptions,
  ): Promise<T>
  update<T extends ApiObject>(
    gvr: GroupVersionResource,
    object: T,
    options?: CallOptions,
  ): Promise<T>
  patch<T extends ApiObject>(
    gvr: GroupVersionResource,
    ref: ObjectRef,
    patch: { type: PatchType; body: object },
    options?: CallOptions & { force?: boolean },
  ): Promise<T>
  /** Resolves to the Status or to the object that is still there with a deletionTimestamp. */
  delete(gvr: GroupVersionResource, ref: ObjectRef, options?: DeleteCallOptions): Promise<unknown>
  /** Ends when the server ends the watch or the signal aborts; an ERROR event is thrown as StatusError (isExpired for 410). */
  watch<T extends ApiObject>(
    gvr: GroupVersionResource,
    options: WatchCallOptions,
  ): AsyncIterable<WatchEvent<T>>
  /** Any path and method; does not throw for the status. */
  raw(
    path: string,
    options?: {
      method?: string
      body?: string | Buffer
      headers?: Record<string, string>
      signal?: AbortSignal
      timeoutMs?: number
    },
  ): Promise<RawResponse>
}

/** No answer: refused, reset, timed out, TLS failure. `timeout` tells a deadline from the rest. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly timeout: boolean
  constructor(message: string, options: { timeout?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.timeout = options.timeout ?? false
  }
}
