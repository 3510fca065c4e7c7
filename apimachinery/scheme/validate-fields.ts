import { type FieldError, invalid, required } from '../errors/field-error.ts'
import type { GroupVersionKind } from '../meta/group-version.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import { enums } from '../schema/enums.ts'
import { type Limit, limits } from '../schema/limits.ts'
import { mayBeEmpty, mustBeThere } from '../schema/required.ts'
import type { Definitions } from './definition.ts'
import { type Field, type FieldType, type StructType, structType } from './field-types.ts'
import { type Rule, rules } from './rules/rules.ts'
import type { Scheme } from './scheme.ts'

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

/**
 * What is wrong with an object that checkFields and applyDefaults have been over: required fields, enums, ranges of numbers, and the
 * rules between fields. `metadata` is left to the caller, `status` is not validated (controllers write it).
 */
export function validateFields(
  scheme: Scheme,
  gvk: GroupVersionKind,
  object: JsonObject,
): FieldError[] {
  const name = scheme.definitionOf(gvk)
  if (name === undefined) return []
  const walk: Walk = { definitions: scheme.definitions, errors: [] }
  validateStruct(walk, name, { object, path: '' })
  return walk.errors
}

interface Walk {
  readonly definitions: Definitions
  readonly errors: FieldError[]
}

interface At {
  object: JsonObject
  path: string
}

interface Check {
  readonly valid?: readonly string[]
  readonly limit?: Limit
}

/** What the tables say of one struct, looked up once. */
interface Plan {
  /** Fields that must be there, with what the message adds, and when they count as missing. */
  readonly needs: readonly {
    name: string
    detail: string
    isMissing: (value: unknown) => boolean
  }[]
  readonly checks: ReadonlyMap<string, Check>
  readonly rule: Rule | undefined
}

const plans = new WeakMap<StructType, Plan>()

function planOf(struct: StructType, name: string): Plan {
  const known = plans.get(struct)
  if (known !== undefined) return known
  const details = mustBeThere[name] ?? {}
  const fields = [...struct.fields.values()]
  const needs = fields.flatMap((field) => {
    const detail = details[field.name]
    if (detail !== undefined) return [{ name: field.name, detail, isMissing: isEmpty }]
    const isRequired =
      struct.required.includes(field.name) && !mayBeEmpty.has(`${name}.${field.name}`)
    const isMissing = isRequired ? missing(field) : undefined
    return isMissing === undefined ? [] : [{ name: field.name, detail: '', isMissing }]
  })
  const checks = new Map<string, Check>()
  for (const field of fields) {
    const valid = enums.get(`${name}.${field.name}`)
    const limit = limits.get(`${name}.${field.name}`)
    if (valid !== undefined) checks.set(field.name, { valid })
    else if (limit !== undefined) checks.set(field.name, { limit })
  }
  const plan = { needs, checks, rule: rules.get(name) }
  plans.set(struct, plan)
  return plan
}

/** Only texts and pointers can be told from what Go writes by itself; a required number may be 0 and a list empty. */
function missing({ type, alwaysThere }: Field): ((value: unknown) => boolean) | undefined {
  if (type.kind === 'string') return (value) => value === undefined || value === ''
  return type.kind === 'struct' && !alwaysThere ? (value) => value === undefined : undefined
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === '' ||
  value === 0 ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0)

const join = (path: string, field: string): string => (path === '' ? field : `${path}.${field}`)

function validateStruct(walk: Walk, name: string, { object, path }: At): void {
  const struct = structType(walk.definitions, name)
  const { needs, checks, rule } = planOf(struct, name)
  const skip = path === '' ? 'status' : undefined
  const absent = needs.filter((n) => n.name !== skip && n.isMissing(object[n.name]))
  for (const { name: field, detail } of absent) {
    walk.errors.push(required(join(path, field), detail))
  }
  for (const key of Object.keys(object)) {
    const field = struct.fields.get(key)
    if (field === undefined || key === skip || absent.some((n) => n.name === key)) continue
    const value = object[key]
    const check = checks.get(key)
    if (check !== undefined) walk.errors.push(...valueErrors(check, join(path, key), value))
    if (typeof value === 'object') validateValue(walk, field.type, { value, path: join(path, key) })
  }
  if (rule !== undefined) walk.errors.push(...rule(object, path))
}

function validateValue(walk: Walk, type: FieldType, at: { value: unknown; path: string }): void {
  const { value, path } = at
  if (typeof value !== 'object' || value === null) return
  if (type.kind === 'struct') {
    if (type.definition === objectMeta || Array.isArray(value)) return
    validateStruct(walk, type.definition, { object: value as JsonObject, path })
  } else if (type.kind === 'list' && Array.isArray(value)) {
    value.forEach((item: unknown, i) =>
      validateValue(walk, type.element, { value: item, path: `${path}[${i}]` }),
    )
  } else if (type.kind === 'map') {
    for (const [key, item] of Object.entries(value)) {
      validateValue(walk, type.value, { value: item, path: `${path}[${key}]` })
    }
  }
}

function valueErrors({ valid, limit }: Check, path: string, value: unknown): FieldError[] {
  if (valid !== undefined) {
    if (!Array.isArray(value)) return notOneOf(path, value, valid)
    return value.flatMap((item: unknown, i) => notOneOf(`${path}[${i}]`, item, valid))
  }
  return limit === undefined || typeof value !== 'number' ? [] : outside(path, value, limit)
}

function notOneOf(field: string, value: unknown, valid: readonly string[]): FieldError[] {
  if (value === '' || typeof value !== 'string' || valid.includes(value)) return []
  const values = valid.map((v) => JSON.stringify(v)).join(', ')
  return [
    {
      type: 'FieldValueNotSupported',
      field,
      message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${values}`,
    },
  ]
}

function outside(field: string, value: number, limit: Limit): FieldError[] {
  if (limit === 'atLeast0') {
    return value >= 0 ? [] : [invalid(field, value, 'must be greater than or equal to 0')]
  }
  if (limit === 'above0') {
    return value > 0 ? [] : [invalid(field, value, 'must be greater than 0')]
  }
  const { min, max } = limit === 'port' ? { min: 1, max: 65535 } : limit
  if (value >= min && value <= max) return []
  return [invalid(field, value, `must be between ${min} and ${max}, inclusive`)]
}
