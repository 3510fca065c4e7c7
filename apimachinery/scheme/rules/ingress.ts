import { isIP } from 'node:net'
import {
  type FieldError,
  forbidden,
  invalid,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateLabel, validatePathSegment, validateSubdomain } from '../../meta/names.ts'
import { valueOrEmptied } from '../emptied.ts'
import { type Check, type Frame, none, noFrame, type PackageRules } from './check.ts'
import {
  absolutePath,
  all,
  between,
  domainPath,
  each,
  ifSet,
  ifThere,
  label,
  maxBytes,
  named,
  oneOf,
  present,
  required,
  subdomain,
} from './checks.ts'
import { portName } from './handlers.ts'
import { cidr } from './addresses.ts'
import { asObject, asObjects, asText, isSet } from './read.ts'

const host: Check = (value, path) => {
  const text = asText(value)
  if (text === '') return none
  if (isIP(text) !== 0) return [invalid(path, text, 'must be a DNS name, not an IP address')]
  if (text.includes('*')) {
    const wildcard = /^\*\.(.+)$/.exec(text)?.[1]
    if (wildcard !== undefined && validateSubdomain(wildcard).length === 0) return none
    const why =
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    return [invalid(path, text, why)]
  }
  return validateSubdomain(text).map((why) => invalid(path, text, why))
}

const someRule: Check = (_, path, { object }) =>
  object['defaultBackend'] === undefined && asObjects(object['rules']).length === 0
    ? [
        invalid(
          path,
          valueOrEmptied(object, 'rules'),
          'either `defaultBackend` or `rules` must be specified',
        ),
      ]
    : none

/** A path without a type is told of, and not looked into. */
const isUntyped = (owner: Frame | undefined): boolean =>
  owner?.definition.endsWith('.HTTPIngressPath') === true && owner.object['pathType'] === undefined

const segment = named(validatePathSegment)

/** Beside a service it is refused, and not looked at. */
const typedReference: Check = (value, path, frame) => {
  if (value === undefined || frame.object['service'] !== undefined) return none
  const { apiGroup, kind, name } = asObject(value)
  return [
    ...((apiGroup ?? undefined) === undefined
      ? none
      : subdomain(apiGroup, `${path}.apiGroup`, frame)),
    ...(isSet(kind) ? segment(kind, `${path}.kind`, frame) : [requiredError(`${path}.kind`)]),
    ...(isSet(name) ? segment(name, `${path}.name`, frame) : [requiredError(`${path}.name`)]),
  ]
}

const backend: Check = (_, path, { object, up }) => {
  const { service, resource } = object
  if (isUntyped(up)) return none
  if (service !== undefined && resource !== undefined) {
    return [invalid(path, '', 'cannot set both resource and service backends')]
  }
  if (service === undefined)
    return resource === undefined
      ? [invalid(path, '', 'resource or service backend is required')]
      : none
  const errors: FieldError[] = []
  const at = `${path}.service`
  const name = asText(asObject(service)['name'])
  const chosen = asObject(asObject(service)['port'])
  if (name === '') errors.push(requiredError(`${at}.name`))
  else errors.push(...validateLabel(name).map((why) => invalid(`${at}.name`, name, why)))
  const byName = isSet(chosen['name'])
  const number = typeof chosen['number'] === 'number' ? chosen['number'] : 0
  if (byName && number !== 0)
    errors.push(invalid(path, '', 'cannot set both port name & port number'))
  else if (byName) errors.push(...portName(chosen['name'], `${at}.port.name`, noFrame))
  else if (number === 0) errors.push(requiredError(path, 'port name or number is required'))
  else errors.push(...between(1, 65535)(number, `${at}.port.number`, noFrame))
  return errors
}

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']
const badSegments = ['//', '/./', '/../', '%2f', '%2F']
const badEnds = ['/..', '/.']

const ingressPath: Check = (value, path, frame) => {
  const type = frame.object['pathType']
  const text = asText(value)
  if (type === 'ImplementationSpecific') {
    return text === '' ? none : absolutePath(text, path, frame)
  }
  if (type !== 'Exact' && type !== 'Prefix') return none
  const errors = [...absolutePath(text, path, frame)]
  if (errors.length > 0) return errors
  const inside = badSegments
    .filter((bad) => text.includes(bad))
    .map((bad) => invalid(path, text, `must not contain '${bad}'`))
  const after = badEnds
    .filter((bad) => text.endsWith(bad))
    .map((bad) => invalid(path, text, `cannot end with '${bad}'`))
  return [...inside, ...after]
}

const controller = [required(), all(maxBytes(250), domainPath)] as const

const parameterNamespace: Check = (value, path, { object }) => {
  if (object['scope'] === 'Namespace') {
    return value === undefined
      ? [requiredError(path, "`parameters.scope` is set to 'Namespace'")]
      : label(value, path, noFrame)
  }
  return object['scope'] === 'Cluster' && value !== undefined
    ? [forbidden(path, "`parameters.scope` is set to 'Cluster'")]
    : none
}

/** A host of a certificate: a name or a wildcard, never nothing. */
function certificateHost(): Check {
  return (value, path, frame) =>
    asText(value).includes('*')
      ? host(value, path, frame)
      : named(validateSubdomain)(value, path, frame)
}

/** Ingresses and IngressClasses. */
export const ingressRules: PackageRules = {
  HTTPIngressPath: {
    path: ingressPath,
    pathType: [present('pathType must be specified'), oneOf(...pathTypes)],
    backend: [],
  },
  HTTPIngressRuleValue: { paths: required() },
  IPBlock: { cidr: [required(), cidr], except: each(cidr) },
  IngressBackend: { '&backend': backend, resource: typedReference },
  IngressServiceBackend: { name: [], port: [] },
  ServiceBackendPort: { name: [], number: [] },
  IngressClassParametersReference: {
    apiGroup: ifThere(subdomain),
    kind: required(),
    name: required(),
    scope: ifThere(oneOf('Cluster', 'Namespace')),
    namespace: parameterNamespace,
  },
  IngressClassSpec: { controller, parameters: [] },
  IngressRule: { host, http: [] },
  IngressSpec: {
    rules: [],
    '&rules': someRule,
    defaultBackend: [],
    ingressClassName: ifThere(subdomain),
    tls: [],
  },
  IngressTLS: { hosts: each(certificateHost()), secretName: ifSet(subdomain) },
}
