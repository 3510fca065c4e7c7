import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  type Cluster,
  clusters as clustersResource,
  federationSystemNamespace,
} from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import { delay } from '#client/back-off.ts'
import { createApiClient } from '#client/http-api-client.ts'
import { countCall } from '../runtime/controller-metrics.ts'
import { Informer } from '#client/informer.ts'
import type { Logger } from 'pino'
import { CircuitBreaker } from './circuit-breaker.ts'
import { FlapGuard } from './flapping.ts'
import { guardedClient } from './guarded-client.ts'
import { type MemberConnection, memberConnection } from './member-connection.ts'

/** One member while it has these credentials: new ones make a new Member. */
export interface Member {
  readonly name: string
  /** Calls go through the breaker: while the member is silent they fail at once with BreakerOpenError. */
  readonly client: ApiClient
  /** The same client without the breaker: for health probes, and for informers, which have a back-off of their own. */
  readonly direct: ApiClient
  readonly breaker: CircuitBreaker
  /** Aborts when the member has left the federation or got other credentials. */
  readonly signal: AbortSignal
}

/**
 * connected: there is a (new) Member. disconnected: its Member is no more. state: readiness, breaker, labels or
 * anything else of the cluster has changed, or it has left. For a rebuilt client: disconnected, then connected.
 * silent: a call had no answer.
 */
export interface MemberEvent {
  readonly type: 'connected' | 'disconnected' | 'state' | 'silent'
  readonly name: string
}

export interface MemberClustersOptions {
  /** The federation's own API. */
  readonly client: ApiClient
  readonly logger: Logger
  /** Deadline of a call to a member in milliseconds. Default 10 000. */
  readonly timeoutMs?: number
  /** Calls on the way to one member at once. Default 32. */
  readonly maxInFlight?: number
}

interface Connected extends Member {
  readonly connection: MemberConnection
  readonly controller: AbortController
}

const secretsResource = { group: '', version: 'v1', resource: 'secrets' }
const healthTimeoutMs = 3_000

/** THE place where clients of members are made: one a member, with one limiter, one breaker and one deadline. */
export class MemberClusters {
  readonly clusters: Informer<Cluster>
  readonly #options: MemberClustersOptions
  readonly #logger: Logger
  readonly #secrets: Informer<ApiObject>
  readonly #members = new Map<string, Connected>()
  readonly #problems = new Map<string, string>()
  readonly #listeners = new Set<(event: MemberEvent) => void>()
  readonly #flaps = new FlapGuard()
  /** Work that goes on after its cause: closing clients, asking silent members. */
  readonly #background = new Set<Promise<void>>()
  #running = false

  constructor(options: MemberClustersOptions) {
    const { client } = options
    this.#options = options
    this.#logger = options.logger.child({ component: 'member-clusters' })
    this.clusters = new Informer({ client, gvr: clustersResource, logger: this.#logger })
    this.#secrets = new Informer({
      client,
      gvr: secretsResource,
      namespace: federationSystemNamespace,
      logger: this.#logger,
    })
  }

  /** Resolves when all clusters that exist have been seen, and those with credentials have a Member. */
  get synced(): Promise<void> {
    return Promise.all([this.clusters.synced, this.#secrets.synced]).then(() => {})
  }

  get(name: string): Member | undefined {
    return this.#members.get(name)
  }

  /** In the order of names. */
  list(): Member[] {
    return [...this.#members.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Names of all Cluster objects, in order, also of those that cannot be connected to. */
  names(): string[] {
    return this.clusters
      .list()
      .map(({ metadata }) => metadata.name)
      .sort()
  }

  /** The last probe found it ready. Survives restarts: it is read from the Cluster. */
  isReady(name: string): boolean {
    const conditions = this.clusters.get(name)?.status?.conditions ?? []
    return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  }

  /** Ready, and no breaker keeps us from it. */
  answers(name: string): boolean {
    const member = this.#members.get(name)
    return member !== undefined && !member.breaker.isOpen && this.isReady(name)
  }

  /** It answers, and does not come and go: something new may rely on it. */
  isSteady(name: string): boolean {
    return this.answers(name) && this.#flaps.isSteady(name)
  }

  /** Why there is no Member for a cluster. */
  problemOf(name: string): string | undefined {
    return this.#problems.get(name)
  }

  /** The ServiceAccount token's Secret of a cluster, if it has one. */
  secretOf(name: string): ApiObject | undefined {
    const secretName = this.clusters.get(name)?.spec.secretRef?.name
    return secretName === undefined
      ? undefined
      : this.#secrets.get(`${federationSystemNamespace}/${secretName}`)
  }

  onChange(listener: (event: MemberEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const stops = [
      this.clusters.onChange(({ object }) => this.#refresh(object.metadata.name)),
      this.#secrets.onChange(({ object }) => this.#refreshUsersOf(object.metadata.name)),
    ]
    const whenSynced = this.synced.then(() => {
      this.#running = true
      for (const name of this.names()) this.#refresh(name)
    })
    await Promise.all([this.clusters.run(signal), this.#secrets.run(signal)])
    for (const stop of stops) stop()
    this.#running = false
    if (this.clusters.hasSynced() && this.#secrets.hasSynced()) await whenSynced
    for (const name of this.#members.keys()) this.#disconnect(name)
    await Promise.allSettled(this.#background)
  }

  #refreshUsersOf(secretName: string): void {
    for (const { metadata, spec } of this.clusters.list()) {
      if (spec.secretRef?.name === secretName) this.#refresh(metadata.name)
    }
  }

  #refresh(name: string): void {
    if (!this.#running) return
    const cluster = this.clusters.get(name)
    if (cluster === undefined) {
      this.#problems.delete(name)
      this.#disconnect(name)
      this.#tell({ type: 'state', name })
      return
    }
    const connection = memberConnection(cluster, this.secretOf(name))
    if (typeof connection === 'string') {
      this.#problems.set(name, connection)
      this.#disconnect(name)
      this.#tell({ type: 'state', name })
      return
    }
    this.#problems.delete(name)
    const fingerprint = this.#members.get(name)?.connection.fingerprint
    if (fingerprint === connection.fingerprint) this.#tell({ type: 'state', name })
    else this.#connect(name, connection)
  }

  #connect(name: string, connection: MemberConnection): void {
    this.#disconnect(name)
    const { server, credentials } = connection
    const { timeoutMs = 10_000, maxInFlight = 32 } = this.#options
    const direct = createApiClient({
      ...{ server, credentials, timeoutMs, maxInFlight },
      onCall: countCall,
    })
    const breaker = new CircuitBreaker(server)
    const controller = new AbortController()
    const { signal } = controller
    const client = guardedClient(direct, breaker)
    const member = { name, client, direct, breaker, signal, connection, controller }
    this.#members.set(name, member)
    breaker.onChange((open) => {
      if (signal.aborted) return
      this.#logger.info({ cluster: name, open }, 'circuit breaker changed')
      if (open) this.#inBackground(this.#askUntilItAnswers(member))
      this.#tell({ type: 'state', name })
    })
    breaker.onSilence(() => {
      if (!signal.aborted) this.#tell({ type: 'silent', name })
    })
    this.#logger.info({ cluster: name, server }, 'connecting to member cluster')
    this.#tell({ type: 'connected', name })
  }

  #disconnect(name: string): void {
    const member = this.#members.get(name)
    if (member === undefined) return
    this.#members.delete(name)
    member.controller.abort()
    this.#tell({ type: 'disconnected', name })
    this.#inBackground(member.direct[Symbol.asyncDispose]())
  }

  /** The half-open tries: nobody else needs to risk a call. */
  async #askUntilItAnswers({ breaker, client, signal }: Member): Promise<void> {
    while (breaker.isOpen && !signal.aborted) {
      await delay(Math.max(50, breaker.waitMs), signal)
      if (!breaker.isOpen || signal.aborted) return
      // The answer counts for the breaker, whatever it says; silence opens it anew.
      await client.raw('/healthz', { signal, timeoutMs: healthTimeoutMs }).catch(() => {})
    }
  }

  #noteStanding(name: string): void {
    if (this.clusters.get(name) === undefined) this.#flaps.forget(name)
    const untilSteadyMs = this.#flaps.note(name, this.answers(name)) ?? 0
    if (untilSteadyMs > 0)
      setTimeout(() => this.#tell({ type: 'state', name }), untilSteadyMs).unref()
  }

  #inBackground(work: PromiseLike<void>): void {
    const settled = this.#absorbing(work).finally(() => this.#background.delete(settled))
    this.#background.add(settled)
  }

  async #absorbing(work: PromiseLike<void>): Promise<void> {
    try {
      await work
    } catch (err) {
      this.#logger.warn({ err }, 'background work failed')
    }
  }

  #tell(event: MemberEvent): void {
    this.#noteStanding(event.name)
    for (const listener of this.#listeners) listener(event)
  }
}
