import {
  duplicate,
  type FieldError,
  invalid,
  notFound,
  required,
} from '../../errors/field-error.ts'
import { validateLabel, validateQualifiedName } from '../../meta/names.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import {
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
} from '../../meta/quantity.ts'
import { type Check, enclosing } from './check.ts'
import { asObject, asObjects, asText, isSet } from './read.ts'

const podSpec = 'io.k8s.api.core.v1.PodSpec'
const standard = new Set(['cpu', 'memory', 'ephemeral-storage'])
const qualifiedStandard = new Set([
  'storage',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.ephemeral-storage',
  'pods',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'resourcequotas',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
  'services.nodeports',
  'services.loadbalancers',
])

/** A resource that every server knows. */
export const isStandardResource = (name: string): boolean =>
  standard.has(name) || qualifiedStandard.has(name)

/** What is counted, and never halved. */
export const isWholeThing = (name: string): boolean =>
  name.startsWith('count/') ||
  /^(pods|services(\..*)?|replicationcontrollers|secrets|configmaps|persistentvolumeclaims|resourcequotas)$/.test(
    name,
  )

/** A name of something countable: a known one, or one with a domain. */
export function resourceNameErrors(name: string, path: string): FieldError[] {
  const problems = validateQualifiedName(name)
  if (problems.length > 0) return problems.map((why) => invalid(path, name, why))
  if (name.includes('/') || standard.has(name) || qualifiedStandard.has(name)) return []
  return [invalid(path, name, 'must be a standard resource type or fully qualified')]
}

export function containerResourceErrors(name: string, path: string): FieldError[] {
  const errors = resourceNameErrors(name, path)
  if (name.includes('/')) return errors
  return standard.has(name) || name.startsWith('hugepages-')
    ? errors
    : [...errors, invalid(path, name, 'must be a standard resource for containers')]
}

/** Not negative, and whole where the thing cannot be divided. */
export function amountErrors(name: string, value: unknown, path: string): FieldError[] {
  const amount = parseQuantity(asText(value))
  if (amount === undefined) return []
  if (amount.nano < 0n) return [invalid(path, value, 'must be greater than or equal to 0')]
  const whole = amount.nano % 1_000_000_000n === 0n
  return whole || !name.includes('/') || name.startsWith('kubernetes.io/')
    ? []
    : [invalid(path, value, 'must be an integer')]
}

const isExtended = (name: string): boolean =>
  name.includes('/') && !/^([^/]*\.)?kubernetes\.io\//.test(name)

const cannotExceed = (name: string): boolean => isExtended(name) || name.startsWith('hugepages-')

interface Limits {
  readonly limits: JsonObject
  readonly path: string
}

/** A request next to its limit. */
function requestErrors(name: string, value: unknown, { limits, path }: Limits): FieldError[] {
  const request = parseQuantity(asText(value))
  const limit = limits[name] === undefined ? undefined : parseQuantity(asText(limits[name]))
  if (request === undefined) return []
  if (limit === undefined) {
    const text = 'Limit must be set for non overcommitable resources'
    return cannotExceed(name) ? [required(path.replace(/requests$/, 'limits'), text)] : []
  }
  const shown = (amount: Quantity): string => formatQuantity(amount)
  if (cannotExceed(name) && compareQuantities(request, limit) !== 0) {
    return [invalid(path, shown(request), `must be equal to ${name} limit of ${shown(limit)}`)]
  }
  return compareQuantities(request, limit) > 0
    ? [
        invalid(
          path,
          shown(request),
          `must be less than or equal to ${name} limit of ${shown(limit)}`,
        ),
      ]
    : []
}

function claimErrors(claims: unknown, path: string, spec: JsonObject): FieldError[] {
  const names = asObjects(spec['resourceClaims']).map((claim) => asText(claim['name']))
  const seen = new Set<string>()
  return asObjects(claims).flatMap((claim, i) => {
    const { request } = claim
    const name = asText(claim['name'])
    const at = `${path}[${i}]`
    const requestText = asText(request)
    const wrong =
      requestText === ''
        ? []
        : validateLabel(requestText).map((why) => invalid(`${at}.request`, requestText, why))
    if (name === '') return [required(at)]
    const key = requestText === '' ? name : `${name}/${requestText}`
    if (seen.has(key)) return [duplicate(at, key)]
    seen.add(key)
    if (names.includes(name)) return wrong
    const known = names.some(isSet) ? `: ${names.join(', ')}` : ' which is empty'
    const { message, ...rest } = notFound(at, name)
    const more = `must be one of the names in pod.spec.resourceClaims${known}`
    return [...wrong, { ...rest, message: `${message}: ${more}` }]
  })
}

/** Requests and limits of a container or a pod. */
export const requirements: Check = (value, path, frame) => {
  const { limits, requests, claims } = asObject(value)
  const spec = enclosing(frame, podSpec)?.object ?? {}
  const check = { limits: asObject(limits), path: `${path}.requests` }
  return [
    ...claimErrors(claims, `${path}.claims`, spec),
    ...Object.entries(asObject(limits)).flatMap(([name, amount]) => [
      ...containerResourceErrors(name, `${path}.limits[${name}]`),
      ...amountErrors(name, amount, `${path}.limits[${name}]`),
    ]),
    ...Object.entries(asObject(requests)).flatMap(([name, amount]) => [
      ...containerResourceErrors(name, `${path}.requests[${name}]`),
      ...amountErrors(name, amount, `${path}.requests[${name}]`),
      ...requestErrors(name, amount, check),
    ]),
  ]
}

/** Amounts of resources by themselves, as a pod's overhead; `path` is said where messages expect limits. */
export const amounts: Check = (value, path) =>
  Object.entries(asObject(value)).flatMap(([name, amount]) => [
    ...containerResourceErrors(name, `${path}[${name}]`),
    ...amountErrors(name, amount, `${path}[${name}]`),
  ])
