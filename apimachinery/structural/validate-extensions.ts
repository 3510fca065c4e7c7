import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../errors/field-error.ts'
import type { JsonSchema } from './json-schema.ts'

/** The schemas within one, and how they are reached. */
export function within(schema: JsonSchema): [string, JsonSchema][] {
  const { properties = {}, items, additionalProperties } = schema
  const found = Object.entries(properties).map(([name, one]): [string, JsonSchema] => [
    `.properties[${name}]`,
    one,
  ])
  if (items !== undefined) found.push(['.items', items])
  if (typeof additionalProperties === 'object') {
    found.push(['.additionalProperties', additionalProperties])
  }
  return found
}

const typeMust = (path: string, type: string | undefined, why: string): FieldError =>
  type === undefined ? required(`${path}.type`, why) : invalid(`${path}.type`, type, why)

/** What x-kubernetes-map-type may not say. */
export function mapTypeErrors(schema: JsonSchema, path: string): FieldError[] {
  const says = schema['x-kubernetes-map-type']
  if (says === undefined) return []
  const errors =
    schema.type === 'object'
      ? []
      : [typeMust(path, schema.type, 'must be object if x-kubernetes-map-type is specified')]
  const known = ['atomic', 'granular']
  if (!known.includes(says)) {
    errors.push(notSupported(`${path}.x-kubernetes-map-type`, says, known))
  }
  return errors
}

/** What x-kubernetes-list-type and its keys may not say. */
export function listTypeErrors(schema: JsonSchema, path: string): FieldError[] {
  const says = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const field = `${path}.x-kubernetes-list-type`
  const errors: FieldError[] = []
  if (says !== undefined && schema.type !== 'array') {
    const why = 'must be array if x-kubernetes-list-type is specified'
    errors.push(typeMust(path, schema.type, why))
  } else if (says === 'set' && schema.items !== undefined) {
    const { items } = schema
    const why = 'must be atomic as item of a list with x-kubernetes-list-type=set'
    const inner = items['x-kubernetes-list-type']
    if (items.type === 'array' && inner !== undefined && inner !== 'atomic') {
      errors.push(invalid(`${path}.items.x-kubernetes-list-type`, inner, why))
    }
    if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
      errors.push(invalid(`${path}.items.x-kubernetes-map-type`, null, why))
    }
  }
  const known = ['atomic', 'set', 'map']
  if (says !== undefined && !known.includes(says)) errors.push(notSupported(field, says, known))
  if (keys.length > 0 && says !== 'map') {
    const why = 'must be map if x-kubernetes-list-map-keys is non-empty'
    errors.push(says === undefined ? required(field, why) : invalid(field, says, why))
  }
  if (says === 'map') errors.push(...mapKeyErrors(schema, keys, path))
  if ((says === 'map' || says === 'set') && schema.items?.nullable === true) {
    const why = `cannot be nullable when x-kubernetes-list-type is ${says}`
    errors.push(forbidden(`${path}.items.nullable`, why))
  }
  return errors
}

function mapKeyErrors(schema: JsonSchema, keys: readonly string[], path: string): FieldError[] {
  const field = `${path}.x-kubernetes-list-map-keys`
  const { items } = schema
  const errors: FieldError[] = []
  if (keys.length === 0) {
    errors.push(required(field, 'must not be empty if x-kubernetes-list-type is map'))
  }
  if (items === undefined) {
    const why = 'must have a schema if x-kubernetes-list-type is map'
    return [...errors, required(`${path}.items`, why)]
  }
  if (items.type !== 'object') {
    const why = "must be object if parent array's x-kubernetes-list-type is map"
    return [...errors, invalid(`${path}.items.type`, items.type ?? '', why)]
  }
  for (const [i, key] of keys.entries()) {
    const property = items.properties?.[key]
    if (property === undefined) {
      errors.push(invalid(field, keys, 'entries must all be names of item properties'))
    } else {
      const at = `${path}.items.properties[${key}]`
      if (property.type === 'array' || property.type === 'object') {
        const why = "must be a scalar type if parent array's x-kubernetes-list-type is map"
        errors.push(invalid(`${at}.type`, items.type, why))
      }
      const prefix = 'this property is in x-kubernetes-list-map-keys, so it'
      if (items.required?.includes(key) !== true && property.default === undefined) {
        const why = `${prefix} must have a default or be a required property`
        errors.push(required(`${at}.default`, why))
      }
      if (property.nullable === true) {
        errors.push(forbidden(`${at}.nullable`, `${prefix} cannot be nullable`))
      }
    }
    if (keys.indexOf(key) < i)
      errors.push(invalid(field, keys, 'must not contain duplicate entries'))
  }
  return errors
}
