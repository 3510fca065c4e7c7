import type { ApiClient } from '#client/api-client.ts'
import type { Lister } from '#client/indexer.ts'
import { isNotFound } from '#apimachinery/errors/status-error.ts'
import type { Reconciler } from '../../../federation-controller/runtime/reconciler.ts'
import { AddressPool } from './address-pool.ts'
import { refOf } from '../../../federation-controller/controllers/revision/claim.ts'
import { type Service, services as serviceResource } from './objects.ts'

interface LoadBalancerDeps {
  readonly client: ApiClient
  readonly services: Lister<Service>
  /** CIDR, for example 192.0.2.0/24. */
  readonly range: string
}

/** Gives each Service of type LoadBalancer an address of the range, and takes it back. One request at a time: the pool is not shared. */
export function loadBalancerReconciler({ client, services, range }: LoadBalancerDeps): Reconciler {
  const pool = new AddressPool(range)
  return async (key, { signal }) => {
    const service = services.get(key)
    const ingress = service?.status?.loadBalancer?.ingress ?? []
    if (service === undefined || !isBalanced(service)) {
      pool.release(key)
      if (service !== undefined && ingress.length > 0)
        await writeStatus(client, service, { ingress: [], signal })
      return undefined
    }
    for (const other of services.list()) {
      const ip = other.status?.loadBalancer?.ingress?.[0]?.ip
      if (ip !== undefined) pool.hold(`${other.metadata.namespace}/${other.metadata.name}`, ip)
    }
    if (ingress.length > 0) return undefined
    const ip = pool.take(key)
    if (ip !== undefined)
      await writeStatus(client, service, { ingress: [{ ip, ipMode: 'VIP' }], signal })
    return undefined
  }
}

const isBalanced = ({ spec, metadata }: Service): boolean =>
  spec.type === 'LoadBalancer' &&
  spec.loadBalancerClass === undefined &&
  metadata.deletionTimestamp === undefined

async function writeStatus(
  client: ApiClient,
  service: Service,
  { ingress, signal }: { ingress: object[]; signal: AbortSignal },
): Promise<void> {
  const loadBalancer = ingress.length === 0 ? { ingress: null } : { ingress }
  await client
    .patch(
      serviceResource,
      refOf(service),
      { type: 'merge', body: { status: { loadBalancer } } },
      { subresource: 'status', signal },
    )
    .catch((err: unknown) => {
      if (!isNotFound(err)) throw err
    })
}
