import { type FieldError, forbidden, tooLong } from '#apimachinery/errors/field-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { isEqual } from '../equality.ts'
import type { Strategy } from '../strategy.ts'

/** Sum of the values of a ConfigMap or Secret. */
export const maxDataBytes = 1024 * 1024

interface ConfigMap extends ApiObject {
  data?: Record<string, string>
  binaryData?: Record<string, string>
  immutable?: boolean
}

/** Keys are judged with the schema. */
function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const total =
    Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value), 0) +
    Object.values(binaryData).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0)
  return total > maxDataBytes ? [tooLong('[]', maxDataBytes)] : []
}

export const configMapStrategy: Strategy = {
  group: '',
  resource: 'configmaps',
  validate: (object) => validateConfigMap(object),
  validateUpdate(object, old) {
    if (old['immutable'] !== true) return []
    const errors: FieldError[] = []
    const frozen = 'field is immutable when `immutable` is set'
    if (object['immutable'] !== true) errors.push(forbidden('immutable', frozen))
    for (const field of ['data', 'binaryData']) {
      if (!isEqual(object[field] ?? {}, old[field] ?? {})) errors.push(forbidden(field, frozen))
    }
    return errors
  },
}
