/** field.ErrorType of Kubernetes: the `reason` of a Status cause. */
export type FieldErrorType =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueDuplicate'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueNotFound'
  | 'FieldValueTypeInvalid'
  | 'InternalError'

/** One wrong field: path as `spec.ports[0].name`, message as Kubernetes words it without the path. */
export interface FieldError {
  readonly type: FieldErrorType
  readonly field: string
  readonly message: string
}

const controls: Readonly<Record<string, string>> = { '07': '\\a', '0b': '\\v' }

/** A string as Go's `%q` writes it. */
const quote = (text: string): string =>
  JSON.stringify(text)
    .replaceAll('\x7f', '\\u007f')
    .replace(/(?<!\\)((?:\\\\)*)\\u00([01].|7f)/g, (_, before: string, code: string) => {
      return before + (controls[code] ?? `\\x${code}`)
    })

/** JSON as Go writes it, safe within HTML. */
const json = (value: unknown): string =>
  (JSON.stringify(value) ?? 'null').replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

const show = (value: unknown): string => (typeof value === 'string' ? quote(value) : json(value))

export const required = (field: string, detail = ''): FieldError => ({
  type: 'FieldValueRequired',
  field,
  message: `Required value${detail === '' ? '' : `: ${detail}`}`,
})

export const invalid = (field: string, value: unknown, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${show(value)}${detail === '' ? '' : `: ${detail}`}`,
})

/** Of a value that messages do not show. */
export const invalidHidden = (field: string, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${detail}`,
})

export const notSupported = (
  field: string,
  value: unknown,
  valid: readonly string[],
): FieldError => ({
  type: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${show(value)}: supported values: ${valid.map(show).join(', ')}`,
})

export const forbidden = (field: string, detail: string): FieldError => ({
  type: 'FieldValueForbidden',
  field,
  message: `Forbidden: ${detail}`,
})

export const duplicate = (field: string, value: unknown): FieldError => ({
  type: 'FieldValueDuplicate',
  field,
  message: `Duplicate value: ${show(value)}`,
})

export const notFound = (field: string, value: unknown): FieldError => ({
  type: 'FieldValueNotFound',
  field,
  message: `Not found: ${show(value)}`,
})

export const tooLong = (field: string, maxBytes: number): FieldError => ({
  type: 'FieldValueTooLong',
  field,
  message: `Too long: may not be more than ${maxBytes} bytes`,
})

export const tooMany = (field: string, count: number, most: number): FieldError => ({
  type: 'FieldValueTooMany',
  field,
  message: `Too many: ${count}: must have at most ${most} item${most === 1 ? '' : 's'}`,
})

/** `field: message`, several as `[a, b]`, each once, as Kubernetes joins them. */
export function formatFieldErrors(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map((e) => `${e.field}: ${e.message}`))]
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}
