import { Resolver } from 'node:dns/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { clusterState } from '#apimachinery/schema/cluster-state.ts'
import {
  type Cluster,
  clusters,
  type ServiceDNSRecord,
  serviceDNSRecords,
} from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import { Informer } from '#client/informer.ts'
import { demo } from './demo.ts'
import type { Member } from './member.ts'
import type { ClusterRow, DnsRow, WorkloadRow } from './screen.ts'

const deployments = { group: 'apps', version: 'v1', resource: 'deployments' }

interface Deployment extends ApiObject {
  spec: { replicas?: number }
  status?: { readyReplicas?: number; replicas?: number }
}

export interface Observed {
  readonly clusters: readonly ClusterRow[]
  readonly workload?: WorkloadRow
  readonly dns?: DnsRow
}

interface ObserverParts {
  readonly client: ApiClient
  readonly members: readonly Member[]
  readonly logger: Logger
  readonly dnsPort: number
  /** `nginx.default.playground.svc.example.test` */
  readonly dnsName: string
  readonly onChange: (observed: Observed) => void
}

/** Watches what the screen shows: the clusters, the demo in the federation and its members, and what DNS really answers. */
export class Observer {
  readonly #parts: ObserverParts
  readonly #clusters: Informer<Cluster>
  readonly #records: Informer<ServiceDNSRecord>
  readonly #federated: Informer<Deployment>
  readonly #copies: readonly { cluster: string; informer: Informer<Deployment> }[]
  #answers: readonly string[] = []

  constructor(parts: ObserverParts) {
    this.#parts = parts
    const { client, logger } = parts
    const one = { namespace: demo.namespace, fieldSelector: `metadata.name=${demo.name}` }
    this.#clusters = new Informer<Cluster>({ client, gvr: clusters, logger })
    this.#records = new Informer<ServiceDNSRecord>({
      client,
      gvr: serviceDNSRecords,
      logger,
      ...one,
    })
    this.#federated = new Informer<Deployment>({ client, gvr: deployments, logger, ...one })
    this.#copies = parts.members.map((member) => ({
      cluster: member.spec.name,
      informer: new Informer<Deployment>({
        client: member.client,
        gvr: deployments,
        logger,
        ...one,
      }),
    }))
  }

  async run(signal: AbortSignal): Promise<void> {
    const informers = [
      this.#clusters,
      this.#records,
      this.#federated,
      ...this.#copies.map((c) => c.informer),
    ]
    for (const informer of informers) informer.onChange(() => this.#changed())
    await Promise.all([...informers.map((informer) => informer.run(signal)), this.#askDns(signal)])
  }

  #changed(): void {
    this.#parts.onChange(this.#observed())
  }

  #observed(): Observed {
    const key = `${demo.namespace}/${demo.name}`
    const federated = this.#federated.get(key)
    const rows = this.#clusters.list().map(clusterRow)
    const sorted = rows.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    if (federated === undefined) return { clusters: sorted }
    return { clusters: sorted, workload: this.#workload(federated, key), dns: this.#dns(key) }
  }

  #workload(federated: Deployment, key: string): WorkloadRow {
    const joined = this.#copies.filter(({ cluster }) => this.#clusters.get(cluster) !== undefined)
    const perCluster = joined.map(({ cluster, informer }) => {
      const copy = informer.get(key)
      return {
        cluster,
        replicas: copy?.spec.replicas ?? 0,
        ready: copy?.status?.readyReplicas ?? 0,
      }
    })
    const replicas = federated.spec.replicas ?? 0
    return { name: demo.name, replicas, ready: federated.status?.readyReplicas ?? 0, perCluster }
  }

  #dns(key: string): DnsRow {
    const facts = this.#records.get(key)?.status?.clusters ?? []
    const clusterOf = (address: string): string =>
      facts.find((fact) => fact.addresses?.includes(address))?.cluster ?? ''
    const answers = this.#answers.map((address) => ({ address, cluster: clusterOf(address) }))
    return {
      name: this.#parts.dnsName,
      answers: answers.toSorted((a, b) => (a.cluster < b.cluster ? -1 : 1)),
    }
  }

  /** Asks the DNS server as any client would: often until both addresses are there, then once in two seconds. */
  async #askDns(signal: AbortSignal): Promise<void> {
    const resolver = new Resolver({ timeout: 1000, tries: 1 })
    resolver.setServers([`127.0.0.1:${this.#parts.dnsPort}`])
    while (!signal.aborted) {
      const answers = await resolver.resolve4(this.#parts.dnsName).catch((): string[] => [])
      const sorted = answers.toSorted()
      if (sorted.join() !== this.#answers.join()) {
        this.#answers = sorted
        this.#changed()
      }
      const pause = sorted.length < this.#parts.members.length ? 100 : 2000
      await delay(pause, undefined, { signal }).catch(() => {})
    }
  }
}

function clusterRow(cluster: Cluster): ClusterRow {
  const state = clusterState(cluster.status)
  return {
    name: cluster.metadata.name,
    status: state === 'Unknown' ? 'Joining' : state,
    version: cluster.status?.version ?? '',
    region: cluster.status?.region ?? '',
    zones: (cluster.status?.zones ?? []).join(','),
  }
}
