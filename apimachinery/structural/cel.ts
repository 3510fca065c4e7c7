import { type ASTNode, type Environment, Optional, type ParseResult } from '@marcbachmann/cel-js'
import { duplicate, type FieldError, forbidden, invalid, required } from '../errors/field-error.ts'
import { isEqual, isObject } from '../patch/json-value.ts'
import { isNode, undefinedField } from './cel-fields.ts'
import { createEnvironment } from './cel-functions.ts'
import { celValue } from './cel-values.ts'
import {
  correlatedItem,
  fieldSchema,
  joinField,
  type JsonSchema,
  type ValidationRule,
} from './json-schema.ts'

interface CompiledRule {
  readonly rule: ValidationRule
  readonly evaluate: ParseResult
  readonly message: ParseResult | undefined
  readonly usesOldSelf: boolean
  /** Nodes of the expression, and how deep macros stand in macros. */
  readonly nodes: number
  readonly depth: number
}

/** Steps of evaluation that all rules of one write may take; what might take more is refused unevaluated. */
const budget = 10_000_000

const environments = {
  plain: createEnvironment('dyn'),
  optional: createEnvironment('optional<dyn>'),
}

const macros: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])

function measure(value: unknown): { nodes: number; depth: number; usesOldSelf: boolean } {
  const parts = Array.isArray(value)
    ? value.map(measure)
    : isNode(value)
      ? [measure(value.args)]
      : []
  const isMacro = isNode(value) && value.op === 'rcall' && macros.has(String(value.args[0]))
  return {
    nodes: parts.reduce((sum, part) => sum + part.nodes, isNode(value) ? 1 : 0),
    depth: Math.max(0, ...parts.map((part) => part.depth)) + (isMacro ? 1 : 0),
    usesOldSelf:
      (isNode(value) && value.op === 'id' && value.args === 'oldSelf') ||
      parts.some((part) => part.usesOldSelf),
  }
}

/** The first has(…) of something else than fields of a variable: the library's has() takes nothing else. */
function otherHas(value: unknown): { readonly call: ASTNode; readonly of: ASTNode } | undefined {
  if (Array.isArray(value)) {
    for (const one of value) {
      const found = otherHas(one)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (!isNode(value)) return undefined
  if (value.op === 'call' && value.args[0] === 'has') {
    const [of] = value.args[1]
    let root = of
    while (root?.op === '.' || root?.op === '.?') root = root.args[0]
    if (of?.op === '.' && root?.op !== 'id') return { call: value, of }
  }
  return otherHas(value.args)
}

/** The same expression with `x[0].?a.hasValue()` for `has(x[0].a)`. */
function withPlainHas(env: Environment, expression: string): string {
  let text = expression
  for (;;) {
    const found = otherHas(env.parse(text).ast)
    if (found?.of.op !== '.') return text
    const { call, of } = found
    const [inner, field] = of.args
    const plain = `${text.slice(inner.start, inner.end)}.?${field}.hasValue()`
    text = text.slice(0, call.start) + plain + text.slice(call.end)
  }
}

/** Compiles a rule, and checks the fields it asks for where its schema is given; throws Error with what is wrong in it. */
export function compileRule(
  rule: ValidationRule,
  of?: { readonly schema: JsonSchema; readonly isResource: boolean },
): CompiledRule {
  const env = rule.optionalOldSelf === true ? environments.optional : environments.plain
  const evaluate = env.parse(withPlainHas(env, rule.rule))
  const checked = evaluate.check()
  if (!checked.valid) throw checked.error
  if (checked.type !== 'bool' && checked.type !== 'dyn') {
    throw new Error('cel expression must evaluate to a bool')
  }
  const field =
    of && undefinedField(evaluate.ast, { ...of, oldSelf: rule.optionalOldSelf !== true })
  if (field !== undefined) throw new Error(`undefined field '${field}'`)
  const { messageExpression } = rule
  const message =
    messageExpression === undefined ? undefined : env.parse(withPlainHas(env, messageExpression))
  return { rule, evaluate, message, ...measure(evaluate.ast) }
}

const compiled = new WeakMap<ValidationRule, CompiledRule | Error>()

function compiledRule(rule: ValidationRule): CompiledRule | Error {
  const known = compiled.get(rule)
  if (known !== undefined) return known
  let made: CompiledRule | Error
  try {
    made = compileRule(rule)
  } catch (err) {
    made = err instanceof Error ? err : new Error(String(err))
  }
  compiled.set(rule, made)
  return made
}

/** How many values there are: the bound of what one macro walks. */
function sizeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, one) => sum + sizeOf(one), 1)
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
      const at = { schema: items, path: `${path}[${i}]`, isResource: false }
      walkRules(walk, at, { value: item, old: before })
    }
  } else if (isObject(value)) {
    for (const [field, inner] of Object.entries(value)) {
      const known = fieldSchema(schema, field)
      if (known === undefined) continue
      const before = isObject(old) && Object.hasOwn(old, field) ? old[field] : undefined
      const at = { schema: known, path: joinField(path, field), isResource: false }
      walkRules(walk, at, { value: inner, old: before })
    }
  }
}

const withType = (schema: JsonSchema, detail: string, path: string): FieldError =>
  invalid(path, schema.type ?? '', detail)

/** Refusals of objects and lists do not show them. */
function refusal(place: Place, value: unknown, rule: ValidationRule, detail: string): FieldError {
  const path = rule.fieldPath === undefined ? place.path : joinPath(place.path, rule.fieldPath)
  const { reason } = rule
  if (reason === 'FieldValueForbidden') return forbidden(path, detail)
  if (reason === 'FieldValueRequired') return required(path, detail)
  if (reason === 'FieldValueDuplicate') return duplicate(path, value)
  const isWhole = place.schema.type === 'object' || place.schema.type === 'array'
  if (!isWhole) return invalid(path, value, detail)
  return { type: 'FieldValueInvalid', field: path, message: `Invalid value: ${detail}` }
}

const joinPath = (path: string, below: string): string =>
  path === '' ? below.replace(/^\./, '') : path + below

function applyRule(walk: Walk, place: Place, values: Values, rule: ValidationRule): void {
  const { schema, path, isResource } = place
  const { value, old } = values
  const made = compiledRule(rule)
  if (made instanceof Error) {
    walk.errors.push(withType(schema, `rule compile error: ${firstLine(made)}`, path))
    return
  }
  const isOptional = rule.optionalOldSelf === true
  if (made.usesOldSelf && old === undefined && !isOptional) return
  // What has not changed is not judged again.
  if (!made.usesOldSelf && old !== undefined && isEqual(value, old)) return
  const size = Math.max(2, sizeOf(value))
  walk.remaining -= made.nodes * size ** made.depth
  if (walk.remaining < 0) {
    const why =
      'validation failed due to running out of cost budget, no further validation rules will be run'
    walk.errors.push(withType(schema, why, path))
    return
  }
  const before = old === undefined ? undefined : celValue(schema, old, isResource)
  const context = {
    self: celValue(schema, value, isResource),
    oldSelf: isOptional ? (before === undefined ? Optional.none() : Optional.of(before)) : before,
  }
  try {
    if (made.evaluate(context) === true) return
    const said = made.message === undefined ? undefined : messageOf(made.message, context)
    const detail = said ?? rule.message ?? `failed rule: ${rule.rule.trim()}`
    walk.errors.push(refusal(place, value, rule, detail))
  } catch (err) {
    const why = `${firstLine(err)} evaluating rule: ${rule.message ?? rule.rule.trim()}`
    walk.errors.push(withType(schema, why, path))
  }
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

/** The library shows the place in further lines. */
const firstLine = (err: unknown): string =>
  (err instanceof Error ? err.message : String(err)).split('\n', 1)[0] ?? ''
