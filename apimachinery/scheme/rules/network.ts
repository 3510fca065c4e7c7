import { isIP } from 'node:net'
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateLabelValue, validateSubdomain } from '../../meta/names.ts'
import { cidr, ip, ipText } from './addresses.ts'
import { type Check, none, noFrame, type PackageRules } from './check.ts'
import {
  between,
  each,
  ifSet,
  ifThere,
  label,
  oneOf,
  port,
  qualifiedName,
  required,
  subdomain,
} from './checks.ts'
import { portName } from './handlers.ts'
import { ingressRules } from './ingress.ts'
import { asObjects, asText } from './read.ts'
import { serviceRules } from './services.ts'

const appProtocol = ifThere(qualifiedName)

/** Each address form has its own; a slice says which. */
function sliceAddress(type: unknown, value: unknown, path: string): readonly FieldError[] {
  const text = asText(value)
  if (type !== 'FQDN') {
    const wanted = type === 'IPv4' ? 4 : 6
    if (isIP(text) === 0) return [invalid(path, text, ipText)]
    return isIP(text) === wanted
      ? none
      : [invalid(path, text, `must be an ${asText(type)} address`)]
  }
  if (text === '') return [requiredError(path)]
  const problems = validateSubdomain(text)
  if (problems.length > 0) return problems.map((why) => invalid(path, text, why))
  return text.includes('.')
    ? none
    : [invalid(path, text, 'should be a domain with at least two segments separated by dots')]
}

const addressTypes: ReadonlySet<unknown> = new Set(['IPv4', 'IPv6', 'FQDN'])

const sliceAddresses: Check = (value, path, frame) =>
  (Array.isArray(value) && addressTypes.has(frame.up?.object['addressType']) ? value : []).flatMap(
    (one: unknown, i) => sliceAddress(frame.up?.object['addressType'], one, `${path}[${i}]`),
  )

const slicePorts: Check = (value, path, frame) => {
  const seen = new Set<string>()
  return asObjects(value).flatMap((item, i) => {
    const name = asText(item['name'])
    const at = `${path}[${i}].name`
    const again = seen.has(name)
    seen.add(name)
    if (name !== '' && !again) return label(name, at, frame)
    return again ? [duplicate(at, name)] : []
  })
}

const zoneNames: Check = (value, path) => {
  const seen = new Set<string>()
  return asObjects(value).flatMap((zone, i) => {
    const at = `${path}[${i}].name`
    const name = asText(zone['name'])
    const errors: FieldError[] = validateLabelValue(name).map((why) => invalid(at, name, why))
    if (seen.has(name)) errors.push(duplicate(at, name))
    seen.add(name)
    return errors
  })
}

const endpointPorts: Check = (value, path, frame) => {
  const ports = asObjects(value)
  return ports.flatMap((item, i) => {
    const name = asText(item['name'])
    const at = `${path}[${i}].name`
    if (name !== '') return label(name, at, frame)
    return ports.length > 1 ? [requiredError(at)] : []
  })
}

const someAddresses: Check = (_, path, { object }) =>
  asObjects(object['addresses']).length + asObjects(object['notReadyAddresses']).length === 0
    ? [requiredError(path, 'must specify `addresses` or `notReadyAddresses`')]
    : none

/** Said twice: by the form of addresses, and by which addresses may be endpoints. */
const endpointIP: Check = (value, path, frame) => [
  ...ip(value ?? '', path, frame),
  ...(isIP(asText(value)) === 0
    ? [invalid(path, value ?? '', 'must be a valid IP address')]
    : none),
]

const policyPorts: Check = (_, path, { object }) => {
  const { port: number, endPort } = object
  const errors: FieldError[] = []
  const at = `${path}.endPort`
  if (number !== undefined)
    errors.push(
      ...(typeof number === 'number' ? between(1, 65535)(number, `${path}.port`, noFrame) : none),
    )
  if (endPort !== undefined) {
    if (number === undefined) {
      errors.push(invalid(at, endPort, 'may not be specified when `port` is not specified'))
    } else if (typeof number === 'string') {
      errors.push(invalid(at, endPort, 'may not be specified when `port` is non-numeric'))
    } else {
      if (Number(endPort) < Number(number)) {
        errors.push(invalid(at, number, 'must be greater than or equal to `port`'))
      }
      errors.push(...between(1, 65535)(endPort, at, noFrame))
    }
  }
  if (typeof number === 'string') errors.push(...portName(number, `${path}.port`, noFrame))
  return errors
}

const peer: Check = (_, path, { object }) => {
  const fields = Object.keys(object)
  if (fields.length === 0) return [requiredError(path, 'must specify a peer')]
  return object['ipBlock'] !== undefined && fields.length > 1
    ? [forbidden(path, 'may not specify both ipBlock and another peer')]
    : none
}

const policyTypes: Check = (value, path) => {
  const types: readonly unknown[] = Array.isArray(value) ? value : []
  if (types.length > 2) return [invalid(path, types, 'may not specify more than two policyTypes')]
  const valid = ['Ingress', 'Egress']
  return types.flatMap((type, i) =>
    valid.includes(asText(type)) ? [] : [notSupported(`${path}[${i}]`, type, valid)],
  )
}

const oneOfEachFamily: Check = (value, path, frame) => {
  const given: readonly unknown[] = Array.isArray(value) ? value : []
  if (given.length === 0) return [requiredError(path, 'at least one CIDR required')]
  const families = new Set(given.map((one) => asText(one).includes(':')))
  const why =
    'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'
  return families.size < given.length ? [invalid(path, given, why)] : each(cidr)(given, path, frame)
}

/** Rules of Services, endpoints, Ingresses and NetworkPolicies. */
export const networkRules: Readonly<Record<string, PackageRules>> = {
  'io.k8s.api.core.v1': {
    ...serviceRules,
    EndpointAddress: {
      ip: endpointIP,
      hostname: ifSet(label),
      nodeName: ifThere(subdomain),
    },
    EndpointPort: { port, protocol: [], appProtocol },
    EndpointSubset: { '&addresses': someAddresses, ports: endpointPorts },
  },
  'io.k8s.api.discovery.v1': {
    Endpoint: {
      addresses: [required('must contain at least 1 address'), sliceAddresses],
      nodeName: ifThere(subdomain),
      hostname: ifThere(label),
    },
    EndpointHints: { forZones: zoneNames },
    EndpointPort: { protocol: ifThere(oneOf('SCTP', 'TCP', 'UDP')), appProtocol },
    EndpointSlice: { addressType: required(), endpoints: [], ports: slicePorts },
    ForNode: { name: subdomain },
    ForZone: { name: [] },
  },
  'io.k8s.api.networking.v1': {
    ...ingressRules,
    ParentReference: { group: ifSet(subdomain) },
    ServiceCIDRSpec: { cidrs: oneOfEachFamily },
    NetworkPolicyPeer: { podSelector: [], namespaceSelector: [], ipBlock: [], '&peer': peer },
    NetworkPolicyPort: { protocol: ifThere(oneOf('TCP', 'UDP', 'SCTP')), '&ports': policyPorts },
    NetworkPolicySpec: { podSelector: [], ingress: [], egress: [], policyTypes },
  },
}
