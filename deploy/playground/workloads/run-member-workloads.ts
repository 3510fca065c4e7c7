import type { ApiClient } from '#client/api-client.ts'
import { Informer } from '#client/informer.ts'
import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Logger } from 'pino'
import { createGarbageCollector } from '../../../federation-controller/controllers/garbage-collector/garbage-collector.ts'
import { createNamespaceController } from '../../../federation-controller/controllers/namespace/namespace-controller.ts'
import { createResourceQuotaController } from '../../../federation-controller/controllers/resource-quota/resource-quota-controller.ts'
import { createServiceAccountController } from '../../../federation-controller/controllers/service-account/service-account-controller.ts'
import { Controller } from '../../../federation-controller/runtime/controller.ts'
import {
  enqueueRequestForObject,
  enqueueRequestForOwner,
  enqueueRequestsFromMap,
} from '../../../federation-controller/runtime/sources.ts'
import { runNodePool, simulatedNodes } from '../nodes/node-pool.ts'
import { podReconciler } from '../nodes/pod-lifecycle.ts'
import { deploymentReconciler } from './deployment.ts'
import { loadBalancerReconciler } from './load-balancer.ts'
import {
  type Deployment,
  deployments,
  type ReplicaSet,
  replicaSets,
} from '../../../federation-controller/controllers/revision/workload.ts'
import {
  endpoints,
  endpointSlices,
  nodes,
  type Pod,
  pods,
  type Service,
  services,
} from './objects.ts'
import { replicaSetReconciler } from './replica-set.ts'
import { endpointsReconciler, serviceNameLabel } from './service-endpoints.ts'

export interface MemberWorkloadsOptions {
  /** An administrator of the member. */
  readonly client: ApiClient
  readonly logger: Logger
  readonly region: string
  /** The two nodes are spread over them. */
  readonly zones: readonly string[]
  /** CIDR of the load balancers' addresses, such as 192.0.2.0/24. */
  readonly loadBalancerRange: string
  /** PEM, for the ConfigMap kube-root-ca.crt. */
  readonly caCertificate: string
}

interface Runnable {
  run(signal: AbortSignal): Promise<void>
}

/** Makes a bare API server a cluster that lives: nodes, pods, Deployments, ReplicaSets, endpoints, load balancers, namespaces, garbage. Resolves when the signal aborts. */
export async function runMemberWorkloads(
  options: MemberWorkloadsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { client, logger, caCertificate } = options
  const copies = openCopies(options)
  const simulated = simulatedNodes(options.region, options.zones)
  const parts: Runnable[] = [
    ...Object.values(copies),
    ...workloadControllers(options, copies),
    new Controller({
      name: 'pod-lifecycle',
      logger,
      concurrency: 10,
      sources: [
        enqueueRequestForObject(copies.pods),
        { synced: copies.nodes.synced, subscribe: () => () => undefined },
      ],
      reconcile: podReconciler({ client, simulated, ...copies }),
    }),
    createNamespaceController({ client, logger }),
    createGarbageCollector({ client, logger }),
    createResourceQuotaController({ client, logger }),
    createServiceAccountController({ client, logger, caCertificate }),
    { run: (stop) => runNodePool({ client, logger, nodes: simulated }, stop) },
  ]
  await Promise.all(parts.map((part) => part.run(signal)))
}

type Copies = ReturnType<typeof openCopies>

function openCopies({ client, logger }: MemberWorkloadsOptions) {
  const open = <T extends ApiObject>(gvr: GroupVersionResource): Informer<T> =>
    new Informer<T>({ client, logger, gvr, transform: withoutManagedFields })
  const copies = {
    deployments: open<Deployment>(deployments),
    sets: open<ReplicaSet>(replicaSets),
    pods: open<Pod>(pods),
    services: open<Service>(services),
    nodes: open<ApiObject>(nodes),
    endpoints: open<ApiObject>(endpoints),
    slices: open<ApiObject>(endpointSlices),
  }
  copies.pods.addIndex('namespace', ({ metadata }) => [metadata.namespace ?? ''])
  copies.pods.addIndex('node', ({ spec }) => (spec.nodeName === undefined ? [] : [spec.nodeName]))
  copies.services.addIndex('namespace', ({ metadata }) => [metadata.namespace ?? ''])
  copies.slices.addIndex('service', serviceOfSlice)
  return copies
}

function withoutManagedFields<T extends ApiObject>(object: T): T {
  delete object.metadata.managedFields
  return object
}

function serviceOfSlice({ metadata }: ApiObject): string[] {
  const name = metadata.labels?.[serviceNameLabel]
  return name === undefined ? [] : [`${metadata.namespace ?? ''}/${name}`]
}

function workloadControllers(options: MemberWorkloadsOptions, copies: Copies): Controller[] {
  const { client, logger } = options
  const now = (): Date => new Date()
  const servicesOfPod = ({ metadata }: Pod): string[] =>
    copies.services
      .byIndex('namespace', metadata.namespace ?? '')
      .filter(({ spec }) => {
        const wanted = Object.entries(spec.selector ?? {})
        return (
          wanted.length > 0 && wanted.every(([name, value]) => metadata.labels?.[name] === value)
        )
      })
      .map((service) => `${service.metadata.namespace ?? ''}/${service.metadata.name}`)
  const zoneOf = (nodeName: string): string | undefined =>
    copies.nodes.get(nodeName)?.metadata.labels?.['topology.kubernetes.io/zone']
  return [
    new Controller({
      name: 'deployment',
      logger,
      concurrency: 5,
      sources: [
        enqueueRequestForObject(copies.deployments),
        enqueueRequestForOwner(copies.sets, { group: 'apps', kind: 'Deployment' }),
      ],
      reconcile: deploymentReconciler({ client, deployments: copies.deployments, now }),
    }),
    new Controller({
      name: 'replica-set',
      logger,
      concurrency: 5,
      sources: [
        enqueueRequestForObject(copies.sets),
        enqueueRequestForOwner(copies.pods, { group: 'apps', kind: 'ReplicaSet' }),
      ],
      reconcile: replicaSetReconciler({ client, sets: copies.sets, now }),
    }),
    new Controller({
      name: 'endpoints',
      logger,
      concurrency: 2,
      sources: [
        enqueueRequestForObject(copies.services),
        enqueueRequestForObject(copies.endpoints),
        enqueueRequestsFromMap(copies.slices, serviceOfSlice),
        enqueueRequestsFromMap(copies.pods, servicesOfPod),
      ],
      reconcile: endpointsReconciler({ client, zoneOf, ...copies }),
    }),
    new Controller({
      name: 'load-balancer',
      logger,
      sources: [enqueueRequestForObject(copies.services)],
      reconcile: loadBalancerReconciler({
        client,
        services: copies.services,
        range: options.loadBalancerRange,
      }),
    }),
  ]
}
