import { isDeepStrictEqual } from 'node:util'
import type { ApiClient } from '#client/api-client.ts'
import type { Lister } from '#client/indexer.ts'
import {
  isAlreadyExists,
  isNamespaceTerminating,
  isNotFound,
} from '#apimachinery/errors/status-error.ts'
import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { Reconciler } from '../../../federation-controller/runtime/reconciler.ts'
import { namespaceOf, refOf } from '../../../federation-controller/controllers/revision/claim.ts'
import {
  type EndpointGroup,
  endpointGroups,
  endpointSliceBodies,
  endpointSubsets,
} from './endpoint-sets.ts'
import { controllerReference } from '../../../federation-controller/controllers/revision/workload.ts'
import {
  endpoints as endpointsResource,
  endpointSlices,
  type Pod,
  type Service,
} from './objects.ts'

interface EndpointsDeps {
  readonly client: ApiClient
  readonly services: Lister<Service>
  /** Indexed by namespace as `namespace`. */
  readonly pods: Lister<Pod>
  readonly endpoints: Lister<ApiObject>
  /** Indexed by `namespace/service` as `service`. */
  readonly slices: Lister<ApiObject>
  readonly zoneOf: (nodeName: string) => string | undefined
}

const managedBy = 'endpointslice.kubernetes.io/managed-by'
const sliceController = 'endpointslice-controller.k8s.io'
const endpointsLabel = 'endpoints.kubernetes.io/managed-by'
const endpointsController = 'endpoint-controller'
export const serviceNameLabel = 'kubernetes.io/service-name'

/** Writes the Endpoints and EndpointSlices of Services that have a selector; others' endpoints belong to their users. */
export const endpointsReconciler =
  (deps: EndpointsDeps): Reconciler =>
  async (key, { signal }) => {
    const service = deps.services.get(key)
    if (service === undefined) {
      await removeEndpoints(deps, key, signal)
      return undefined
    }
    const { selector, type } = service.spec
    if (type === 'ExternalName') return undefined
    if (selector === undefined || Object.keys(selector).length === 0) return undefined
    if (service.metadata.deletionTimestamp !== undefined) return undefined
    const wanted = Object.entries(selector)
    const pods = deps.pods
      .byIndex('namespace', service.metadata.namespace ?? '')
      .filter(({ metadata }) => wanted.every(([name, value]) => metadata.labels?.[name] === value))
    const groups = endpointGroups(service, pods, deps.zoneOf)
    await writeEndpoints(deps, { service, groups, signal })
    await writeSlices(deps, { service, groups, signal })
    return undefined
  }

/** Endpoints have no owner to go with (EndpointSlices have). */
async function removeEndpoints(
  { client, endpoints }: EndpointsDeps,
  key: string,
  signal: AbortSignal,
): Promise<void> {
  const left = endpoints.get(key)
  if (left === undefined || left.metadata.labels?.[endpointsLabel] !== endpointsController) return
  await client.delete(endpointsResource, refOf(left), { signal }).catch(ignore(isNotFound))
}

interface Write {
  service: Service
  groups: readonly EndpointGroup[]
  signal: AbortSignal
}

const headless = (service: Service): Record<string, string> =>
  service.spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}

async function writeEndpoints(
  { client, endpoints }: EndpointsDeps,
  { service, groups, signal }: Write,
): Promise<void> {
  const { name, labels } = service.metadata
  const known = endpoints.get(`${service.metadata.namespace ?? ''}/${name}`)
  const desired: ApiObject = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name,
      ...namespaceOf(service),
      labels: {
        ...labels,
        ...headless(service),
        [endpointsLabel]: endpointsController,
      },
    },
    subsets: endpointSubsets(groups),
  }
  await put(client, endpointsResource, { known, desired, fields: ['subsets'], signal })
}

async function writeSlices(
  { client, slices }: EndpointsDeps,
  { service, groups, signal }: Write,
): Promise<void> {
  const { name, namespace, labels } = service.metadata
  const existing = new Map(
    slices
      .byIndex('service', `${namespace ?? ''}/${name}`)
      .filter(({ metadata }) => metadata.labels?.[managedBy] === sliceController)
      .map((slice) => [slice.metadata.name, slice]),
  )
  for (const [index, body] of endpointSliceBodies(groups).entries()) {
    const sliceName = `${name}-${index}`
    const desired: ApiObject = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: sliceName,
        ...namespaceOf(service),
        labels: {
          ...labels,
          ...headless(service),
          [serviceNameLabel]: name,
          [managedBy]: sliceController,
        },
        ownerReferences: [controllerReference(service)],
      },
      addressType: 'IPv4',
      ...body,
    }
    const known = existing.get(sliceName)
    existing.delete(sliceName)
    await put(client, endpointSlices, { known, desired, fields: ['endpoints', 'ports'], signal })
  }
  for (const surplus of existing.values())
    await client.delete(endpointSlices, refOf(surplus), { signal }).catch(ignore(isNotFound))
}

interface Put {
  known: ApiObject | undefined
  desired: ApiObject
  fields: readonly string[]
  signal: AbortSignal
}

/** Creates or updates, when labels or the named fields differ from what is known. One that was created meanwhile comes as a change and leads back here. */
async function put(
  client: ApiClient,
  gvr: GroupVersionResource,
  { known, desired, fields, signal }: Put,
): Promise<void> {
  if (known === undefined) {
    await client
      .create(gvr, desired, { signal })
      .catch(ignore(isAlreadyExists, isNamespaceTerminating))
    return
  }
  const facts = (object: ApiObject): JsonObject => ({
    labels: object.metadata.labels ?? {},
    ...Object.fromEntries(fields.map((field) => [field, object[field] ?? []])),
  })
  if (isDeepStrictEqual(facts(known), facts(desired))) return
  const metadata = { ...known.metadata, labels: desired.metadata.labels ?? {} }
  await client.update(gvr, { ...known, ...desired, metadata }, { signal }).catch(ignore(isNotFound))
}

const ignore =
  (...expected: ((err: unknown) => boolean)[]) =>
  (err: unknown): void => {
    if (!expected.some((isExpected) => isExpected(err))) throw err
  }
