import { Optional, type ParseResult } from '@marcbachmann/cel-js'
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  required,
} from '../../errors/field-error.ts'
import { isEqual, isObject } from '../../patch/json-value.ts'
import {
  correlatedItem,
  fieldSchema,
  isEmbedded,
  joinField,
  type JsonSchema,
  type ValidationRule,
} from '../json-schema.ts'
import { evaluationMessage, noOverload } from './evaluation-error.ts'
import { fieldPathOf } from './field-path.ts'
import { declaredType } from './declared-type.ts'
import { type CompiledRule, compileRule } from './rules.ts'
import { celValue } from './values.ts'

/** What all rules of one write may cost (apiserver's RuntimeCELCostBudget), by estimates over the values at hand; what might cost more is refused unevaluated. */
const budget = 10_000_000

const compiled = new WeakMap<ValidationRule, CompiledRule | Error>()

function compiledRule(rule: ValidationRule, { schema, isResource }: Place): CompiledRule | Error {
  const known = compiled.get(rule)
  if (known !== undefined) return known
  let made: CompiledRule | Error
  try {
    const type = declaredType(schema, isResource)
    if (type === undefined) throw new Error('rules cannot see such values')
    made = compileRule(rule, type)
  } catch (err) {
    made = err instanceof Error ? err : new Error(String(err))
  }
  compiled.set(rule, made)
  return made
}

interface Walk {
  readonly errors: FieldError[]
  remaining: number
}

/** What the rules of a schema (x-kubernetes-validations) refuse of a value; `old` is what was there before, undefined for a new object. */
export function validateRules(schema: JsonSchema, value: unknown, old: unknown): FieldError[] {
  const walk: Walk = { errors: [], remaining: budget }
  walkRules(walk, { schema, path: '', isResource: true }, { value, old })
  return walk.errors
}

interface Place {
  readonly schema: JsonSchema
  readonly path: string
  readonly isResource: boolean
}

interface Values {
  readonly value: unknown
  readonly old: unknown
}

const withRules = new WeakMap<JsonSchema, boolean>()

/** False when neither the schema nor anything within it has a rule. */
export function hasRules(schema: JsonSchema): boolean {
  const known = withRules.get(schema)
  if (known !== undefined) return known
  const { properties = {}, items, additionalProperties, allOf = [] } = schema
  const inner = [...Object.values(properties), ...allOf]
  if (items !== undefined) inner.push(items)
  if (typeof additionalProperties === 'object') inner.push(additionalProperties)
  const found = (schema['x-kubernetes-validations'] ?? []).length > 0 || inner.some(hasRules)
  withRules.set(schema, found)
  return found
}

function walkRules(walk: Walk, place: Place, values: Values): void {
  const { schema, path } = place
  const { value, old } = values
  if (walk.remaining < 0 || value === null || value === undefined || !hasRules(schema)) return
  for (const rule of schema['x-kubernetes-validations'] ?? []) applyRule(walk, place, values, rule)
  for (const one of schema.allOf ?? []) walkRules(walk, { ...place, schema: one }, values)
  if (Array.isArray(value)) {
    const { items } = schema
    if (items === undefined) return
    for (const [i, item] of value.entries()) {
      const before = correlatedItem(schema, old, item)
      const at = { schema: items, path: `${path}[${i}]`, isResource: isEmbedded(items) }
      walkRules(walk, at, { value: item, old: before })
    }
  } else if (isObject(value)) {
    for (const [field, inner] of Object.entries(value)) {
      const known = fieldSchema(schema, field)
      if (known === undefined) continue
      const before = isObject(old) && Object.hasOwn(old, field) ? old[field] : undefined
      const isNamed = Object.hasOwn(schema.properties ?? {}, field)
      const below = isNamed ? joinField(path, field) : `${path}[${field}]`
      const at = { schema: known, path: below, isResource: isEmbedded(known) }
      walkRules(walk, at, { value: inner, old: before })
    }
  }
}

const withType = (schema: JsonSchema, detail: string, path: string): FieldError =>
  invalid(path, schema.type ?? '', detail)

/** Refusals of objects and lists do not show them. */
function refusal(place: Place, value: unknown, rule: ValidationRule, detail: string): FieldError {
  const below = rule.fieldPath === undefined ? '' : fieldPathOf(place.schema, rule.fieldPath)
  const path = joinPath(place.path, below ?? '')
  const { reason } = rule
  if (reason === 'FieldValueForbidden') return forbidden(path, detail)
  if (reason === 'FieldValueRequired') return required(path, detail)
  const isWhole = place.schema.type === 'object' || place.schema.type === 'array'
  if (reason === 'FieldValueDuplicate') {
    return isWhole
      ? { type: 'FieldValueDuplicate', field: path, message: 'Duplicate value' }
      : duplicate(path, value)
  }
  if (!isWhole) return invalid(path, value, detail)
  return { type: 'FieldValueInvalid', field: path, message: `Invalid value: ${detail}` }
}

const joinPath = (path: string, below: string): string =>
  path === '' || below === '' || below.startsWith('[') ? path + below : `${path}.${below}`

function applyRule(walk: Walk, place: Place, values: Values, rule: ValidationRule): void {
  const { schema, path, isResource } = place
  const { value, old } = values
  const made = compiledRule(rule, place)
  if (made instanceof Error) {
    walk.errors.push(withType(schema, `rule compile error: ${evaluationMessage(made)}`, path))
    return
  }
  const isOptional = rule.optionalOldSelf === true
  if (made.usesOldSelf && old === undefined && !isOptional) return
  // What has not changed is not judged again.
  if (!made.usesOldSelf && old !== undefined && isEqual(value, old)) return
  const before = old === undefined ? undefined : celValue(schema, old, isResource)
  const context = {
    self: celValue(schema, value, isResource),
    oldSelf: isOptional ? (before === undefined ? Optional.none() : Optional.of(before)) : before,
  }
  walk.remaining -= made.costOf([context.self, before])
  if (walk.remaining < 0) {
    const why =
      'validation failed due to running out of cost budget, no further validation rules will be run'
    walk.errors.push(withType(schema, why, path))
    return
  }
  try {
    if (made.evaluate(context) === true) return
    const said = made.message === undefined ? undefined : messageOf(made.message, context)
    const detail = said ?? rule.message ?? `failed rule: ${rule.rule.trim()}`
    walk.errors.push(refusal(place, value, rule, detail))
  } catch (last) {
    const said = evaluationMessage(made.failureOf(last, context))
    walk.errors.push(withType(schema, failureText(said, rule), path))
  }
}

function failureText(said: string, rule: ValidationRule): string {
  const shown = rule.message ?? rule.rule.trim()
  return said === noOverload
    ? `'${said}': call arguments did not match a supported operator, function or macro signature for rule: ${shown}`
    : `${said} evaluating rule: ${shown}`
}

/** A message that cannot be computed, or is none, gives way to the plain one. */
function messageOf(expression: ParseResult, context: Record<string, unknown>): string | undefined {
  try {
    const text: unknown = expression(context)
    return typeof text === 'string' && text.trim() !== '' ? text : undefined
  } catch {
    return undefined
  }
}
