import { isDeepStrictEqual } from 'node:util'
import { federatedResources } from '#apimachinery/schema/federated-resources.ts'
import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { objectAt, objectsAt, only, without } from './body.ts'
import type { FederatedType, StatusInput } from './federated-type.ts'

/** Given by each cluster from its own ranges. A headless Service ("None") is a wish of the user and is distributed. */
const clusterAddresses = new Set(['clusterIP', 'clusterIPs'])
/** Chosen by the member when the federated Service does not say. */
const memberDefaults = ['ipFamilies', 'ipFamilyPolicy', 'loadBalancerClass', 'healthCheckNodePort']

export const service: FederatedType = {
  ...federatedResources.services,
  // Each cluster's own API server makes its `kubernetes` Service.
  excluded: ({ metadata }) => metadata.namespace === 'default' && metadata.name === 'kubernetes',
  body: (source) => {
    const spec = objectAt(source, 'spec')
    const own = new Set([
      ...(isHeadless(spec) ? [] : clusterAddresses),
      ...(hasDefaultFamilies(spec) ? ['ipFamilies', 'ipFamilyPolicy'] : []),
    ])
    return { ...source, spec: without(spec, own) }
  },
  retain: (desired, member) => ({
    ...desired,
    spec: retainSpec(objectAt(desired, 'spec'), objectAt(member, 'spec')),
  }),
  relevant: (member, desired) => ({
    ...member,
    spec: relevantSpec(objectAt(member, 'spec'), objectAt(desired, 'spec')),
  }),
  status: sumStatus,
}

/** What the federation's API server fills in where nothing is wished; a member's defaults may be others. */
const hasDefaultFamilies = ({ ipFamilyPolicy, ipFamilies }: JsonObject): boolean =>
  ipFamilyPolicy === 'SingleStack' && isDeepStrictEqual(ipFamilies, ['IPv4'])

const isHeadless = (spec: JsonObject): boolean => spec.clusterIP === 'None'
const typeOf = (spec: JsonObject): unknown => spec.type ?? 'ClusterIP'
const hasNodePorts = (spec: JsonObject): boolean =>
  typeOf(spec) === 'NodePort' || typeOf(spec) === 'LoadBalancer'
const portKey = (port: JsonObject): string => JSON.stringify([port.protocol ?? 'TCP', port.port])

function retainSpec(desired: JsonObject, member: JsonObject): JsonObject {
  // An ExternalName Service has no addresses; the server refuses them.
  if (typeOf(desired) === 'ExternalName') return desired
  const kept = only(member, memberDefaults)
  if (!needsHealthCheckPort(desired)) delete kept.healthCheckNodePort
  if (typeOf(desired) !== 'LoadBalancer') delete kept.loadBalancerClass
  return {
    ...kept,
    ...(isHeadless(desired) ? {} : only(member, clusterAddresses)),
    ...desired,
    ...(hasNodePorts(desired) ? { ports: retainNodePorts(desired, member) } : {}),
  }
}

const needsHealthCheckPort = (spec: JsonObject): boolean =>
  typeOf(spec) === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'

/** Node ports go with protocol and port number: the order of ports, or a port taken away, changes nothing for the others. */
function retainNodePorts(desired: JsonObject, member: JsonObject): JsonObject[] {
  const given = new Map(objectsAt(member, 'ports').map((port) => [portKey(port), port.nodePort]))
  return objectsAt(desired, 'ports').map((port) => {
    const nodePort = port.nodePort ?? given.get(portKey(port))
    return nodePort === undefined ? port : { ...port, nodePort }
  })
}

function relevantSpec(member: JsonObject, desired: JsonObject): JsonObject {
  const wished = new Set(Object.keys(desired))
  const owned = new Set([...clusterAddresses, ...memberDefaults].filter((f) => !wished.has(f)))
  const wishedNodePorts = new Set(
    objectsAt(desired, 'ports')
      .filter((port) => port.nodePort !== undefined)
      .map(portKey),
  )
  const ports = objectsAt(member, 'ports').map((port) =>
    wishedNodePorts.has(portKey(port)) ? port : without(port, new Set(['nodePort'])),
  )
  return { ...without(member, owned), ports }
}

/** The load balancers of all members that answer: sorted, each once. */
function sumStatus({ copies }: StatusInput): JsonObject {
  const found = new Map<string, JsonObject>()
  for (const { object } of copies) {
    const balancer = objectAt(object.status ?? {}, 'loadBalancer')
    for (const ingress of objectsAt(balancer, 'ingress')) found.set(ingressKey(ingress), ingress)
  }
  const keys = [...found.keys()].sort()
  return {
    loadBalancer: keys.length === 0 ? {} : { ingress: keys.map((key) => found.get(key) ?? {}) },
  }
}

const ingressKey = (ingress: JsonObject): string =>
  JSON.stringify([ingress.ip ?? '', ingress.hostname ?? ''])
