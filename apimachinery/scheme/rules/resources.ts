import {
  duplicate,
  type FieldError,
  forbidden,
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

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-')

/** A resource that every server knows. */
const isStandardResource = (name: string): boolean =>
  standard.has(name) || qualifiedStandard.has(name) || /^(requests\.)?hugepages-/.test(name)

/** A known resource that quotas are about. */
export const isQuotaResource = (name: string): boolean =>
  name !== 'storage' && isStandardResource(name)

/** What is counted, and never halved. */
export const isWholeThing = (name: string): boolean =>
  isExtended(name) ||
  /^(pods|services(\.nodeports|\.loadbalancers)?|replicationcontrollers|secrets|configmaps|persistentvolumeclaims|resourcequotas)$/.test(
    name,
  )

/** A name of something countable: a known one, or one with a domain. */
export function resourceNameErrors(name: string, path: string): FieldError[] {
  const problems = validateQualifiedName(name)
  if (problems.length > 0) return problems.map((why) => invalid(path, name, why))
  if (name.includes('/') || isStandardResource(name)) return []
  return [invalid(path, name, 'must be a standard resource type or fully qualified')]
}

const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/')

/** Something that a driver has to offer; its quota is called `requests.` and so. */
const isExtended = (name: string): boolean =>
  !isNative(name) &&
  !name.startsWith('requests.') &&
  validateQualifiedName(`requests.${name}`).length === 0

export function containerResourceErrors(name: string, path: string): FieldError[] {
  const errors = resourceNameErrors(name, path)
  if (!name.includes('/')) {
    return standard.has(name) || isHugePages(name)
      ? errors
      : [...errors, invalid(path, name, 'must be a standard resource for containers')]
  }
  return isNative(name) || isExtended(name)
    ? errors
    : [...errors, invalid(path, name, "doesn't follow extended resource name standard")]
}

/** Not negative, and whole where the thing cannot be divided. */
export function amountErrors(name: string, value: unknown, path: string): FieldError[] {
  const amount = parseQuantity(asText(value))
  if (amount === undefined) return []
  const isPart = isExtended(name) && amount.nano % 1_000_000_000n !== 0n
  return [
    ...(amount.nano < 0n ? [invalid(path, value, 'must be greater than or equal to 0')] : []),
    ...(isPart ? [invalid(path, value, 'must be an integer')] : []),
  ]
}

/** A limit of it is what is requested. */
export const cannotExceed = (name: string): boolean => !isNative(name) || isHugePages(name)

/** Pages are not cut. */
function pageErrors(name: string, value: unknown, path: string): FieldError[] {
  const amount = parseQuantity(asText(value))
  if (!isHugePages(name) || amount === undefined) return []
  const size = parseQuantity(name.slice('hugepages-'.length))?.nano ?? 0n
  const unit = 1_000_000_000n
  const wholeUnits = (amount.nano / unit + (amount.nano % unit > 0n ? 1n : 0n)) * unit
  if (size > 0n && size % unit === 0n && wholeUnits % size === 0n) return []
  const shown = formatQuantity(amount)
  return [invalid(path, shown, `${shown} is not positive integer multiple of ${name}`)]
}

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
  const known = asObjects(spec['resourceClaims']).map((claim) => asText(claim['name']))
  const names = [...new Set(known.filter(isSet))].sort()
  const seen = new Set<string>()
  return asObjects(claims).flatMap((claim, i) => {
    const name = asText(claim['name'])
    const request = asText(claim['request'])
    const at = `${path}[${i}]`
    if (name === '') return [required(at)]
    const errors: FieldError[] = []
    if (seen.has(name)) errors.push(duplicate(at, name))
    else {
      const key = request === '' ? name : `${name}/${request}`
      if (request !== '') {
        errors.push(...validateLabel(request).map((why) => invalid(`${at}.request`, request, why)))
      }
      if (seen.has(key)) errors.push(duplicate(at, key))
      else if (request === '') {
        const others = [...seen].filter((other) => other.startsWith(`${name}/`))
        errors.push(...others.map(() => duplicate(at, name)))
      }
      seen.add(key)
    }
    if (names.includes(name)) return errors
    const { message, ...rest } = notFound(at, name)
    const which = names.length === 0 ? ' which is empty' : `: ${names.join(', ')}`
    const more = `must be one of the names in pod.spec.resourceClaims${which}`
    return [...errors, { ...rest, message: `${message}: ${more}` }]
  })
}

const needsMore = (...amounts: readonly JsonObject[]): boolean => {
  const names = amounts.flatMap((each) => Object.keys(each))
  return names.some(isHugePages) && !names.some((name) => name === 'cpu' || name === 'memory')
}

/** Requests and limits of resources, whose names are judged so. */
export const requirementErrors =
  (nameErrors: (name: string, path: string) => FieldError[]): Check =>
  (value, path, frame) => {
    const { limits: givenLimits, requests: givenRequests, claims } = asObject(value)
    const limits = asObject(givenLimits)
    const requests = asObject(givenRequests)
    const spec = enclosing(frame, podSpec)?.object ?? {}
    const of = (name: string, amount: unknown, at: string): FieldError[] => [
      ...nameErrors(name, at),
      ...amountErrors(name, amount, at),
    ]
    const check = { limits, path: `${path}.requests` }
    return [
      ...Object.entries(limits).flatMap(([name, amount]) => [
        ...of(name, amount, `${path}.limits[${name}]`),
        ...pageErrors(name, amount, `${path}.limits[${name}]`),
      ]),
      ...Object.entries(requests).flatMap(([name, amount]) => [
        ...of(name, amount, `${path}.requests[${name}]`),
        ...requestErrors(name, amount, check),
        ...pageErrors(name, amount, `${path}.requests[${name}]`),
      ]),
      ...(needsMore(limits, requests) ? [forbidden(path, 'HugePages require cpu or memory')] : []),
      ...claimErrors(claims, `${path}.claims`, spec),
    ]
  }

/** Requests and limits of a container. */
export const requirements = requirementErrors(containerResourceErrors)

/** Amounts of resources by themselves, as a pod's overhead; `path` is said where messages expect limits. */
export const amounts: Check = (value, path) =>
  Object.entries(asObject(value)).flatMap(([name, amount]) => [
    ...containerResourceErrors(name, `${path}[${name}]`),
    ...amountErrors(name, amount, `${path}[${name}]`),
  ])
