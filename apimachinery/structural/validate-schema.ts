import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../errors/field-error.ts'
import { isEqual, isObject } from '../patch/json-value.ts'
import { fillDefaults } from './defaulting.ts'
import { isEmbedded, type JsonSchema, keepsUnknown } from './json-schema.ts'
import { prune } from './prune.ts'
import { ruleErrors } from './cel/definition-rules.ts'
import { listTypeErrors, mapTypeErrors, within } from './validate-extensions.ts'
import { patternOf } from './patterns.ts'
import { validateValue } from './validate-value.ts'

type Level = 'root' | 'item' | 'field'

/** What keeps a schema from being structural (KEP-95), what its extensions may not say, and rules that do not compile; what rules cost is not asked when the schema `isKnown` to be accepted. */
export function validateSchema(schema: JsonSchema, path: string, isKnown = false): FieldError[] {
  const structural = structuralErrors(schema, { level: 'root', path })
  const errors = [...structural].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
  if (errors.length === 0) errors.push(...defaultErrors(schema, path))
  errors.push(...schemaErrors(schema, { path, isRoot: true }))
  if (errors.length === 0 && namesItsSchema(schema)) {
    errors.push(invalid(path, '', "OpenAPIV3Schema 'schema' is not supported"))
  }
  return errors.length === 0 ? ruleErrors(schema, path, isKnown) : errors
}

const namesItsSchema = (schema: JsonSchema): boolean =>
  (schema.$schema ?? '') !== '' || within(schema).some(([, one]) => namesItsSchema(one))

const textOf = ({ field, message }: FieldError): string => `${field}: ${message}`

interface At {
  readonly level: Level
  readonly path: string
}

const emptyType: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}

const intOrString: JsonSchema[] = [{ type: 'integer' }, { type: 'string' }]

function structuralErrors(schema: JsonSchema, { level, path }: At): FieldError[] {
  const { type, items, properties = {}, additionalProperties } = schema
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true
  const errors: FieldError[] = []
  if (type === 'array' && items === undefined) {
    errors.push(required(`${path}.items`, 'must be specified'))
  }
  if (items !== undefined) {
    errors.push(...structuralErrors(items, { level: 'item', path: `${path}.items` }))
  }
  for (const [name, property] of Object.entries(properties)) {
    if (level === 'root' && name === 'metadata') continue
    const at = { level: 'field', path: `${path}.properties[${name}]` } as const
    errors.push(...structuralErrors(property, at))
  }
  if (additionalProperties !== undefined && level === 'root') {
    errors.push(forbidden(`${path}.additionalProperties`, 'must not be used at the root'))
  }
  if (typeof additionalProperties === 'object') {
    const at = { level: 'field', path: `${path}.additionalProperties` } as const
    errors.push(...structuralErrors(additionalProperties, at))
  }
  if (isIntOrString && keepsUnknown(schema)) {
    const field = `${path}.x-kubernetes-preserve-unknown-fields`
    errors.push(invalid(field, true, 'must be false if x-kubernetes-int-or-string is true'))
  }
  if (isIntOrString && isEmbedded(schema)) {
    const field = `${path}.x-kubernetes-embedded-resource`
    errors.push(invalid(field, true, 'must be false if x-kubernetes-int-or-string is true'))
  }
  errors.push(...junctorErrors(schema, schema, { level, path }))
  if (isEmbedded(schema) && type !== 'object') {
    const why = 'must be object if x-kubernetes-embedded-resource is true'
    const field = `${path}.type`
    errors.push(type === undefined ? required(field, why) : invalid(field, type, why))
  } else if (type === undefined && !isIntOrString && !keepsUnknown(schema)) {
    errors.push(required(`${path}.type`, emptyType[level]))
  }
  if (level === 'root' && type !== undefined && type !== 'object') {
    errors.push(invalid(`${path}.type`, type, 'must be object at the root'))
  }
  if (level === 'root') errors.push(...metadataErrors(properties['metadata'], path))
  if (isEmbedded(schema) && !keepsUnknown(schema) && Object.keys(properties).length === 0) {
    const why =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'
    errors.push(required(`${path}.properties`, why))
  }
  return errors
}

/** At the root metadata is implied; a schema may restrict names. */
function metadataErrors(metadata: JsonSchema | undefined, path: string): FieldError[] {
  if (metadata === undefined) return []
  const field = `${path}.properties[metadata]`
  const errors =
    metadata.type === 'object'
      ? []
      : [invalid(`${field}.type`, metadata.type ?? '', 'must be object')]
  const {
    type: _type,
    default: _default,
    description: _d,
    ...rest
  } = metadata as Record<string, unknown>
  const properties = Object.keys((rest['properties'] ?? {}) as object)
  const isRestricting = properties.every((name) => name === 'name' || name === 'generateName')
  if (properties.length > 0 && isRestricting) delete rest['properties']
  if (Object.keys(rest).length > 0) {
    const why =
      'must not specify anything other than name and generateName, but metadata is implicitly specified'
    errors.push(forbidden(field, why))
  }
  return errors
}

const junctors = ['allOf', 'anyOf', 'oneOf'] as const

function junctorErrors(whole: JsonSchema, schema: JsonSchema, { level, path }: At): FieldError[] {
  const errors: FieldError[] = []
  const { pattern, not } = schema
  if (pattern !== undefined) {
    try {
      patternOf(pattern)
    } catch (err) {
      const why = err instanceof Error ? err.message : String(err)
      const detail = `must be a valid regular expression, but isn't: ${why}`
      errors.push(invalid(`${path}.pattern`, pattern, detail))
    }
  }
  const isIntOrString = whole['x-kubernetes-int-or-string'] === true
  for (const junctor of junctors) {
    if (junctor === 'anyOf' && isIntOrString && isEqual(schema.anyOf, intOrString)) continue
    for (const [i, one] of (schema[junctor] ?? []).entries()) {
      errors.push(...nestedErrors(whole, one, { level, path: `${path}.${junctor}[${i}]` }))
    }
  }
  if (not !== undefined) errors.push(...nestedErrors(whole, not, { level, path: `${path}.not` }))
  return errors
}

/** Extensions and annotations belong outside of the junctors, where every value has them. */
const forbiddenNested: readonly (keyof JsonSchema)[] = [
  'default',
  'nullable',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
]

function nestedErrors(whole: JsonSchema, nested: JsonSchema, at: At): FieldError[] {
  const { path } = at
  const errors = junctorErrors(whole, nested, at)
  const isIntOrString = whole['x-kubernetes-int-or-string'] === true
  if (nested.type !== undefined && !(isIntOrString && isEqual(nested.anyOf, intOrString))) {
    errors.push(forbidden(`${path}.type`, 'must be empty to be structural'))
  }
  if (nested.additionalProperties !== undefined) {
    errors.push(forbidden(`${path}.additionalProperties`, 'must be undefined to be structural'))
  }
  for (const field of forbiddenNested) {
    if (nested[field] === undefined || nested[field] === false) continue
    const what = field === 'nullable' || field.startsWith('x-') ? 'false' : 'undefined'
    const isList = field === 'x-kubernetes-list-map-keys' || field === 'x-kubernetes-validations'
    const why = isList ? 'must be empty' : `must be ${what}`
    errors.push(forbidden(`${path}.${field}`, `${why} to be structural`))
  }
  const known = whole.properties ?? {}
  for (const [name, property] of Object.entries(nested.properties ?? {})) {
    const field = `${path}.properties[${name}]`
    const outside = Object.hasOwn(known, name) ? known[name] : undefined
    if (outside === undefined && whole.properties !== undefined) {
      const place = field.replace(/\.(allOf|anyOf|oneOf)\[\d+\]|\.not(?=\.)/g, '')
      errors.push(required(place, `because it is defined in ${field}`))
    }
    errors.push(...nestedErrors(outside ?? {}, property, { level: 'field', path: field }))
  }
  if (nested.items !== undefined) {
    const at = { level: 'item', path: `${path}.items` } as const
    errors.push(...nestedErrors(whole.items ?? {}, nested.items, at))
  }
  return errors
}

/** Defaults are valid values of their schema, and pruned. */
function defaultErrors(schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (schema.default !== undefined) {
    const field = `${path}.default`
    const value = structuredClone(schema.default)
    fillDefaults(schema, value)
    if (isObject(value)) {
      const before = structuredClone(value)
      if (prune(schema, value, isEmbedded(schema)).length > 0) {
        errors.push(invalid(field, before, 'must not have unknown fields'))
      }
    }
    for (const error of validateValue(schema, value, { path: '', old: undefined })) {
      errors.push({ ...error, field: error.field === '' ? field : `${field}.${error.field}` })
    }
  }
  for (const [below, one] of within(schema)) errors.push(...defaultErrors(one, path + below))
  return errors
}

const unsupported = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies']

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string']

function schemaErrors(
  schema: JsonSchema,
  { path, isRoot }: { readonly path: string; readonly isRoot: boolean },
): FieldError[] {
  const errors: FieldError[] = []
  const { type, uniqueItems, additionalProperties, properties = {} } = schema
  if (type !== undefined && !types.includes(type)) {
    errors.push(notSupported(`${path}.type`, type, types))
  }
  if (isRoot && schema.nullable === true) {
    errors.push(forbidden(`${path}.nullable`, 'nullable cannot be true at the root'))
  }
  if (schema.$ref !== undefined) errors.push(forbidden(`${path}.$ref`, '$ref is not supported'))
  if (uniqueItems === true) {
    const why = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
    errors.push(forbidden(`${path}.uniqueItems`, why))
  }
  for (const field of unsupported) {
    const value = (schema as Readonly<Record<string, unknown>>)[field]
    if (value === undefined || value === '') continue
    errors.push(forbidden(`${path}.${field}`, `${field} is not supported`))
  }
  if (additionalProperties !== undefined && additionalProperties !== true) {
    if (Object.keys(properties).length > 0) {
      const why = 'additionalProperties and properties are mutual exclusive'
      errors.push(forbidden(`${path}.additionalProperties`, why))
    }
  }
  for (const [below, one] of within(schema)) {
    errors.push(...schemaErrors(one, { path: path + below, isRoot: false }))
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    const field = `${path}.x-kubernetes-preserve-unknown-fields`
    errors.push(invalid(field, false, 'must be true or undefined'))
  }
  errors.push(...mapTypeErrors(schema, path), ...listTypeErrors(schema, path))
  return errors
}
