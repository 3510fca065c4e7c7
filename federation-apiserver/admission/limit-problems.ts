import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { formatQuantity, type Quantity, quantityToNumber } from '#apimachinery/meta/quantity.ts'
import {
  containersNeed,
  type Needs,
  needsOf,
  ofWholePods,
  type Quantities,
  quantitiesOf,
} from '#apimachinery/schema/pod-resources.ts'
import { listOf } from './pods.ts'

type Amounts = Readonly<Record<string, string>>

/** LimitRangeItem. */
export interface Limit {
  readonly type: string
  readonly min?: Amounts
  readonly max?: Amounts
  readonly default?: Amounts
  readonly defaultRequest?: Amounts
  readonly maxLimitRequestRatio?: Amounts
}

interface Bound {
  readonly type: string
  readonly name: string
  readonly bound: Quantity
}

/** What of the needs is out of bounds, in Kubernetes' words. */
type Problem = (bound: Bound, needs: Needs) => string | undefined

/** In thousandths, the finest that is told apart. */
const milli = ({ nano }: Quantity): bigint => (nano + 999_999n) / 1_000_000n

const isLess = (a: Quantity, b: Quantity): boolean => milli(a) < milli(b)

const belowMin: Problem = ({ type, name, bound }, { requests, limits }) => {
  const least = `minimum ${name} usage per ${type} is ${formatQuantity(bound)}`
  const [request, limit] = [requests.get(name), limits.get(name)]
  if (request === undefined) return `${least}.  No request is specified`
  if (isLess(request, bound)) return `${least}, but request is ${formatQuantity(request)}`
  if (limit === undefined || !isLess(limit, bound)) return undefined
  return `${least}, but limit is ${formatQuantity(limit)}`
}

const aboveMax: Problem = ({ type, name, bound }, { requests, limits }) => {
  const most = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`
  const [request, limit] = [requests.get(name), limits.get(name)]
  if (limit === undefined) return `${most}.  No limit is specified`
  if (isLess(bound, limit)) return `${most}, but limit is ${formatQuantity(limit)}`
  if (request === undefined || !isLess(bound, request)) return undefined
  return `${most}, but request is ${formatQuantity(request)}`
}

/** Of claims, which have no limits. */
const requestAboveMax: Problem = ({ type, name, bound }, { requests }) => {
  const most = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`
  const request = requests.get(name)
  if (request === undefined) return `${most}.  No request is specified`
  return isLess(bound, request) ? `${most}, but request is ${formatQuantity(request)}` : undefined
}

const aboveRatio: Problem = ({ type, name, bound }, { requests, limits }) => {
  const most = `${name} max limit to request ratio per ${type} is ${formatQuantity(bound)}`
  const [request, limit] = [requests.get(name), limits.get(name)]
  if (request === undefined || milli(request) === 0n)
    return `${most}, but no request is specified or request is 0`
  if (limit === undefined || milli(limit) === 0n)
    return `${most}, but no limit is specified or limit is 0`
  const ratio = Number(milli(limit)) / Number(milli(request))
  return ratio > quantityToNumber(bound)
    ? `${most}, but provided ratio is ${ratio.toFixed(6)}`
    : undefined
}

type Field = 'min' | 'max' | 'maxLimitRequestRatio'
type Checks = readonly (readonly [field: Field, problem: Problem])[]

const ofPods: Checks = [
  ['min', belowMin],
  ['max', aboveMax],
  ['maxLimitRequestRatio', aboveRatio],
]
const ofClaims: Checks = [
  ['min', belowMin],
  ['max', requestAboveMax],
]

const problems = (limit: Limit, needs: Needs, checks: Checks): string[] =>
  checks.flatMap(([field, problem]) =>
    [...quantitiesOf(limit[field])].flatMap(
      ([name, bound]) => problem({ type: limit.type, name, bound }, needs) ?? [],
    ),
  )

/** What the Pod says of itself as a whole goes before what its containers need. */
function podNeeds(spec: JsonObject, field: keyof Needs): Quantities {
  const said = [...needsOf(spec['resources'])[field]].filter(([name]) => ofWholePods.includes(name))
  return new Map([...containersNeed(spec, field), ...said])
}

/** What a LimitRange has against a Pod. */
export const podProblems = (limits: readonly Limit[], spec: JsonObject): string[] =>
  limits.flatMap((limit) => {
    if (limit.type === 'Container')
      return ['containers', 'initContainers'].flatMap((field) =>
        listOf(spec, field).flatMap(({ resources }) => problems(limit, needsOf(resources), ofPods)),
      )
    if (limit.type !== 'Pod') return []
    const needs = { requests: podNeeds(spec, 'requests'), limits: podNeeds(spec, 'limits') }
    return problems(limit, needs, ofPods)
  })

/** What a LimitRange has against a claim, which is judged by its requests alone. */
export const claimProblems = (limits: readonly Limit[], spec: JsonObject): string[] => {
  const needs = { requests: needsOf(spec['resources']).requests, limits: new Map() }
  return limits
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((limit) => problems(limit, needs, ofClaims))
}
