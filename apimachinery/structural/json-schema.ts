import { isEqual, isObject } from '../patch/json-value.ts'

export interface ValidationRule {
  readonly rule: string
  readonly message?: string
  readonly messageExpression?: string
  readonly reason?:
    'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate'
  readonly fieldPath?: string
  readonly optionalOldSelf?: boolean
}

/** apiextensions.k8s.io/v1 JSONSchemaProps, of which structural schemas are made. */
export interface JsonSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly format?: string
  readonly nullable?: boolean
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly exclusiveMinimum?: boolean
  readonly maximum?: number
  readonly exclusiveMaximum?: boolean
  readonly multipleOf?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly allOf?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly not?: JsonSchema
  readonly $ref?: string
  readonly $schema?: string
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular'
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[]
}

export const keepsUnknown = (schema: JsonSchema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true

export const isEmbedded = (schema: JsonSchema): boolean =>
  schema['x-kubernetes-embedded-resource'] === true

/** The schema of a field; undefined when the schema knows none of it. */
export function fieldSchema(schema: JsonSchema, field: string): JsonSchema | undefined {
  const { properties, additionalProperties } = schema
  if (properties !== undefined && Object.hasOwn(properties, field)) return properties[field]
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

export const joinField = (path: string, field: string): string =>
  path === '' ? field : `${path}.${field}`

/** Every object is a resource or is embedded as one: these fields are known without being declared. */
export const typeFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])

/** What an item of a list by keys was before: the item of the same keys. Items of other lists were nothing. */
export function correlatedItem(schema: JsonSchema, old: unknown, item: unknown): unknown {
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old) || !isObject(item)) return
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  return old.find(
    (one: unknown) => isObject(one) && keys.every((key) => isEqual(one[key], item[key])),
  )
}
