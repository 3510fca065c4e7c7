import { type FieldError, invalid } from '#apimachinery/errors/field-error.ts'

/** Sum of the values of a ConfigMap or Secret. */
export const maxDataBytes = 1024 * 1024

const keyPattern = /^[-._a-zA-Z0-9]+$/

/** Keys become file names: letters, digits, `-`, `_` and `.`, and nothing that means a folder. */
export function dataKeyErrors(field: string, keys: readonly string[]): FieldError[] {
  return keys.flatMap((key) => {
    const at = `${field}[${key}]`
    if (key.length > 253) return [invalid(at, key, 'must be no more than 253 bytes')]
    if (!keyPattern.test(key)) {
      const why =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
      return [invalid(at, key, why)]
    }
    if (key === '.') return [invalid(at, key, "must not be '.'")]
    if (key === '..') return [invalid(at, key, "must not be '..'")]
    if (key.startsWith('..')) return [invalid(at, key, "must not start with '..'")]
    return []
  })
}
