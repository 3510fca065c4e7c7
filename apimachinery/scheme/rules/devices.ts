import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateLabel, validateSubdomain } from '../../meta/names.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { fullyQualified } from './c-identifiers.ts'
import { type Check, enclosing, none, type PackageRules, skip, whenNew } from './check.ts'
import { driverName, label, required, subdomain, uniqueBy } from './checks.ts'
import { expression } from './expressions.ts'
import { asObjects, asText, isSet } from './read.ts'
import { sliceRules } from './resource-slices.ts'

const resource = 'io.k8s.api.resource.v1'

/** A request is for one thing, or for the first of several that can be had. */
const oneRequest: Check = (_, path, { object }) => {
  const text = 'exactly one of `exactly` or `firstAvailable` is required'
  const given = ['exactly', 'firstAvailable'].filter((field) => object[field] !== undefined)
  if (given.length === 0) return [requiredError(path, text)]
  return given.length > 1 ? [invalid(path, null, `${text}, but multiple fields are set`)] : none
}

/** Where both are given neither is looked into. */
const without =
  (other: string): Check =>
  (_, __, { object }) =>
    object[other] === undefined ? none : skip

const modes = ['All', 'ExactCount']

const allocation: Check = (_, path, { object }) => {
  const { allocationMode, count } = object
  const mode = asText(allocationMode)
  const number = typeof count === 'number' ? count : 0
  const at = `${path}.count`
  if (mode === 'All') {
    const why = "must not be specified when allocationMode is 'All'"
    return number === 0 ? none : [invalid(at, number, why)]
  }
  if (mode !== 'ExactCount') return [notSupported(`${path}.allocationMode`, mode, modes)]
  return number > 0 ? none : [invalid(at, number, 'must be greater than zero')]
}

const request = {
  deviceClassName: [required(), subdomain],
  selectors: [],
  '&allocation': allocation,
} as const

/** Names of a claim's requests, and of what they are for the first of: `request/subrequest`. */
function requestNames(claim: JsonObject): ReadonlySet<string> {
  return new Set(
    asObjects(claim['requests']).flatMap((one) => {
      const name = asText(one['name'])
      return [
        name,
        ...asObjects(one['firstAvailable']).map((sub) => `${name}/${asText(sub['name'])}`),
      ]
    }),
  )
}

const references: Check = (value, path, frame) => {
  const known = requestNames(enclosing(frame, `${resource}.DeviceClaim`)?.object ?? {})
  const why =
    "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
  const given: readonly string[] = Array.isArray(value) ? value.map(asText) : []
  return given.flatMap((name, i): readonly FieldError[] => {
    const at = `${path}[${i}]`
    if (given.indexOf(name) < i) return [duplicate(at, name)]
    const parts = name.split('/')
    if (parts.length > 2) return [invalid(at, name, why)]
    const wrong = parts.flatMap((part) => label(part, at, frame))
    return known.has(name) ? wrong : [...wrong, invalid(at, name, why)]
  })
}

const oneAttribute: Check = (_, path, { object }) =>
  object['matchAttribute'] === undefined && object['distinctAttribute'] === undefined
    ? [
        requiredError(
          path,
          'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
        ),
      ]
    : none

/** The name of a resource of nodes, with a domain that is not Kubernetes' own. */
const extendedResource: Check = (value, path) => {
  if (value === undefined) return none
  const [domain = '', name, ...more] = asText(value).split('/')
  const isExtended =
    isSet(name) &&
    more.length === 0 &&
    validateSubdomain(domain).length === 0 &&
    !/(^|\.)kubernetes\.io$/.test(domain) &&
    !domain.startsWith('requests.') &&
    /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(asText(name))
  return isExtended ? none : [invalid(path, value, 'must be a valid extended resource name')]
}

const named: Check = (value, path) =>
  validateLabel(asText(value)).map((why) => invalid(path, asText(value), why))

const distinct = uniqueBy((one) => one['name'])

/** Rules of what asks for devices, and of what offers them. */
export const deviceRules: Readonly<Record<string, PackageRules>> = {
  [resource]: {
    ...sliceRules,
    CELDeviceSelector: {
      expression: (v, path, frame) => expression('device')(v ?? '', path, frame),
    },
    DeviceClaim: { requests: distinct, constraints: [], config: [] },
    DeviceClaimConfiguration: { requests: references, opaque: required() },
    DeviceClassConfiguration: { opaque: required() },
    DeviceClassSpec: { selectors: [], config: [], extendedResourceName: extendedResource },
    DeviceConstraint: {
      requests: references,
      '&one': oneAttribute,
      matchAttribute: fullyQualified,
    },
    DeviceRequest: {
      name: named,
      '&one': oneRequest,
      exactly: without('firstAvailable'),
      firstAvailable: [without('exactly'), distinct],
    },
    DeviceSelector: { cel: required() },
    DeviceSubRequest: { name: named, ...request },
    ExactDeviceRequest: request,
    OpaqueDeviceConfiguration: {
      driver: driverName,
      parameters: required(),
    },
    ResourceClaim: { spec: whenNew() },
  },
}
