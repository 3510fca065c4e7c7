import { type FieldError, invalid, required } from '../errors/field-error.ts'
import type { GroupVersionKind } from '../meta/group-version.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import { enums } from '../schema/enums.ts'
import { type Limit, limits } from '../schema/limits.ts'
import { mayBeEmpty, mustBeThere } from '../schema/required.ts'
import type { Definitions } from './definition.ts'
import { type Field, type FieldType, structType } from './field-types.ts'
import { rules } from './rules/rules.ts'
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

function validateStruct(walk: Walk, name: string, at: At): void {
  const struct = structType(walk.definitions, name)
  const needs = mustBeThere[name] ?? {}
  for (const field of struct.fields.values()) {
    if (at.path === '' && field.name === 'status') continue
    const path = at.path === '' ? field.name : `${at.path}.${field.name}`
    const value = at.object[field.name]
    const key = `${name}.${field.name}`
    const detail = needs[field.name]
    if (detail !== undefined && isEmpty(value)) walk.errors.push(required(path, detail))
    else if (struct.required.includes(field.name) && isMissing(field, key, value)) {
      walk.errors.push(required(path))
    } else if (value !== undefined) {
      walk.errors.push(...valueErrors(key, path, value))
      validateValue(walk, field.type, { value, path })
    }
  }
  walk.errors.push(...(rules.get(name)?.(at.object, at.path) ?? []))
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

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === '' ||
  value === 0 ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0)

/** Only texts and pointers can be told from what Go writes by itself; a required number may be 0 and a list empty. */
function isMissing({ type, alwaysThere }: Field, key: string, value: unknown): boolean {
  if (mayBeEmpty.has(key)) return false
  if (type.kind === 'string') return value === undefined || value === ''
  return type.kind === 'struct' && !alwaysThere && value === undefined
}

function valueErrors(key: string, path: string, value: unknown): FieldError[] {
  const valid = enums.get(key)
  if (valid !== undefined) {
    if (Array.isArray(value)) {
      return value.flatMap((item: unknown, i) => notOneOf(`${path}[${i}]`, item, valid))
    }
    return notOneOf(path, value, valid)
  }
  const limit = limits.get(key)
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
