import { duplicate, type FieldError, required } from '../errors/field-error.ts'
import { sortedJson, isObject } from '../patch/json-value.ts'
import { fieldSchema, isEmbedded, joinField, type JsonSchema } from './json-schema.ts'

/** What schemas cannot say of values: items of sets and of lists by key are there once, and embedded resources have a type. */
export function validateShape(schema: JsonSchema, value: unknown, path: string): FieldError[] {
  if (isObject(value)) {
    const errors = isEmbedded(schema) ? embeddedErrors(value, path) : []
    for (const [field, inner] of Object.entries(value)) {
      const known = fieldSchema(schema, field)
      if (known !== undefined) errors.push(...validateShape(known, inner, joinField(path, field)))
    }
    return errors
  }
  if (!Array.isArray(value)) return []
  const errors = duplicates(schema, value, path)
  const { items } = schema
  if (items === undefined) return errors
  return [
    ...errors,
    ...value.flatMap((item: unknown, i) => validateShape(items, item, `${path}[${i}]`)),
  ]
}

const embeddedErrors = (object: Readonly<Record<string, unknown>>, path: string): FieldError[] =>
  ['apiVersion', 'kind']
    .filter((field) => (object[field] ?? '') === '')
    .map((field) => required(joinField(path, field)))

function duplicates(schema: JsonSchema, list: readonly unknown[], path: string): FieldError[] {
  const type = schema['x-kubernetes-list-type']
  if (type !== 'set' && type !== 'map') return []
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const seen = new Set<string>()
  const errors: FieldError[] = []
  for (const [i, item] of list.entries()) {
    if (type === 'map' && !isObject(item)) continue
    const identity =
      type === 'set' || !isObject(item)
        ? item
        : Object.fromEntries(
            keys
              .map((key) => [key, item[key] ?? schema.items?.properties?.[key]?.default] as const)
              .filter(([, value]) => value !== undefined),
          )
    const text = sortedJson(identity)
    if (seen.has(text)) errors.push(duplicate(`${path}[${i}]`, identity))
    seen.add(text)
  }
  return errors
}
