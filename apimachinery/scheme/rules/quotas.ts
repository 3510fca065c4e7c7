import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateQualifiedName } from '../../meta/names.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import {
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
} from '../../meta/quantity.ts'
import { type Check, none, type PackageRules } from './check.ts'
import { goValue } from './go-value.ts'
import { asObject, asObjects, asText } from './read.ts'
import {
  isStandardResource,
  isWholeThing,
  resourceNameErrors,
  containerResourceErrors,
} from './resources.ts'

const limitTypes = new Set(['Pod', 'Container', 'PersistentVolumeClaim'])

const limitType: Check = (value, path) => {
  const type = asText(value)
  const problems = validateQualifiedName(type)
  if (problems.length > 0) return problems.map((why) => invalid(path, type, why))
  return type.includes('/') || limitTypes.has(type)
    ? none
    : [invalid(path, type, 'must be a standard limit type or fully qualified')]
}

const distinctTypes: Check = (value, path) => {
  const seen = new Set<unknown>()
  return asObjects(value).flatMap(({ type = '' }, i) => {
    const again = seen.has(type)
    seen.add(type)
    return again ? [duplicate(`${path}[${i}].type`, type)] : []
  })
}

const bounds = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const

type Bounds = Readonly<Record<(typeof bounds)[number], JsonObject>>

const amountIn = (amounts: JsonObject, name: string): Quantity | undefined =>
  amounts[name] === undefined ? undefined : parseQuantity(asText(amounts[name]))

/** Of two bounds of one resource the lower may not be greater. */
function orderErrors(name: string, of: Bounds, path: string): FieldError[] {
  const [min, max, request, limit, ratio] = [
    'min',
    'max',
    'defaultRequest',
    'default',
    'maxLimitRequestRatio',
  ].map((bound) => amountIn(of[bound as keyof Bounds], name))
  const errors: FieldError[] = []
  const refuse = (at: string, value: Quantity, text: string): void => {
    errors.push(invalid(`${path}.${at}[${name}]`, formatQuantity(value), text))
  }
  const isLess = (a: Quantity | undefined, b: Quantity | undefined): boolean =>
    a !== undefined && b !== undefined && compareQuantities(a, b) < 0
  const show = (amount: Quantity | undefined): string =>
    amount === undefined ? '' : formatQuantity(amount)
  if (min !== undefined && isLess(max, min)) {
    refuse('min', min, `min value ${show(min)} is greater than max value ${show(max)}`)
  }
  if (request !== undefined && isLess(request, min)) {
    refuse(
      'defaultRequest',
      request,
      `min value ${show(min)} is greater than default request value ${show(request)}`,
    )
  }
  if (request !== undefined && isLess(max, request)) {
    refuse(
      'defaultRequest',
      request,
      `default request value ${show(request)} is greater than max value ${show(max)}`,
    )
  }
  if (request !== undefined && isLess(limit, request)) {
    refuse(
      'defaultRequest',
      request,
      `default request value ${show(request)} is greater than default limit value ${show(limit)}`,
    )
  }
  // Of these two the bound is shown, and not what passes it.
  if (min !== undefined && isLess(limit, min)) {
    refuse('default', min, `min value ${show(min)} is greater than default value ${show(limit)}`)
  }
  if (max !== undefined && isLess(max, limit)) {
    refuse('default', max, `default value ${show(limit)} is greater than max value ${show(max)}`)
  }
  if (ratio !== undefined && ratio.nano < 1_000_000_000n) {
    refuse('maxLimitRequestRatio', ratio, `ratio ${show(ratio)} is less than 1`)
  }
  return errors
}

/** The bounds of one type, resource by resource. */
const limitBounds: Check = (_, path, { object }) => {
  const type = object['type']
  const of = Object.fromEntries(bounds.map((bound) => [bound, asObject(object[bound])])) as Bounds
  const nameErrors = (name: string, at: string): FieldError[] =>
    type === 'PersistentVolumeClaim' || type === undefined || !limitTypes.has(asText(type))
      ? resourceNameErrors(name, at)
      : containerResourceErrors(name, at)
  const errors: FieldError[] = (['max', 'min'] as const).flatMap((bound) =>
    Object.keys(of[bound]).flatMap((name) => nameErrors(name, `${path}.${bound}[${name}]`)),
  )
  if (type === 'Pod') {
    for (const bound of ['default', 'defaultRequest'] as const) {
      if (Object.keys(of[bound]).length > 0) {
        errors.push(forbidden(`${path}.${bound}`, "may not be specified when `type` is 'Pod'"))
      }
    }
  } else {
    for (const bound of ['default', 'defaultRequest'] as const) {
      for (const name of Object.keys(of[bound])) {
        errors.push(...nameErrors(name, `${path}.${bound}[${name}]`))
      }
    }
  }
  for (const name of Object.keys(of.maxLimitRequestRatio)) {
    errors.push(...nameErrors(name, `${path}.maxLimitRequestRatio[${name}]`))
  }
  if (
    type === 'PersistentVolumeClaim' &&
    of.min['storage'] === undefined &&
    of.max['storage'] === undefined
  ) {
    const text = 'either minimum or maximum storage value is required, but neither was provided'
    errors.push(requiredError(`${path}.limits`, text))
  }
  const names = new Set(bounds.flatMap((bound) => Object.keys(of[bound])))
  return [...errors, ...[...names].flatMap((name) => orderErrors(name, of, path))]
}

/** A quota counts names of the API's resources, and amounts. */
export const hard: Check = (value, path) =>
  Object.entries(asObject(value)).flatMap(([name, amount]) => {
    const at = `${path}[${name}]`
    const given = parseQuantity(asText(amount))
    const errors = [...resourceNameErrors(name, at)]
    if (!name.includes('/') && !isStandardResource(name)) {
      errors.push(invalid(at, name, 'must be a standard resource for quota'))
    }
    if (given === undefined) return errors
    if (given.nano < 0n) {
      errors.push(invalid(at, amount, 'must be greater than or equal to 0'))
    }
    if (isWholeThing(name) && given.nano % 1_000_000_000n !== 0n) {
      errors.push(invalid(at, amount, 'must be an integer'))
    }
    return errors
  })

const scopes = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
])

const podScopes = [
  'Terminating',
  'NotTerminating',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
]
const podResources = /^(pods|(limits\.|requests\.)?(cpu|memory))$/
const claimResources = /^(persistentvolumeclaims|requests\.storage)$/

/** What a scope can be about, of what every server counts. */
function scopeHas(scope: string, resource: string): boolean {
  if (podScopes.includes(scope)) return podResources.test(resource)
  if (scope === 'BestEffort') return resource === 'pods'
  return scope !== 'VolumeAttributesClass' || claimResources.test(resource)
}

const conflicting = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const

const areConflicting = (given: readonly string[]): boolean =>
  conflicting.some((pair) => pair.every((scope) => given.includes(scope)))

/** A quota's limits are all of what the scope can be about. */
const fits = (scope: string, spec: JsonObject): boolean =>
  Object.keys(asObject(spec['hard']))
    .filter(isStandardResource)
    .every((name) => scopeHas(scope, name))

const scopeList: Check = (value, path, { object }) => {
  const given: readonly string[] = Array.isArray(value) ? value.map(asText) : []
  const wrong = given.flatMap((scope) => [
    ...(scopes.has(scope) ? [] : ['unsupported scope']),
    ...(fits(scope, object) ? [] : ['unsupported scope applied to resource']),
  ])
  if (areConflicting(given)) wrong.push('conflicting scopes')
  return wrong.map((why) => invalid(path, given, why))
}

/** What is shown is the quota's `scopes`, as in the original. */
const scopeExpressions: Check = (value, path, { up }) => {
  const given = asObjects(value).map(({ scopeName }) => asText(scopeName))
  if (!areConflicting(given)) return none
  return [invalid(path, up?.object['scopes'] ?? null, 'conflicting scopes')]
}

/** Scopes that have no values to select by. */
const withoutValues = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'CrossNamespacePodAffinity',
]
const mustExist =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"

/** Messages about a scope leave out which one it is. */
const scopeExpression: Check = (_, path, { object, up: selector }) => {
  const at = path.replace(/\[\d+\]$/, '')
  const { scopeName = '', operator = '', values } = object
  const count = Array.isArray(values) ? values.length : 0
  const errors: FieldError[] = []
  if (!scopes.has(asText(scopeName))) {
    errors.push(invalid(`${at}.scopeName`, scopeName, 'unsupported scope'))
  }
  if (!fits(asText(scopeName), selector?.up?.object ?? {})) {
    const shown = goValue('io.k8s.api.core.v1.ScopeSelector', selector?.object ?? {})
    errors.push(invalid(at, shown, 'unsupported scope applied to resource'))
  }
  if (withoutValues.includes(asText(scopeName)) && operator !== 'Exists') {
    errors.push(invalid(`${at}.operator`, operator, mustExist))
  }
  if (operator === 'In' || operator === 'NotIn') {
    const text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
    if (count === 0) errors.push(requiredError(`${at}.values`, text))
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
    if (count > 0) errors.push(invalid(`${at}.values`, values, text))
  } else {
    errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'))
  }
  return errors
}

/** LimitRanges and ResourceQuotas. */
export const quotaRules: PackageRules = {
  LimitRangeSpec: { limits: distinctTypes },
  LimitRangeItem: { type: limitType, '&bounds': limitBounds },
  ResourceQuotaSpec: { hard, scopes: scopeList },
  ScopeSelector: { matchExpressions: scopeExpressions },
  ScopedResourceSelectorRequirement: { '&scope': scopeExpression, scopeName: [], operator: [] },
}
