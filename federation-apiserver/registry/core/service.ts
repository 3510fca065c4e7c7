import { isIP } from 'node:net'
import { type FieldError, forbidden, invalid } from '#apimachinery/errors/field-error.ts'
import { validateLabel } from '#apimachinery/meta/names.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { isEqual } from '../equality.ts'
import { specField } from '../field-label.ts'
import type { Strategy } from '../strategy.ts'

export interface ServicePort {
  name?: string
  protocol?: string
  port?: number
  nodePort?: number
}

export interface ServiceSpec extends JsonObject {
  type?: string
  clusterIP?: string
  clusterIPs?: string[]
  ports?: ServicePort[]
  externalName?: string
  healthCheckNodePort?: number
}

const specOf = (object: Readonly<ApiObject>): ServiceSpec => (object.spec ?? {}) as ServiceSpec

const nodePortTypes = new Set(['NodePort', 'LoadBalancer'])

export const usesNodePorts = (spec: ServiceSpec): boolean => nodePortTypes.has(spec.type ?? '')
export const usesClusterIP = (spec: ServiceSpec): boolean => spec.type !== 'ExternalName'

/** Of a Service that had two, and wants one. */
function keepOneFamily(spec: ServiceSpec, old: ServiceSpec): void {
  const [before, now] = [old, spec].map(({ ipFamilyPolicy }) => ipFamilyPolicy)
  if (before === undefined || before === 'SingleStack' || now !== 'SingleStack') return
  for (const field of ['clusterIPs', 'ipFamilies']) {
    const values = spec[field]
    if (Array.isArray(values) && isEqual(values, old[field])) spec[field] = values.slice(0, 1)
  }
}

/** Values that were allocated stay when an update leaves them out: clients that apply manifests do not know them. */
function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if ((spec.clusterIP ?? '') !== '' && isEqual(spec.clusterIPs, old.clusterIPs)) {
    spec.clusterIPs = [spec.clusterIP ?? '', ...(old.clusterIPs ?? []).slice(1)]
  }
  if (usesClusterIP(spec) && usesClusterIP(old)) {
    const { clusterIP, clusterIPs } = old
    if ((spec.clusterIP ?? '') === '' && clusterIP !== undefined) spec.clusterIP = clusterIP
    if ((spec.clusterIPs ?? []).length === 0 && clusterIPs !== undefined)
      spec.clusterIPs = clusterIPs
    spec['ipFamilies'] ??= old['ipFamilies']
    spec['ipFamilyPolicy'] ??= old['ipFamilyPolicy']
  }
  keepOneFamily(spec, old)
  if (!usesNodePorts(spec) || !usesNodePorts(old)) return
  const same = (a: ServicePort, b: ServicePort): boolean =>
    a.port === b.port && (a.protocol ?? 'TCP') === (b.protocol ?? 'TCP')
  for (const port of spec.ports ?? []) {
    const nodePort = old.ports?.find((other) => same(other, port))?.nodePort
    if ((port.nodePort ?? 0) === 0 && nodePort !== undefined) port.nodePort = nodePort
  }
}

/** From outside of its cluster. */
const isReachable = (spec: ServiceSpec): boolean =>
  usesNodePorts(spec) ||
  (spec.type === 'ClusterIP' && ((spec['externalIPs'] as unknown[] | undefined) ?? []).length > 0)

const checksHealth = (spec: ServiceSpec): boolean =>
  spec.type === 'LoadBalancer' && spec['externalTrafficPolicy'] === 'Local'

/** What a client gave up, or left as it was: whoever clears the one address means all of them. */
function dropAddresses(spec: ServiceSpec, old: ServiceSpec): void {
  const { clusterIP = '', clusterIPs = [] } = spec
  const isPlain = clusterIPs.length === 0 || isEqual(clusterIPs, old.clusterIPs)
  if (isPlain && (clusterIP === '' || clusterIP === old.clusterIP)) {
    delete spec.clusterIP
    delete spec.clusterIPs
  }
  for (const field of ['ipFamilies', 'ipFamilyPolicy'])
    if (isEqual(spec[field], old[field])) delete spec[field]
}

/** What does not belong to the type that a Service changes to. */
function dropForeign(spec: ServiceSpec, old: ServiceSpec): void {
  if (!usesClusterIP(spec) && usesClusterIP(old)) {
    dropAddresses(spec, old)
    delete spec['internalTrafficPolicy']
  }
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    delete spec['allocateLoadBalancerNodePorts']
  }
  if (
    old.type === 'LoadBalancer' &&
    spec.type !== 'LoadBalancer' &&
    spec['loadBalancerClass'] === old['loadBalancerClass']
  ) {
    delete spec['loadBalancerClass']
  }
  if (
    isReachable(old) &&
    !isReachable(spec) &&
    spec['externalTrafficPolicy'] === old['externalTrafficPolicy']
  ) {
    delete spec['externalTrafficPolicy']
  }
  if (usesNodePorts(spec) || !usesNodePorts(old)) return
  for (const [i, port] of (spec.ports ?? []).entries()) {
    if (port.nodePort === old.ports?.[i]?.nodePort) delete port.nodePort
  }
}

function clusterIPErrors(spec: ServiceSpec): FieldError[] {
  if (spec.clusterIP === 'None' && usesNodePorts(spec)) {
    const why = `may not be set to 'None' for ${spec.type ?? ''} services`
    return [invalid('spec.clusterIPs[0]', 'None', why)]
  }
  return []
}

function addressChangeErrors(after: ServiceSpec, before: ServiceSpec): FieldError[] {
  const fixed = usesClusterIP(before) && usesClusterIP(after)
  if (!fixed || (before.clusterIP ?? '') === '') return []
  const now = after.clusterIP ?? ''
  // What is no address is told of by itself.
  if (now !== '' && now !== 'None' && isIP(now) === 0) return []
  return isEqual(before.clusterIP, after.clusterIP)
    ? []
    : [invalid('spec.clusterIPs[0]', [now], 'may not change once set')]
}

/** What a load balancer was made with. */
function balancerChangeErrors(after: ServiceSpec, before: ServiceSpec): FieldError[] {
  const errors: FieldError[] = []
  const { healthCheckNodePort: port, loadBalancerClass } = after
  if (checksHealth(before) && checksHealth(after) && port !== before.healthCheckNodePort) {
    errors.push(forbidden('spec.healthCheckNodePort', 'field is immutable'))
  }
  const stays = before.type === 'LoadBalancer' && after.type === 'LoadBalancer'
  if (stays && loadBalancerClass !== before['loadBalancerClass']) {
    const at = 'spec.loadBalancerClass'
    errors.push(invalid(at, loadBalancerClass ?? null, 'may not change once set'))
  }
  return errors
}

/** Without addresses: see allocatingServiceStrategy. */
export const serviceStrategy: Strategy = {
  group: '',
  resource: 'services',
  validateName: validateLabel,
  fields: {
    'spec.clusterIP': specField('clusterIP'),
    'spec.type': specField('type'),
  },
  prepareForCreate(object) {
    const spec = specOf(object)
    if (spec.clusterIP !== undefined && spec.clusterIP !== '') spec.clusterIPs ??= [spec.clusterIP]
  },
  prepareForUpdate(object, old, { subresource }) {
    if (subresource !== '') return
    const spec = specOf(object)
    keepAllocated(spec, specOf(old))
    dropForeign(spec, specOf(old))
  },
  validate: (object) => clusterIPErrors(specOf(object)),
  validateUpdate: (object, old) => [
    ...addressChangeErrors(specOf(object), specOf(old)),
    ...balancerChangeErrors(specOf(object), specOf(old)),
  ],
}

/** With addresses, and ports where the server gives them. */
export const allocatingServiceStrategy = (allocator: {
  allocate: NonNullable<Strategy['allocate']>
}): Strategy => ({
  ...serviceStrategy,
  allocate: (object, existing) => allocator.allocate(object, existing),
})
