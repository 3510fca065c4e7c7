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
  quantityToNumber,
} from '../../meta/quantity.ts'
import { type Check, type Frame, none, type PackageRules } from './check.ts'
import { goValue } from './go-value.ts'
import { asObject, asObjects, asText } from './read.ts'
import {
  cannotExceed,
  containerResourceErrors,
  isQuotaResource,
  isWholeThing,
  resourceNameErrors,
} from './resources.ts'

const limitTypes = new Set(['Pod', 'Container', 'PersistentVolumeClaim'])

const limitType: Check = (value, path, frame) => {
  const type = asText(value)
  const problems = [...validateQualifiedName(type)]
  if (problems.length === 0 && !type.includes('/') && !limitTypes.has(type)) {
    problems.push('must be a standard limit type or fully qualified')
  }
  return [
    ...problems.map((why) => invalid(path, type, why)),
    ...(isRepeated(frame) ? [duplicate(path, type)] : none),
  ]
}

/** One item is there for each type. */
const isRepeated = ({ object, up }: Frame): boolean => {
  const all = asObjects(up?.object['limits'])
  return all.slice(0, all.indexOf(object)).some((other) => other['type'] === object['type'])
}

const bounds = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const

type Bounds = Readonly<Record<Bound, JsonObject>>

const amountIn = (amounts: JsonObject, name: string): Quantity | undefined =>
  amounts[name] === undefined ? undefined : parseQuantity(asText(amounts[name]))

type Bound = (typeof bounds)[number]

/** Of two bounds the lower and the upper, where it is told that they are the wrong way round, which of them is shown, and their words. */
const orders: readonly (readonly [Bound, Bound, at: Bound, shown: Bound, string, string])[] = [
  ['min', 'max', 'min', 'min', 'min', 'max'],
  ['min', 'defaultRequest', 'defaultRequest', 'defaultRequest', 'min', 'default request'],
  ['defaultRequest', 'max', 'defaultRequest', 'defaultRequest', 'default request', 'max'],
  [
    ...(['defaultRequest', 'default', 'defaultRequest', 'defaultRequest'] as const),
    ...(['default request', 'default limit'] as const),
  ],
  ['min', 'default', 'default', 'min', 'min', 'default'],
  ['default', 'max', 'default', 'max', 'default', 'max'],
]

/** What is wrong between the bounds of one resource. */
function orderErrors(name: string, of: Bounds, path: string): FieldError[] {
  const amount = (bound: Bound): Quantity | undefined => amountIn(of[bound], name)
  const refuse = (at: Bound, value: Quantity, text: string): FieldError =>
    invalid(`${path}.${at}[${name}]`, formatQuantity(value), text)
  const errors = orders.flatMap(([lower, upper, at, shown, lowerWord, upperWord]) => {
    const low = amount(lower)
    const high = amount(upper)
    if (low === undefined || high === undefined || compareQuantities(low, high) <= 0) return []
    const text = `${lowerWord} value ${formatQuantity(low)} is greater than ${upperWord} value ${formatQuantity(high)}`
    return [refuse(at, shown === lower ? low : high, text)]
  })
  const ratio = amount('maxLimitRequestRatio')
  if (ratio !== undefined) {
    const text = ratioProblems(ratio, amount('min'), amount('max'))
    errors.push(...text.map((why) => refuse('maxLimitRequestRatio', ratio, why)))
  }
  const request = amount('defaultRequest')
  const limit = amount('default')
  if (request === undefined || limit === undefined || !cannotExceed(name)) return errors
  if (compareQuantities(request, limit) === 0) return errors
  const text = `default value ${formatQuantity(limit)} must equal to defaultRequest value ${formatQuantity(request)} in ${name}`
  return [...errors, refuse('defaultRequest', request, text)]
}

function ratioProblems(
  ratio: Quantity,
  min: Quantity | undefined,
  max: Quantity | undefined,
): string[] {
  const shown = formatQuantity(ratio)
  const problems = ratio.nano < 1_000_000_000n ? [`ratio ${shown} is less than 1`] : []
  if (min === undefined || max === undefined) return problems
  const most = quantityToNumber(max) / quantityToNumber(min)
  if (quantityToNumber(ratio) <= most) return problems
  return [...problems, `ratio ${shown} is greater than max/min = ${most.toFixed(6)}`]
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
  if (
    type === 'PersistentVolumeClaim' &&
    of.min['storage'] === undefined &&
    of.max['storage'] === undefined
  ) {
    const text = 'either minimum or maximum storage value is required, but neither was provided'
    errors.push(requiredError(`${path}.limits`, text))
  }
  for (const name of Object.keys(of.maxLimitRequestRatio)) {
    errors.push(...nameErrors(name, `${path}.maxLimitRequestRatio[${name}]`))
  }
  const compared = type === 'Pod' ? { ...of, default: {}, defaultRequest: {} } : of
  const names = new Set(bounds.flatMap((bound) => Object.keys(compared[bound])))
  return [...errors, ...[...names].flatMap((name) => orderErrors(name, compared, path))]
}

/** A quota counts names of the API's resources, and amounts. */
export const hard: Check = (value, path) =>
  Object.entries(asObject(value)).flatMap(([name, amount]) => {
    const at = `${path}[${name}]`
    const given = parseQuantity(asText(amount))
    const errors = [...resourceNameErrors(name, at)]
    if (!name.includes('/') && !isQuotaResource(name)) {
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
    .filter(isQuotaResource)
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
  LimitRangeItem: { type: limitType, '&bounds': limitBounds },
  ResourceQuotaSpec: { hard, scopes: scopeList },
  ScopeSelector: { matchExpressions: scopeExpressions },
  ScopedResourceSelectorRequirement: { '&scope': scopeExpression, scopeName: [], operator: [] },
}
