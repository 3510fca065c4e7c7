import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../errors/field-error.ts'
import { isEmbedded, type JsonSchema, type ValidationRule } from '../json-schema.ts'
import { type DeclaredType, declaredType, maxRequestBytes } from './declared-type.ts'
import { fieldPathOf } from './field-path.ts'
import { judgeRule } from './rules.ts'
import { add, multiply } from './sizes.ts'

/** Most that a rule, and all rules of a schema, may cost by estimate (apiextensions' StaticEstimatedCostLimit and StaticEstimatedCRDCostLimit). */
const ruleLimit = 10_000_000
const schemaLimit = 100_000_000
const mostShown = 4

const reasons = [
  'FieldValueDuplicate',
  'FieldValueForbidden',
  'FieldValueInvalid',
  'FieldValueRequired',
]

/** Where a schema stands within the whole. */
interface Place {
  readonly path: string
  readonly isRoot: boolean
  /** How often values of the schema may be in an object; undefined when an ancestor has no limit. */
  readonly cardinality: number | undefined
  /** The list whose items are not told from those before. */
  readonly uncorrelatable: string | undefined
}

interface Expense {
  readonly field: string
  readonly cost: number
}

/** What is found in a schema and below it. */
interface Findings {
  /** That a rule is not written as one must be. */
  readonly form: FieldError[]
  /** That it is wrong as an expression. */
  readonly meaning: FieldError[]
  readonly expenses: Expense[]
}

/** Rules that say nothing, that do not compile or name what is not there, or that may cost too much. `isUnchanged`: costs of single rules were accepted before. */
export function ruleErrors(schema: JsonSchema, path: string, isUnchanged = false): FieldError[] {
  const { form, meaning, expenses } = judge(schema, {
    path,
    isRoot: true,
    cardinality: 1,
    uncorrelatable: undefined,
  })
  const kept = isUnchanged ? meaning.filter((one) => !isCostError(one)) : meaning
  return [...form, ...kept, ...totalErrors(expenses, path)]
}

const isCostError = ({ type, message }: FieldError): boolean =>
  type === 'FieldValueForbidden' && message.includes(' exceeds budget ')

function totalErrors(expenses: readonly Expense[], path: string): FieldError[] {
  const total = add(...expenses.map(({ cost }) => cost))
  if (total <= schemaLimit) return []
  const why =
    'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema'
  const worst = expenses
    .filter(({ cost }) => cost >= schemaLimit / 100)
    .sort((a, b) => b.cost - a.cost)
    .slice(0, mostShown)
  const name = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema'
  return [
    ...worst.map(({ field }) => forbidden(field, why)),
    forbidden(path, tooExpensive(name, total, schemaLimit)),
  ]
}

function tooExpensive(what: string, cost: number, limit: number): string {
  const factor = cost / limit
  const shown =
    factor > 100
      ? 'more than 100x'
      : factor < 1.5
        ? `${factor.toFixed(6)}x`
        : `${factor.toFixed(1)}x`
  return `${what} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`
}

function judge(schema: JsonSchema, place: Place): Findings {
  const below = childrenOf(schema, place).map(([one, at]) => judge(one, at))
  const findings: Findings = {
    form: below.flatMap(({ form }) => form),
    meaning: below.flatMap(({ meaning }) => meaning),
    expenses: below.flatMap(({ expenses }) => expenses),
  }
  const rules = schema['x-kubernetes-validations'] ?? []
  const named = rules.map((rule, i) => ({
    rule,
    field: `${place.path}.x-kubernetes-validations[${i}]`,
  }))
  for (const { rule, field } of named) findings.form.push(...formErrors(rule, field, schema))
  if (findings.form.length > 0 || rules.length === 0) return findings
  const type = declaredType(schema, place.isRoot || isEmbedded(schema))
  if (type === undefined) {
    const why =
      'internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations'
    const field = `${place.path}.x-kubernetes-validations`
    findings.meaning.push({ type: 'InternalError', field, message: `Internal error: ${why}` })
    return findings
  }
  for (const { rule, field } of named) judgeMeaning({ rule, field, type, place }, findings)
  return findings
}

function childrenOf(schema: JsonSchema, place: Place): [JsonSchema, Place][] {
  const { properties = {}, items, additionalProperties, maxItems, maxProperties } = schema
  const { path, cardinality, uncorrelatable } = place
  const times = (most: number | undefined): number | undefined =>
    cardinality === undefined || most === undefined
      ? undefined
      : multiply(cardinality, Math.max(0, most))
  const found: [JsonSchema, Place][] = []
  const enter = (one: JsonSchema, at: Omit<Place, 'isRoot'>): void => {
    found.push([one, { ...at, isRoot: false }])
  }
  if (typeof additionalProperties === 'object') {
    const at = `${path}.additionalProperties`
    enter(additionalProperties, { path: at, cardinality: times(maxProperties), uncorrelatable })
  }
  for (const [name, property] of Object.entries(properties)) {
    const at = `${path}.properties[${name}]`
    enter(property, { path: at, cardinality, uncorrelatable })
  }
  if (items !== undefined) {
    const within = schema['x-kubernetes-list-type'] === 'map' ? uncorrelatable : path
    const at = `${path}.items`
    enter(items, { path: at, cardinality: times(maxItems), uncorrelatable: within })
  }
  return found
}

function formErrors(rule: ValidationRule, field: string, schema: JsonSchema): FieldError[] {
  const { message = '', messageExpression = '', reason, fieldPath = '' } = rule
  const errors: FieldError[] = []
  const said = message.trim()
  const written = rule.rule.trim()
  if (written === '') errors.push(required(`${field}.rule`, 'rule is not specified'))
  else if (message !== '' && said === '') {
    errors.push(invalid(`${field}.message`, message, 'must be non-empty if specified'))
  } else if (hasLines(said)) {
    errors.push(invalid(`${field}.message`, message, 'must not contain line breaks'))
  } else if (hasLines(written) && said === '') {
    const why = 'message must be specified if rule contains line breaks'
    errors.push(required(`${field}.message`, why))
  }
  if (messageExpression !== '' && messageExpression.trim() === '') {
    const why = 'messageExpression must be non-empty if specified'
    errors.push(required(`${field}.messageExpression`, why))
  }
  if (reason !== undefined && !reasons.includes(reason)) {
    errors.push(notSupported(`${field}.reason`, reason, reasons))
  }
  if (fieldPath === '') return errors
  const refuse = (why: string): void =>
    void errors.push(invalid(`${field}.fieldPath`, fieldPath, why))
  if (fieldPath.trim() === '') refuse('must be non-empty if specified')
  if (hasLines(fieldPath)) refuse('must not contain line breaks')
  if (fieldPathOf(schema, fieldPath) === undefined) refuse('must be a valid path')
  return errors
}

const hasLines = (text: string): boolean => /[\n\r]/.test(text)

/** As upstream shows its own form of a rule. */
const shownRule = (rule: ValidationRule): object => ({
  Rule: rule.rule,
  Message: rule.message ?? '',
  MessageExpression: rule.messageExpression ?? '',
  Reason: rule.reason ?? null,
  FieldPath: rule.fieldPath ?? '',
  OptionalOldSelf: rule.optionalOldSelf ?? null,
})

interface Judged {
  readonly rule: ValidationRule
  readonly field: string
  readonly type: DeclaredType
  readonly place: Place
}

function judgeMeaning({ rule, field, type, place }: Judged, { meaning, expenses }: Findings): void {
  const report = judgeRule(rule, type)
  const { cardinality = Math.floor(maxRequestBytes / (type.minSize + 1)) } = place
  const cost = multiply(report.cost, cardinality)
  if (cost > ruleLimit) {
    meaning.push(forbidden(`${field}.rule`, tooExpensive('estimated rule cost', cost, ruleLimit)))
  }
  expenses.push({ field: `${field}.rule`, cost })
  if (report.error !== undefined)
    meaning.push(invalid(`${field}.rule`, shownRule(rule), report.error))
  const at = `${field}.messageExpression`
  if (report.messageError !== undefined)
    meaning.push(invalid(at, shownRule(rule), report.messageError))
  else if (report.messageCost > ruleLimit) {
    const why = tooExpensive('estimated messageExpression cost', report.messageCost, ruleLimit)
    meaning.push(forbidden(at, why))
  }
  expenses.push({ field: at, cost: report.messageCost })
  if (report.usesOldSelf && place.uncorrelatable !== undefined) {
    const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelatable}`
    meaning.push(invalid(`${field}.rule`, rule.rule, why))
  } else if (!report.usesOldSelf && rule.optionalOldSelf !== undefined) {
    const why = 'may not be set if oldSelf is not used in rule'
    meaning.push(invalid(`${field}.optionalOldSelf`, rule.optionalOldSelf, why))
  }
}
