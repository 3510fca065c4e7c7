import { forbidden, invalid, required, tooLong } from '#apimachinery/errors/field-error.ts'
import type { FieldError } from '#apimachinery/errors/field-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { isEqual } from '../equality.ts'
import { scalarText } from '../field-label.ts'
import type { Strategy } from '../strategy.ts'
import { maxDataBytes } from './config-map.ts'

interface Secret extends ApiObject {
  type?: string
  data?: Record<string, string | null>
  stringData?: Record<string, string>
  immutable?: boolean
}

/** stringData is write-only: it ends in data, base64, and wins over it. */
function mergeStringData(secret: Secret): void {
  const { stringData } = secret
  delete secret.stringData
  if (stringData === undefined) return
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(value).toString('base64'),
  ])
  secret.data = { ...secret.data, ...Object.fromEntries(encoded) }
}

const decodedBytes = (base64: string): number => Buffer.byteLength(base64, 'base64')

/** Keys are judged with the schema. */
function validateSecret(secret: Secret): FieldError[] {
  const data = secret.data ?? {}
  const errors: FieldError[] = []
  const total = Object.values(data).reduce((sum, value) => sum + decodedBytes(value ?? ''), 0)
  if (total > maxDataBytes) errors.push(tooLong('data', maxDataBytes))
  if (secret.type === 'kubernetes.io/service-account-token') {
    const account = secret.metadata.annotations?.['kubernetes.io/service-account.name'] ?? ''
    if (account === '') {
      errors.push(required('metadata.annotations[kubernetes.io/service-account.name]'))
    }
  }
  return errors
}

export const secretStrategy: Strategy = {
  group: '',
  resource: 'secrets',
  fields: { type: (object) => scalarText(object['type']) },
  prepareForCreate: (object) => mergeStringData(object),
  prepareForUpdate(object, old) {
    mergeStringData(object)
    // An absent type means "as it is", although decoding has made it Opaque.
    if (object['type'] === undefined) object['type'] = old['type']
  },
  validate: (object) => validateSecret(object),
  validateUpdate(object, old) {
    const errors: FieldError[] = []
    if (object['type'] !== old['type']) {
      errors.push(invalid('type', object['type'], 'field is immutable'))
    }
    if (old['immutable'] === true) {
      if (object['immutable'] !== true) {
        errors.push(forbidden('immutable', 'field is immutable when `immutable` is set'))
      }
      if (!isEqual(object['data'] ?? {}, old['data'] ?? {})) {
        errors.push(forbidden('data', 'field is immutable when `immutable` is set'))
      }
    }
    return errors
  },
}
