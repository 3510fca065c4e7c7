import { type FieldError, invalid } from '../errors/field-error.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import { hasRules, validateRules } from './cel/validate-rules.ts'
import type { JsonSchema } from './json-schema.ts'
import { validateShape } from './validate-lists.ts'
import { validateValue } from './validate-value.ts'

/** Rules are not evaluated over values that are not what their schema says. */
const blocking: ReadonlySet<string> = new Set([
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])

const notChecked =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation'

/** Everything that the schema of a custom resource refuses of it, as a Kubernetes server says it. */
export function validateCustom(
  schema: JsonSchema,
  object: Readonly<JsonObject>,
  old?: Readonly<JsonObject>,
): FieldError[] {
  const errors = [
    ...validateValue(schema, object, { path: '', old }),
    ...validateShape(schema, object, ''),
  ]
  if (!hasRules(schema)) return errors
  if (errors.some(({ type }) => blocking.has(type))) {
    return [...errors, invalid('<nil>', null, notChecked)]
  }
  return [...errors, ...validateRules(schema, object, old)]
}
