import {
  type FieldError,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../errors/field-error.ts'
import { isEqual, isObject } from '../patch/json-value.ts'
import { hasFormat } from './formats.ts'
import { matches } from './patterns.ts'
import { correlatedItem, fieldSchema, joinField, type JsonSchema } from './json-schema.ts'

interface Place {
  readonly path: string
  /** What was there before; what has not changed is not judged again (KEP-4008, ratcheting). */
  readonly old: unknown
}

/** What is wrong with a value by its schema, in the words of a Kubernetes server; rules (CEL) and list types are elsewhere. */
export function validateValue(schema: JsonSchema, value: unknown, place: Place): FieldError[] {
  if (place.old !== undefined && isEqual(value, place.old)) return []
  const errors = [...typeErrors(schema, value, place.path), ...junctorErrors(schema, value, place)]
  if (typeof value === 'string') errors.push(...stringErrors(schema, value, place.path))
  if (typeof value === 'number') errors.push(...numberErrors(schema, value, place.path))
  if (Array.isArray(value)) errors.push(...listErrors(schema, value, place))
  if (schema.enum !== undefined && !(value === null && schema.nullable === true)) {
    if (!schema.enum.some((one) => isEqual(one, value))) {
      const shown = schema.enum.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
      errors.push(notSupported(place.path, value, shown))
    }
  }
  if (isObject(value)) errors.push(...objectErrors(schema, value, place))
  return errors
}

const typeInvalid = (path: string, value: unknown, detail: string): FieldError => ({
  ...invalid(path, value, detail),
  type: 'FieldValueTypeInvalid',
})

const said = (path: string, what: string): string => `${path} in body ${what}`

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

function typeErrors(schema: JsonSchema, value: unknown, path: string): FieldError[] {
  const types =
    schema['x-kubernetes-int-or-string'] === true ? ['integer', 'string'] : [schema.type]
  const given = typeOf(value)
  if (types[0] === undefined || types.includes(given as never)) return []
  if (given === 'integer' && types.includes('number')) return []
  if (given === 'null' && schema.nullable === true) return []
  const what = `must be of type ${types.join(',')}: ${JSON.stringify(given)}`
  const error = typeInvalid(path, given, said(path, what))
  if (given !== 'number' || types[0] !== 'integer') return [error]
  const format = schema.format === undefined ? '(default format)' : `with format ${schema.format}`
  const whole = `Checked value must be of type integer ${format} in ${path}`
  return [error, composite(whole)]
}

function stringErrors(schema: JsonSchema, value: string, path: string): FieldError[] {
  const errors: FieldError[] = []
  const { maxLength, minLength, pattern, format } = schema
  const length = Array.from(value).length
  if (maxLength !== undefined && length > maxLength) errors.push(tooLong(path, maxLength))
  if (minLength !== undefined && length < minLength) {
    errors.push(invalid(path, value, said(path, `should be at least ${minLength} chars long`)))
  }
  if (pattern !== undefined && !matches(pattern, value)) {
    errors.push(invalid(path, value, said(path, `should match '${pattern}'`)))
  }
  if (format !== undefined && !hasFormat(value, format)) {
    const what = `must be of type ${format}: ${JSON.stringify(value)}`
    errors.push(typeInvalid(path, value, said(path, what)))
  }
  return errors
}

function numberErrors(schema: JsonSchema, value: number, path: string): FieldError[] {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf } = schema
  const errors: FieldError[] = []
  const refuse = (what: string): void => {
    errors.push(invalid(path, value, said(path, what)))
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    refuse(`should be a multiple of ${multipleOf}`)
  }
  if (maximum !== undefined) {
    if (exclusiveMaximum === true ? value >= maximum : value > maximum) {
      refuse(`should be less than ${exclusiveMaximum === true ? '' : 'or equal to '}${maximum}`)
    }
  }
  if (minimum !== undefined) {
    if (exclusiveMinimum === true ? value <= minimum : value < minimum) {
      refuse(`should be greater than ${exclusiveMinimum === true ? '' : 'or equal to '}${minimum}`)
    }
  }
  return errors
}

function listErrors(schema: JsonSchema, list: readonly unknown[], place: Place): FieldError[] {
  const { path, old } = place
  const { items, minItems, maxItems, uniqueItems } = schema
  const errors: FieldError[] = []
  if (items !== undefined) {
    for (const [i, item] of list.entries()) {
      const at = { path: `${path}[${i}]`, old: correlatedItem(schema, old, item) }
      errors.push(...validateValue(items, item, at))
    }
  }
  if (minItems !== undefined && list.length < minItems) {
    errors.push(invalid(path, list.length, said(path, `should have at least ${minItems} items`)))
  }
  if (maxItems !== undefined && list.length > maxItems) {
    errors.push(tooMany(path, list.length, maxItems))
  }
  if (
    uniqueItems === true &&
    list.some((one, i) => list.slice(0, i).some((o) => isEqual(o, one)))
  ) {
    errors.push(invalid(path, '', said(path, `shouldn't contain duplicates`)))
  }
  return errors
}

function objectErrors(
  schema: JsonSchema,
  object: Readonly<Record<string, unknown>>,
  { path, old }: Place,
): FieldError[] {
  const errors: FieldError[] = []
  const { minProperties, maxProperties } = schema
  const count = Object.keys(object).length
  if (minProperties !== undefined && count < minProperties) {
    const what = `should have at least ${minProperties} properties`
    errors.push(invalid(path, count, said(path, what)))
  }
  if (maxProperties !== undefined && count > maxProperties) {
    errors.push(tooMany(path, count, maxProperties))
  }
  for (const field of schema.required ?? []) {
    if (!Object.hasOwn(object, field) || object[field] === undefined) {
      errors.push(required(joinField(path, field)))
    }
  }
  for (const [field, value] of Object.entries(object)) {
    const known = fieldSchema(schema, field)
    if (known === undefined || value === undefined) continue
    const before = isObject(old) && Object.hasOwn(old, field) ? old[field] : undefined
    errors.push(...validateValue(known, value, { path: joinField(path, field), old: before }))
  }
  return errors
}

/** As upstream, about no field in particular. */
const composite = (detail: string): FieldError => invalid('<nil>', '', detail)

function junctorErrors(schema: JsonSchema, value: unknown, { path }: Place): FieldError[] {
  const errors: FieldError[] = []
  const { anyOf = [], oneOf = [], allOf = [], not } = schema
  const results = (schemas: readonly JsonSchema[]): FieldError[][] =>
    schemas.map((one) => validateValue(one, value, { path, old: undefined }))
  const shown = JSON.stringify(path)
  if (anyOf.length > 0) {
    const found = results(anyOf)
    if (found.every((some) => some.length > 0)) {
      errors.push(composite(`${shown} must validate at least one schema (anyOf)`))
      errors.push(...(found[0] ?? []))
    }
  }
  if (oneOf.length > 0) {
    const found = results(oneOf)
    const valid = found.filter((some) => some.length === 0).length
    if (valid !== 1) {
      const why = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`
      errors.push(composite(`${shown} must validate one and only one schema (oneOf). ${why}`))
      if (valid === 0) errors.push(...(found[0] ?? []))
    }
  }
  if (allOf.length > 0) {
    const found = results(allOf).flat()
    if (found.length > 0) {
      errors.push(...found)
      errors.push(composite(`${shown} must validate all the schemas (allOf)`))
    }
  }
  if (not !== undefined && validateValue(not, value, { path, old: undefined }).length === 0) {
    errors.push(composite(`${shown} must not validate the schema (not)`))
  }
  return errors
}
