import type { ApiClient } from '#client/api-client.ts'
import { delay } from '#client/back-off.ts'
import { Informer } from '#client/informer.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Logger } from 'pino'
import type { Member, MemberClusters } from '../../federation/member-clusters.ts'
import { managedSelector } from '../../federation/ownership.ts'
import { runPerMember } from '../../federation/run-per-member.ts'
import { readyInEndpoints, readyInSlices } from './ready-endpoints.ts'

export interface MemberEndpointsOptions {
  readonly members: MemberClusters
  readonly logger: Logger
}

/** How the ready endpoints behind Services are read in one member. */
interface EndpointView {
  readonly informer: Informer<ApiObject>
  readonly ready: (key: string) => number
  readonly serviceOf: (object: ApiObject) => string | undefined
}

const slices = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' }
const endpoints = { group: '', version: 'v1', resource: 'endpoints' }
const backOff = { initialMs: 250, maxMs: 5_000, jitter: 0.5 }
const askAgainMs = 2_000

/**
 * The ready endpoints behind our Services, in every member. Both kinds carry the labels of their Service, so only those of copies are
 * watched. EndpointSlices where the member serves discovery.k8s.io/v1 (1.21 and newer): Endpoints are deprecated since 1.33 and cut at
 * 1000 addresses. Endpoints elsewhere.
 */
export class MemberEndpoints {
  readonly #options: MemberEndpointsOptions
  readonly #views = new Map<string, EndpointView>()
  readonly #handlers = new Set<(cluster: string, service: string) => void>()

  constructor(options: MemberEndpointsOptions) {
    this.#options = options
  }

  hasSynced(cluster: string): boolean {
    return this.#views.get(cluster)?.informer.hasSynced() === true
  }

  /** Distinct ready addresses; 0 also while nothing is known (see hasSynced). */
  ready(cluster: string, service: string): number {
    return this.#views.get(cluster)?.ready(service) ?? 0
  }

  /** Handlers get the cluster and `namespace/service`; while a member is first read, once for each object. */
  onChange(handler: (cluster: string, service: string) => void): () => void {
    this.#handlers.add(handler)
    return () => {
      this.#handlers.delete(handler)
    }
  }

  /** Handlers get each cluster whose endpoints have become known. */
  readonly onSynced = new Set<(cluster: string) => void>()

  run(signal: AbortSignal): Promise<void> {
    return runPerMember(
      {
        members: this.#options.members,
        work: (member, connected) => this.#follow(member, connected),
        onGone: (name) => this.#views.delete(name),
      },
      signal,
    )
  }

  async #follow({ name: cluster, direct: client }: Member, signal: AbortSignal): Promise<void> {
    const logger = this.#options.logger.child({ cluster })
    const hasSlices = await servesSlices(client, signal)
    if (hasSlices === undefined) return
    const view = hasSlices ? sliceView(client, logger) : endpointsView(client, logger)
    view.informer.onChange(({ object }) => {
      const service = view.serviceOf(object)
      if (service !== undefined) for (const handler of this.#handlers) handler(cluster, service)
    })
    this.#views.set(cluster, view)
    const tell = async (): Promise<void> => {
      if (await view.informer.waitForSync(signal))
        for (const handler of this.onSynced) handler(cluster)
    }
    await Promise.all([view.informer.run(signal), tell()])
  }
}

/** Asks until the member says; undefined when the signal aborts first. */
async function servesSlices(client: ApiClient, signal: AbortSignal): Promise<boolean | undefined> {
  while (!signal.aborted) {
    const status = await client
      .raw(`/apis/${slices.group}/${slices.version}`, { signal })
      .then((answer) => answer.status)
      .catch(() => 0)
    if (status === 200) return true
    if (status === 404) return false
    await delay(askAgainMs, signal)
  }
  return undefined
}

/** Only what is counted is kept. */
const trimmed = (object: ApiObject): ApiObject => {
  delete object.metadata.managedFields
  delete object.metadata.annotations
  return object
}

const serviceLabel = 'kubernetes.io/service-name'

function sliceView(client: ApiClient, logger: Logger): EndpointView {
  const informer = new Informer<ApiObject>({
    client,
    logger,
    gvr: slices,
    labelSelector: managedSelector,
    transform: trimmed,
    backOff,
  })
  const serviceOf = ({ metadata }: ApiObject): string | undefined => {
    const name = metadata.labels?.[serviceLabel]
    return name === undefined ? undefined : `${metadata.namespace ?? ''}/${name}`
  }
  informer.addIndex('service', (slice) => {
    const service = serviceOf(slice)
    return service === undefined ? [] : [service]
  })
  return { informer, serviceOf, ready: (key) => readyInSlices(informer.byIndex('service', key)) }
}

function endpointsView(client: ApiClient, logger: Logger): EndpointView {
  const informer = new Informer<ApiObject>({
    client,
    logger,
    gvr: endpoints,
    labelSelector: managedSelector,
    transform: trimmed,
    backOff,
  })
  return {
    informer,
    serviceOf: ({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`,
    ready: (key) => readyInEndpoints(informer.get(key)),
  }
}
