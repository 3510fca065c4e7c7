import { formatGroupVersion, type GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiList, ApiObject, WatchEvent } from '#apimachinery/meta/object-meta.ts'
import type {
  ApiClient,
  CallOptions,
  DeleteCallOptions,
  ListCallOptions,
  ObjectRef,
  PatchType,
  RawResponse,
  WatchCallOptions,
} from './api-client.ts'
import { ConnectionError } from './api-client.ts'
import type { Credentials } from './credentials.ts'
import { InFlightLimiter } from './in-flight-limiter.ts'
import { type QueryValue, resourcePath, withQuery } from './resource-path.ts'
import { statusErrorOf } from './response-status.ts'
import { type ClientCall, type Exchange, Transport } from './transport.ts'
import { watchEvents } from './watch-stream.ts'

export interface ApiClientOptions {
  /** `https://host:port`, with a path when the API lives under one. */
  readonly server: string
  readonly credentials: Credentials
  /** Deadline of every call but a watch, waiting for its turn included. Default 10 000. */
  readonly timeoutMs?: number
  /** TCP connections for calls (default 8); watches have their own. */
  readonly connections?: number
  /** Calls on the way at once; more wait for their turn. Default 64. */
  readonly maxInFlight?: number
  readonly userAgent?: string
  /** A watch that brings no byte for so long is given up; servers send a bookmark about once a minute. Default 90 000. */
  readonly watchIdleMs?: number
  /** Is told of each call that has an answer or cannot have one, and of each watch that has begun. */
  readonly onCall?: (call: ClientCall) => void
}

const contentTypes: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}

const json = 'application/json'

/** A client of one Kubernetes API server; nothing is connected before the first call. */
export const createApiClient = (options: ApiClientOptions): ApiClient => new HttpApiClient(options)

class HttpApiClient implements ApiClient {
  readonly server: string
  readonly #transport: Transport
  readonly #limiter: InFlightLimiter
  readonly #timeoutMs: number

  constructor(options: ApiClientOptions) {
    const { server, credentials, timeoutMs = 10_000, connections = 8 } = options
    this.server = server
    this.#timeoutMs = timeoutMs
    this.#limiter = new InFlightLimiter(options.maxInFlight ?? 64)
    this.#transport = new Transport({
      server,
      credentials,
      timeoutMs,
      connections,
      userAgent: options.userAgent ?? 'kubefed',
      streamIdleMs: options.watchIdleMs ?? 90_000,
      onCall: options.onCall,
    })
  }

  get<T extends ApiObject>(gvr: GroupVersionResource, ref: ObjectRef, options: CallOptions = {}) {
    const path = objectPath(gvr, ref, options)
    return this.#json<T>('GET', path, options)
  }

  async list<T extends ApiObject>(gvr: GroupVersionResource, options: ListCallOptions = {}) {
    const path = withQuery(resourcePath(gvr, { namespace: options.namespace }), {
      ...selection(options),
      limit: options.limit,
      continue: options.continue,
    })
    const { signal, timeoutMs } = options
    const headers = acceptOf(options, 'PartialObjectMetadataList')
    const list = await this.#parsed<ApiList<T>>({
      method: 'GET',
      path,
      headers,
      signal,
      timeoutMs,
    })
    fillTypes(list, gvr)
    return list
  }

  create<T extends ApiObject>(gvr: GroupVersionResource, object: T, options: CallOptions = {}) {
    const { namespace, name } = object.metadata
    const { subresource } = options
    const path = resourcePath(gvr, {
      namespace,
      ...(subresource === undefined ? {} : { name, subresource }),
    })
    return this.#json<T>('POST', withQuery(path, changes(options)), options, JSON.stringify(object))
  }

  update<T extends ApiObject>(gvr: GroupVersionResource, object: T, options: CallOptions = {}) {
    const path = objectPath(gvr, object.metadata, options)
    return this.#json<T>('PUT', withQuery(path, changes(options)), options, JSON.stringify(object))
  }

  async patch<T extends ApiObject>(
    gvr: GroupVersionResource,
    ref: ObjectRef,
    patch: { type: PatchType; body: object },
    options: CallOptions & { force?: boolean } = {},
  ): Promise<T> {
    const query = { ...changes(options), force: options.force }
    return this.#parsed<T>({
      method: 'PATCH',
      path: withQuery(objectPath(gvr, ref, options), query),
      contentType: contentTypes[patch.type],
      body: JSON.stringify(patch.body),
      signal: options.signal,
      timeoutMs: options.timeoutMs,
    })
  }

  delete(gvr: GroupVersionResource, ref: ObjectRef, options: DeleteCallOptions = {}) {
    const path = withQuery(objectPath(gvr, ref, options), changes(options))
    const { propagationPolicy, preconditions, gracePeriodSeconds } = options
    const body = { propagationPolicy, preconditions, gracePeriodSeconds }
    return this.#json('DELETE', path, options, JSON.stringify(body))
  }

  async *watch<T extends ApiObject>(
    gvr: GroupVersionResource,
    options: WatchCallOptions,
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const path = withQuery(resourcePath(gvr, { namespace: options.namespace }), {
      ...selection(options),
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds: options.timeoutSeconds,
    })
    const headers = acceptOf(options, 'PartialObjectMetadata')
    yield* watchEvents<T>(this.#transport, { path, headers, signal: options.signal })
  }

  async raw(path: string, options: Omit<Exchange, 'path' | 'method'> & { method?: string } = {}) {
    return this.#exchange({ method: 'GET', ...options, path })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]()
  }

  #json<T>(method: string, path: string, options: CallOptions, body?: string): Promise<T> {
    return this.#parsed<T>({
      method,
      path,
      body,
      contentType: body === undefined ? undefined : json,
      signal: options.signal,
      timeoutMs: options.timeoutMs,
    })
  }

  async #parsed<T>(exchange: Exchange): Promise<T> {
    const response = await this.#exchange(exchange)
    if (response.status < 200 || response.status > 299) throw statusErrorOf(response)
    return parse<T>(response, `${exchange.method} ${this.server}${exchange.path}`)
  }

  async #exchange(exchange: Exchange): Promise<RawResponse> {
    const timeoutMs = exchange.timeoutMs ?? this.#timeoutMs
    const waited = await this.#limiter.acquire(timeoutMs, exchange.signal)
    try {
      if (waited === undefined) return await this.#attempt(exchange)
      return await this.#attempt({ ...exchange, timeoutMs: Math.max(1, timeoutMs - waited) })
    } finally {
      this.#limiter.release()
    }
  }

  /** A read whose connection was cut is tried once more; a write might have been done. */
  async #attempt(exchange: Exchange): Promise<RawResponse> {
    try {
      return await this.#transport.exchange(exchange)
    } catch (error) {
      if (exchange.method !== 'GET' || !isCut(error)) throw error
      return await this.#transport.exchange(exchange)
    }
  }
}

/** The server closed a kept connection just when it was used again, or restarted. */
const isCut = (error: unknown): boolean =>
  error instanceof ConnectionError &&
  error.cause instanceof Error &&
  'code' in error.cause &&
  (error.cause.code === 'UND_ERR_SOCKET' || error.cause.code === 'ECONNRESET')

function objectPath(
  gvr: GroupVersionResource,
  { namespace, name }: { namespace?: string; name: string },
  { subresource }: CallOptions,
): string {
  if (name === '') throw new TypeError(`no name for a ${gvr.resource} request`)
  return resourcePath(gvr, { namespace, name, subresource })
}

const selection = (options: WatchCallOptions): Record<string, QueryValue> => ({
  labelSelector: options.labelSelector,
  fieldSelector: options.fieldSelector,
  resourceVersion: options.resourceVersion,
})

/** A server that cannot answer with metadata alone answers with whole objects. */
const acceptOf = (
  { metadataOnly }: { metadataOnly?: boolean },
  kind: string,
): Record<string, string> | undefined =>
  metadataOnly === true ? { accept: `${json};as=${kind};v=v1;g=meta.k8s.io,${json}` } : undefined

const changes = (options: CallOptions): Record<string, QueryValue> => ({
  dryRun: options.dryRun === true ? 'All' : undefined,
  fieldManager: options.fieldManager,
})

function parse<T>(response: RawResponse, what: string): T {
  try {
    return JSON.parse(response.body.toString('utf8')) as T
  } catch (cause) {
    throw new ConnectionError(`${what}: the answer is no JSON`, { cause })
  }
}

/** Items of built-in kinds come without their type. */
function fillTypes(list: ApiList, gvr: GroupVersionResource): void {
  const apiVersion = formatGroupVersion(gvr)
  const kind = list.kind.endsWith('List') ? list.kind.slice(0, -4) : list.kind
  list.items ??= []
  for (const item of list.items) {
    item.apiVersion ??= apiVersion
    item.kind ??= kind
  }
}
