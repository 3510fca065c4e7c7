import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { isFinished, isReady, type Pod, type Service, type ServicePort } from './objects.ts'

/** One pod behind a Service. Zone and node tell where it runs. */
export interface Backing {
  readonly ip: string
  readonly ready: boolean
  readonly terminating: boolean
  readonly pod: Pod
  readonly zone?: string
}

export interface EndpointPort {
  readonly name: string
  readonly port: number
  readonly protocol: string
  readonly appProtocol?: string
}

/** Pods of a Service with the ports its targets come to there. */
export interface EndpointGroup {
  readonly ports: readonly EndpointPort[]
  readonly backings: readonly Backing[]
}

/** The pods that back a Service, grouped by resolved ports (named target ports may differ between pods) and sorted by address. */
export function endpointGroups(
  service: Service,
  pods: readonly Pod[],
  zoneOf: (nodeName: string) => string | undefined,
): EndpointGroup[] {
  const groups = new Map<string, { ports: EndpointPort[]; backings: Backing[] }>()
  for (const pod of pods) {
    const backing = backingOf(service, pod, zoneOf)
    if (backing === undefined) continue
    const ports = (service.spec.ports ?? []).flatMap((port) => resolvePort(port, pod))
    if (ports.length === 0 && (service.spec.ports ?? []).length > 0) continue
    const key = JSON.stringify(ports)
    const group = groups.get(key) ?? { ports, backings: [] }
    group.backings.push(backing)
    groups.set(key, group)
  }
  for (const { backings } of groups.values()) backings.sort((a, b) => (a.ip < b.ip ? -1 : 1))
  return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group)
}

function backingOf(
  service: Service,
  pod: Pod,
  zoneOf: (nodeName: string) => string | undefined,
): Backing | undefined {
  const ip = pod.status?.podIP
  if (ip === undefined || ip === '' || isFinished(pod)) return undefined
  const terminating = pod.metadata.deletionTimestamp !== undefined
  const zone = zoneOf(pod.spec.nodeName ?? '')
  return {
    ip,
    ready: service.spec.publishNotReadyAddresses === true || (isReady(pod) && !terminating),
    terminating,
    pod,
    ...(zone === undefined ? {} : { zone }),
  }
}

function resolvePort(port: ServicePort, pod: Pod): EndpointPort[] {
  const protocol = port.protocol ?? 'TCP'
  const target = port.targetPort ?? port.port
  const number =
    typeof target === 'number'
      ? target
      : pod.spec.containers
          ?.flatMap(({ ports = [] }) => ports)
          .find((each) => each.name === target && (each.protocol ?? 'TCP') === protocol)
          ?.containerPort
  if (number === undefined) return []
  const { name = '', appProtocol } = port
  return [{ name, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }]
}

const targetRef = ({ metadata }: Pod): JsonObject => ({
  kind: 'Pod',
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
})

/** The `subsets` of an Endpoints object. Terminating pods are left out. */
export function endpointSubsets(groups: readonly EndpointGroup[]): JsonObject[] {
  return groups.flatMap(({ ports, backings }) => {
    const of = (wanted: boolean): JsonObject[] =>
      backings
        .filter(({ ready, terminating }) => ready === wanted && !terminating)
        .map(({ ip, pod }) => ({
          ip,
          ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
          targetRef: targetRef(pod),
        }))
    const [addresses, notReadyAddresses] = [of(true), of(false)]
    if (addresses.length + notReadyAddresses.length === 0) return []
    return [
      {
        ...(addresses.length === 0 ? {} : { addresses }),
        ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
        ports: ports.map(({ name, ...rest }) => (name === '' ? rest : { name, ...rest })),
      },
    ]
  })
}

/** Kubernetes' default for the most endpoints in one slice. */
const perSlice = 100

/** The contents of the EndpointSlices; always at least one, so that consumers see an empty Service as known. */
export function endpointSliceBodies(groups: readonly EndpointGroup[]): JsonObject[] {
  const bodies = groups.flatMap(({ ports, backings }) =>
    chunks(backings).map((chunk) => ({ ports: [...ports], endpoints: chunk.map(sliceEndpoint) })),
  )
  return bodies.length > 0 ? bodies : [{ ports: [], endpoints: [] }]
}

const sliceEndpoint = ({ ip, ready, terminating, pod, zone }: Backing): JsonObject => ({
  addresses: [ip],
  conditions: { ready, serving: isReady(pod), terminating },
  targetRef: targetRef(pod),
  ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
  ...(zone === undefined ? {} : { zone }),
})

function chunks(backings: readonly Backing[]): Backing[][] {
  const all: Backing[][] = []
  for (let from = 0; from < backings.length; from += perSlice)
    all.push(backings.slice(from, from + perSlice))
  return all
}
