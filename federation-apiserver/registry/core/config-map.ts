import { type FieldError, forbidden, invalid, tooLong } from '#apimachinery/errors/field-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { isEqual } from '../equality.ts'
import type { Strategy } from '../strategy.ts'
import { dataKeyErrors, maxDataBytes } from './data-keys.ts'

interface ConfigMap extends ApiObject {
  data?: Record<string, string>
  binaryData?: Record<string, string>
  immutable?: boolean
}

function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const errors = [
    ...dataKeyErrors('data', Object.keys(data)),
    ...dataKeyErrors('binaryData', Object.keys(binaryData)),
  ]
  for (const key of Object.keys(data)) {
    if (key in binaryData) {
      errors.push(invalid('data', key, 'duplicate of key present in binaryData'))
    }
  }
  const total =
    Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value), 0) +
    Object.values(binaryData).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0)
  if (total > maxDataBytes) errors.push(tooLong('', maxDataBytes))
  return errors
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
