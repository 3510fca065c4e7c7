import { type FieldError, invalid, required, tooLong } from '../../errors/field-error.ts'
import { type Check, none } from './check.ts'
import { driverName } from './checks.ts'
import { asText } from './read.ts'

const text =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')"

const identifierErrors = (name: string, path: string): FieldError[] => [
  ...(name.length > 32 ? [tooLong(path, 32)] : []),
  ...(/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? [] : [invalid(path, name, text)]),
]

/** A name of an attribute or a capacity: an identifier, or a domain and one. */
export const qualifiedIdentifier: Check = (value, path, frame) => {
  const whole = asText(value)
  const [first = '', second, ...more] = whole.split('/')
  if (second === undefined) return identifierErrors(first, path)
  if (more.length > 0) {
    return [
      invalid(path, whole, 'a qualified name must be a domain and a name separated by a slash'),
    ]
  }
  return [
    ...(first === ''
      ? [required(path, 'the domain must not be empty')]
      : driverName(first, path, frame)),
    ...(second === ''
      ? [required(path, 'the name must not be empty')]
      : identifierErrors(second, path)),
  ]
}

/** The same, with its domain. */
export const fullyQualified: Check = (value, path, frame) => {
  if (value === undefined) return none
  const why = 'a fully qualified name must be a domain and a name separated by a slash'
  return [
    ...qualifiedIdentifier(value, path, frame),
    ...(asText(value).includes('/') ? none : [invalid(path, asText(value), why)]),
  ]
}
