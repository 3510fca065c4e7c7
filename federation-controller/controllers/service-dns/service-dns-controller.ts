import { isDeepStrictEqual } from 'node:util'
import type { ApiClient } from '#client/api-client.ts'
import { Informer } from '#client/informer.ts'
import { keyOf } from '#client/indexer.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  type ServiceDNSFacts,
  type ServiceDNSRecord,
  serviceDNSRecords,
} from '#apimachinery/schema/federation.ts'
import { Controller } from '../../runtime/controller.ts'
import type { FederatedInformer } from '../../federation/federated-informer.ts'
import type { FederationContext } from '../../federation/federation-context.ts'
import type { MemberClusters } from '../../federation/member-clusters.ts'
import { sourceUIDOf } from '../../federation/ownership.ts'
import { enqueueRequestForObject } from '../../runtime/sources.ts'
import { MemberEndpoints } from './member-endpoints.ts'
import { type MemberObservation, serviceDNSFacts } from './service-dns-facts.ts'

interface Service extends ApiObject {
  spec?: { type?: string; ports?: { name?: string; protocol?: string; port: number }[] }
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } }
}

type ServiceDNSContext = Pick<
  FederationContext,
  'client' | 'members' | 'types' | 'informerOf' | 'logger'
>

/**
 * Keeps a ServiceDNSRecord with the facts of each member for every federated Service of type LoadBalancer. A Service that is being
 * deleted, or has changed its type, loses its record at once: clients go before servers do. Expects the Services' informer of the
 * context to be run by its owner.
 */
export function createServiceDNSController(context: ServiceDNSContext): {
  readonly name: string
  run(signal: AbortSignal): Promise<void>
} {
  const { client, members, types, informerOf } = context
  const type = types.find(({ group, resource }) => group === '' && resource === 'services')
  if (type === undefined) throw new Error('services are not among the federated types')
  const logger = context.logger.child({ controller: 'service-dns' })
  const services = informerOf(type)
  const records = new Informer<ServiceDNSRecord>({ client, logger, gvr: serviceDNSRecords })
  const endpoints = new MemberEndpoints({ members, logger })
  const seen: Seen = { members, services, endpoints }
  const controller = new Controller({
    name: 'service-dns',
    logger: context.logger,
    concurrency: 4,
    sources: [enqueueRequestForObject(services.federation), enqueueRequestForObject(records)],
    reconcile: async (key, { signal }) => {
      const record = records.get(key)
      const service = services.federation.get(key)
      if (service === undefined || !isPublished(service)) await remove(client, record, signal)
      else await publish(client, { service, record, seen, signal })
      return undefined
    },
  })
  return {
    name: controller.name,
    run: async (signal) => {
      const stop = follow(seen, (key) => controller.enqueue(key))
      await Promise.all([records.run(signal), endpoints.run(signal), controller.run(signal)])
      stop()
    },
  }
}

interface Seen {
  readonly members: MemberClusters
  readonly services: FederatedInformer
  readonly endpoints: MemberEndpoints
}

const isPublished = ({ spec, metadata }: Service): boolean =>
  spec?.type === 'LoadBalancer' && metadata.deletionTimestamp === undefined

/** What happens in members: to one Service, or to all when a member's standing changes. */
function follow(
  { members, services, endpoints }: Seen,
  enqueue: (key: string) => void,
): () => void {
  const all = (): void => {
    for (const service of services.federation.list())
      if (isPublished(service)) enqueue(keyOf(service))
  }
  const standings = new Map<string, string>()
  const stops = [
    members.onChange(({ type, name }) => {
      const standing = standingOf(members, name)
      if (type === 'state' && standings.get(name) === standing) return
      standings.set(name, standing)
      all()
    }),
    services.members.onChange((_, change) => {
      if (change.type === 'SYNCED') all()
      else enqueue(keyOf(change.object))
    }),
    endpoints.onChange((_, service) => enqueue(service)),
  ]
  endpoints.onSynced.add(all)
  return () => {
    endpoints.onSynced.delete(all)
    for (const stop of stops) stop()
  }
}

/** What of a cluster the facts depend on; the probe changes it often in other ways. */
function standingOf(members: MemberClusters, name: string): string {
  const { region, zones } = members.clusters.get(name)?.status ?? {}
  return JSON.stringify([members.answers(name), region, zones])
}

interface Publication {
  readonly service: Service
  readonly record: ServiceDNSRecord | undefined
  readonly seen: Seen
  readonly signal: AbortSignal
}

/** Spec and status are one write: both are this controller's, and the DNS server sees them change together. */
async function publish(client: ApiClient, publication: Publication): Promise<void> {
  const { record, seen, service, signal } = publication
  const clusters = serviceDNSFacts({
    observations: seen.members.names().map((cluster) => observe(seen, service, cluster)),
    previous: record?.status?.clusters ?? [],
    now: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  })
  const desired = desiredRecord(service, record, clusters)
  if (record === undefined)
    await client.create(serviceDNSRecords, desired, { signal }).catch(ignoreOvertaken)
  else if (!isSame(record, desired)) await client.update(serviceDNSRecords, desired, { signal })
}

function observe(seen: Seen, service: Service, cluster: string): MemberObservation {
  const { members, services, endpoints } = seen
  const { region, zones } = members.clusters.get(cluster)?.status ?? {}
  const key = keyOf(service)
  const visible =
    members.answers(cluster) && services.members.hasSynced(cluster) && endpoints.hasSynced(cluster)
  const copy: Service | undefined = services.members.get(cluster, key)
  const isOurs = copy !== undefined && sourceUIDOf(copy) === service.metadata.uid
  return {
    cluster,
    visible,
    ...(region === undefined ? {} : { region }),
    ...(zones === undefined ? {} : { zones }),
    ...(isOurs
      ? {
          service: {
            ingress: copy.status?.loadBalancer?.ingress ?? [],
            readyEndpoints: endpoints.ready(cluster, key),
          },
        }
      : {}),
  }
}

function desiredRecord(
  { apiVersion, kind, metadata, spec }: Service,
  record: ServiceDNSRecord | undefined,
  clusters: ServiceDNSFacts[],
): ServiceDNSRecord {
  const { namespace = '', name, uid = '' } = metadata
  return {
    apiVersion: 'federation/v1beta1',
    kind: 'ServiceDNSRecord',
    metadata: {
      ...(record?.metadata ?? { name, namespace }),
      ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
    },
    spec: { ports: (spec?.ports ?? []).map(portOf), ...ttlOf(record) },
    status: { clusters },
  }
}

const isSame = (a: ServiceDNSRecord, b: ServiceDNSRecord): boolean =>
  isDeepStrictEqual(a.spec, b.spec) &&
  isDeepStrictEqual(a.status?.clusters ?? [], b.status?.clusters) &&
  a.metadata.ownerReferences?.[0]?.uid === b.metadata.ownerReferences?.[0]?.uid

/** A TTL that somebody set on the record is theirs. */
const ttlOf = (record: ServiceDNSRecord | undefined): { recordTTL?: number } =>
  record?.spec.recordTTL === undefined ? {} : { recordTTL: record.spec.recordTTL }

const portOf = ({
  name,
  protocol = 'TCP',
  port,
}: {
  name?: string
  protocol?: string
  port: number
}): { name?: string; protocol: string; port: number } => ({
  ...(name === undefined ? {} : { name }),
  protocol,
  port,
})

async function remove(
  client: ApiClient,
  record: ServiceDNSRecord | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (record === undefined) return
  const { namespace = '', name, uid } = record.metadata
  await client
    .delete(
      serviceDNSRecords,
      { namespace, name },
      { signal, ...(uid === undefined ? {} : { preconditions: { uid } }) },
    )
    .catch(ignoreNotFound)
}

function ignoreNotFound(err: unknown): undefined {
  if (!isNotFound(err)) throw err
}

function ignoreOvertaken(err: unknown): undefined {
  if (!isAlreadyExists(err) && !isNotFound(err)) throw err
}
