import { isIP } from 'node:net'
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  required,
} from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { validateLabel, validateSubdomain } from '../../meta/names.ts'
import { asObject, asObjects, asText, duplicatesOf, isSet, join } from './read.ts'
import type { Rule } from './rules.ts'

function service(o: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = []
  const ports = asObjects(o['ports'])
  const { type } = o
  if (type === 'ExternalName') {
    const name = asText(o['externalName'])
    const at = join(path, 'externalName')
    if (name === '') errors.push(required(at))
    else errors.push(...validateSubdomain(name).map((why) => invalid(at, name, why)))
  } else if (ports.length === 0 && o['clusterIP'] !== 'None') {
    errors.push(required(join(path, 'ports')))
  }
  if (o['externalTrafficPolicy'] === 'Local' && !isExternal(o)) {
    const text = 'may only be set for externally-accessible services'
    errors.push(invalid(join(path, 'externalTrafficPolicy'), 'Local', text))
  }
  ports.forEach((port, i) =>
    errors.push(...portErrors(port, join(path, `ports[${i}]`), { ports, type })),
  )
  for (const i of duplicatesOf(ports, (p) => asText(p['name']))) {
    errors.push(duplicate(join(path, `ports[${i}].name`), ports[i]?.['name']))
  }
  const key = (p: JsonObject) => JSON.stringify([p['port'], p['protocol']])
  for (const i of duplicatesOf(ports, key)) {
    errors.push(duplicate(join(path, `ports[${i}]`), ports[i]))
  }
  return errors
}

const isExternal = (spec: JsonObject): boolean =>
  spec['type'] === 'NodePort' ||
  spec['type'] === 'LoadBalancer' ||
  (Array.isArray(spec['externalIPs']) && spec['externalIPs'].length > 0)

function portErrors(
  port: JsonObject,
  at: string,
  service: { ports: readonly JsonObject[]; type: unknown },
): FieldError[] {
  const errors: FieldError[] = []
  const name = asText(port['name'])
  if (name === '') {
    if (service.ports.length > 1) errors.push(required(`${at}.name`))
  } else errors.push(...validateLabel(name).map((why) => invalid(`${at}.name`, name, why)))
  const { nodePort } = port
  if (typeof nodePort === 'number' && nodePort !== 0 && service.type === 'ClusterIP') {
    errors.push(forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'"))
  }
  return errors
}

const address = (value: unknown, at: string): FieldError[] =>
  isIP(asText(value)) > 0
    ? []
    : [invalid(at, value ?? '', 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')]

function endpointSlice(o: JsonObject, path: string): FieldError[] {
  if (o['addressType'] === 'FQDN') return []
  return asObjects(o['endpoints']).flatMap((endpoint, i) => {
    const addresses: unknown[] = Array.isArray(endpoint['addresses']) ? endpoint['addresses'] : []
    return addresses.flatMap((ip, n) => address(ip, join(path, `endpoints[${i}].addresses[${n}]`)))
  })
}

function ingressSpec(o: JsonObject, path: string): FieldError[] {
  if (o['defaultBackend'] === undefined && asObjects(o['rules']).length === 0) {
    return [invalid(path, null, 'either `defaultBackend` or `rules` must be specified')]
  }
  return asObjects(o['rules']).flatMap((rule, i) => {
    const host = asText(rule['host'])
    if (host === '') return []
    const at = join(path, `rules[${i}].host`)
    const name = host.startsWith('*.') ? host.slice(2) : host
    return validateSubdomain(name).map((why) => invalid(at, host, why))
  })
}

function ingressBackend(o: JsonObject, path: string): FieldError[] {
  const service = o['service']
  if (service === undefined) {
    return o['resource'] === undefined
      ? [required(path, 'must specify a service or a resource')]
      : []
  }
  const port = asObject(asObject(service)['port'])
  return isSet(port['name']) || isSet(port['number'])
    ? []
    : [required(path, 'port name or number is required')]
}

function policyPeer(o: JsonObject, path: string): FieldError[] {
  return Object.keys(o).length === 0 ? [required(path, 'must specify a peer')] : []
}

const net = 'io.k8s.api.networking.v1.'

/** Rules of Services, endpoints, Ingresses and NetworkPolicies. */
export const networkRules: readonly (readonly [string, Rule])[] = [
  ['io.k8s.api.core.v1.EndpointAddress', (o, path) => address(o['ip'], `${path}.ip`)],
  ['io.k8s.api.core.v1.ServiceSpec', service],
  ['io.k8s.api.discovery.v1.EndpointSlice', endpointSlice],
  [`${net}IngressBackend`, ingressBackend],
  [`${net}IngressSpec`, ingressSpec],
  [`${net}NetworkPolicyPeer`, policyPeer],
]
