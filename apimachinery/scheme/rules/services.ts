import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateLabel, validateSubdomain } from '../../meta/names.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { cidr, ip } from './addresses.ts'
import { type Check, none, noFrame, type PackageRules } from './check.ts'
import { between, each, ifThere, labels, oneOf, port, qualifiedName } from './checks.ts'
import { portNumberOrName } from './handlers.ts'
import { asObjects, asText, duplicatesOf, isSet, join } from './read.ts'

const balanced = "may only be used when `type` is 'LoadBalancer'"

const onlyBalanced: Check = (value, path, { object }) =>
  value !== undefined && object['type'] !== 'LoadBalancer' ? [forbidden(path, balanced)] : none

const sourceRanges: Check = (value, path, frame) => {
  if (!Array.isArray(value)) return none
  // As the internal type calls it.
  const at = path.replace(/loadBalancerSourceRanges$/, 'LoadBalancerSourceRanges')
  return [
    ...(frame.object['type'] === 'LoadBalancer' ? none : [forbidden(at, balanced)]),
    ...each(cidr)(value, at, frame),
  ]
}

const isExternal = (spec: JsonObject): boolean =>
  spec['type'] === 'NodePort' ||
  spec['type'] === 'LoadBalancer' ||
  (Array.isArray(spec['externalIPs']) && spec['externalIPs'].length > 0)

const trafficPolicy: Check = (value, path, { object }) => {
  if (value === undefined) return none
  if (!isExternal(object)) {
    return [invalid(path, value, 'may only be set for externally-accessible services')]
  }
  return oneOf('Cluster', 'Local')(value, path, noFrame)
}

const healthPort: Check = (value, path, { object }) => {
  if (typeof value !== 'number' || value === 0) return none
  const text =
    "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
  return object['type'] === 'LoadBalancer' && object['externalTrafficPolicy'] === 'Local'
    ? between(1, 65535)(value, path, noFrame)
    : [invalid(path, value, text)]
}

const families = ['IPv4', 'IPv6']
const familyPolicies = ['PreferDualStack', 'RequireDualStack', 'SingleStack']

function familyErrors({ ipFamilies, ipFamilyPolicy }: JsonObject, path: string): FieldError[] {
  const given: readonly unknown[] = Array.isArray(ipFamilies) ? ipFamilies : []
  const errors = given.flatMap((family, i): FieldError[] => {
    const at = `${join(path, 'ipFamilies')}[${i}]`
    if (!families.includes(asText(family))) return [notSupported(at, family, families)]
    return given.indexOf(family) < i ? [duplicate(at, family)] : []
  })
  return ipFamilyPolicy === undefined || familyPolicies.includes(asText(ipFamilyPolicy))
    ? errors
    : [...errors, notSupported(join(path, 'ipFamilyPolicy'), ipFamilyPolicy, familyPolicies)]
}

/** The primary address is the first of all. */
const addresses: Check = (_, path, { object }) => {
  const at = join(path, 'clusterIPs')
  const { clusterIP, clusterIPs, type } = object
  const all = Array.isArray(clusterIPs) ? clusterIPs.map(asText) : []
  if (type === 'ExternalName') {
    const given = {
      clusterIPs: isSet(clusterIP) || all.length > 0,
      ipFamilies: object['ipFamilies'] !== undefined,
      ipFamilyPolicy: object['ipFamilyPolicy'] !== undefined,
    }
    return Object.entries(given).flatMap(([field, isGiven]) =>
      isGiven ? [forbidden(join(path, field), 'may not be set for ExternalName services')] : [],
    )
  }
  const errors = familyErrors(object, path)
  if (all.length > 0 && !isSet(clusterIP)) {
    errors.push(invalid(at, all, 'must be empty when `clusterIP` is not specified'))
  } else if (all.length > 0 && all[0] !== clusterIP) {
    errors.push(invalid(at, all, 'first value must match `clusterIP`'))
  }
  const shown = all.length > 0 ? all : isSet(clusterIP) ? [asText(clusterIP)] : []
  shown.forEach((one, i) => {
    if (one === 'None') {
      if (type === 'NodePort' || type === 'LoadBalancer') {
        errors.push(invalid(`${at}[${i}]`, one, `may not be set to 'None' for ${type} services`))
      }
    } else errors.push(...ip(one, `${at}[${i}]`, noFrame))
  })
  return errors
}

/** Ports of a Service that has no name elsewhere. */
const somePorts: Check = (_, path, { object }) => {
  if (object['type'] === 'ExternalName' || object['clusterIP'] === 'None') return none
  return asObjects(object['ports']).length === 0 ? [requiredError(join(path, 'ports'))] : none
}

/** As a server shows the port that it compares by. */
const portKey = ({ protocol, port: number }: JsonObject): JsonObject => ({
  Name: '',
  Protocol: protocol,
  AppProtocol: null,
  Port: number ?? 0,
  TargetPort: 0,
  NodePort: 0,
})

const distinctPorts: Check = (_, path, { object }) => {
  const ports = asObjects(object['ports'])
  const at = join(path, 'ports')
  return duplicatesOf(ports, (p) => JSON.stringify([p['port'], p['protocol']])).map((i) =>
    duplicate(`${at}[${i}]`, portKey(ports[i] ?? {})),
  )
}

const portNames: Check = (value, path, { object }) => {
  const ports = asObjects(value)
  const seen = new Set<string>()
  return ports.flatMap((item, i) => {
    const at = `${path}[${i}]`
    const name = asText(item['name'])
    const errors: FieldError[] = []
    if (name === '') {
      if (ports.length > 1) errors.push(requiredError(`${at}.name`))
    } else {
      errors.push(...validateLabel(name).map((why) => invalid(`${at}.name`, name, why)))
      if (seen.has(name)) errors.push(duplicate(`${at}.name`, name))
      seen.add(name)
    }
    errors.push(...port(item['port'], `${at}.port`, noFrame))
    errors.push(...portNumberOrName(item['targetPort'] ?? 0, `${at}.targetPort`, noFrame))
    const { nodePort } = item
    if (typeof nodePort === 'number' && nodePort !== 0 && object['type'] === 'ClusterIP') {
      errors.push(forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'"))
    }
    return errors
  })
}

const externalName: Check = (value, path, { object }) => {
  if (object['type'] !== 'ExternalName') return none
  const name = asText(value).replace(/\.$/, '')
  return name === ''
    ? [requiredError(path)]
    : validateSubdomain(name).map((why) => invalid(path, name, why))
}

const timeout: Check = (value, path) =>
  typeof value === 'number' && (value <= 0 || value > 86400)
    ? [invalid(path, value, 'must be greater than 0 and less than 86400')]
    : none

const serviceSpec = {
  '&ports': somePorts,
  externalName,
  ports: portNames,
  selector: labels,
  sessionAffinity: [],
  '&addresses': addresses,
  externalIPs: each(ip),
  type: [],
  '&distinct': distinctPorts,
  loadBalancerSourceRanges: sourceRanges,
  allocateLoadBalancerNodePorts: onlyBalanced,
  loadBalancerClass: [onlyBalanced, ifThere(qualifiedName)],
  externalTrafficPolicy: trafficPolicy,
  healthCheckNodePort: healthPort,
  internalTrafficPolicy: ifThere(oneOf('Cluster', 'Local')),
  trafficDistribution: ifThere(oneOf('PreferClose', 'PreferSameZone', 'PreferSameNode')),
} as const

/** Services. */
export const serviceRules: PackageRules = {
  ClientIPConfig: { timeoutSeconds: timeout },
  ServicePort: {
    name: [],
    port: [],
    targetPort: [],
    protocol: [],
    appProtocol: ifThere(qualifiedName),
  },
  ServiceSpec: serviceSpec,
}
