import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required as requiredError,
  tooLong,
} from '../../errors/field-error.ts'
import {
  type NameProblems,
  validateLabel,
  validateLabelKey,
  validateLabelValue,
  validateQualifiedName,
  validateSubdomain,
} from '../../meta/names.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { type Check, none } from './check.ts'
import { asObject, asObjects, asText, isSet } from './read.ts'

/*
 * The vocabulary of the tables beside this file. Unless it says otherwise a check finds nothing wrong with an absent value.
 */

/** Absent, or empty as Go counts it. */
export const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === 0 ||
  (typeof value === 'object' && Object.keys(value).length === 0)

/** Must be there and not empty. */
export const required =
  (detail = ''): Check =>
  (value, path) =>
    isEmpty(value) ? [requiredError(path, detail)] : none

/** Must be there, empty or not. */
export const present =
  (detail = ''): Check =>
  (value, path) =>
    value === undefined ? [requiredError(path, detail)] : none

/** One of some texts; an absent one counts as ''. The message has the values as they are given here. */
export const oneOf =
  (...values: readonly string[]): Check =>
  (value, path) =>
    values.includes(asText(value)) ? none : [notSupported(path, asText(value), values)]

/** A text in one form. An absent one is judged as ''. */
export const named =
  (problems: (name: string) => NameProblems): Check =>
  (value, path) =>
    problems(asText(value)).map((why) => invalid(path, asText(value), why))

export const label = named(validateLabel)
export const subdomain = named(validateSubdomain)
export const qualifiedName = named(validateQualifiedName)

/** Only where the value is there and not empty. */
export const ifSet =
  (...checks: readonly Check[]): Check =>
  (value, path, frame) =>
    isSet(value) ? all(...checks)(value, path, frame) : none

/** Only where the value is there, empty or not. */
export const ifThere =
  (...checks: readonly Check[]): Check =>
  (value, path, frame) =>
    value === undefined ? none : all(...checks)(value, path, frame)

/** Everything that any of the checks finds. */
export const all =
  (...checks: readonly Check[]): Check =>
  (value, path, frame) =>
    checks.flatMap((check) => check(value, path, frame))

/** Each element of a list. */
export const each =
  (...checks: readonly Check[]): Check =>
  (value, path, frame) =>
    Array.isArray(value)
      ? value.flatMap((item: unknown, i) =>
          checks.flatMap((check) => check(item, `${path}[${i}]`, frame)),
        )
      : none

export const atLeast =
  (least: number): Check =>
  (value, path) =>
    typeof value === 'number' && value < least
      ? [invalid(path, value, `must be greater than or equal to ${least}`)]
      : none

/** In the words of some fields, which do not write the number. */
export const notNegative: Check = (value, path) =>
  typeof value === 'number' && value < 0
    ? [invalid(path, value, 'must be greater than or equal to zero')]
    : none

export const between =
  (least: number, most: number): Check =>
  (value, path) =>
    typeof value === 'number' && (value < least || value > most)
      ? [invalid(path, value, `must be between ${least} and ${most}, inclusive`)]
      : none

/** A port that must be there: 0 when absent. */
export const port: Check = (value, path, frame) => between(1, 65535)(value ?? 0, path, frame)

/** Says so for any value that `isWrong`. */
export const refuse =
  (isWrong: (value: unknown) => boolean, detail: string): Check =>
  (value, path) =>
    isWrong(value) ? [invalid(path, value ?? '', detail)] : none

export const maxBytes =
  (most: number): Check =>
  (value, path) =>
    typeof value === 'string' && Buffer.byteLength(value) > most ? [tooLong(path, most)] : none

/** Elements of a list differ in a key; empty keys are nobody's duplicate. `at` is added to the element's path. */
export const uniqueBy =
  (key: (item: JsonObject) => unknown, at = ''): Check =>
  (value, path) => {
    const seen = new Set<string>()
    const errors: FieldError[] = []
    for (const [i, item] of asObjects(value).entries()) {
      const given = key(item)
      if (isEmpty(given)) continue
      const text = typeof given === 'string' ? given : JSON.stringify(given)
      if (seen.has(text)) errors.push(duplicate(`${path}[${i}]${at}`, given))
      seen.add(text)
    }
    return errors
  }

/** Elements of a list of scalars differ. */
export const unique: Check = (value, path) => {
  if (!Array.isArray(value)) return none
  const seen = new Set<unknown>()
  return value.flatMap((item: unknown, i) => {
    if (seen.has(item)) return [duplicate(`${path}[${i}]`, item)]
    seen.add(item)
    return []
  })
}

/** Keys and values of a map of labels. */
export const labels: Check = (value, path) =>
  Object.entries(asObject(value)).flatMap(([key, text]) => [
    ...validateLabelKey(key).map((why) => invalid(path, key, why)),
    ...validateLabelValue(asText(text)).map((why) => invalid(path, text, why)),
  ])

/** Keys of a map of annotations. */
export const annotations: Check = (value, path) =>
  Object.keys(asObject(value)).flatMap((key) =>
    validateQualifiedName(key.toLowerCase()).map((why) => invalid(path, key, why)),
  )

/** A driver of volumes: at most 63 bytes, and a subdomain but for capitals. */
export const driverName: Check = (value, path, frame) => {
  const text = asText(value)
  if (text === '') return [requiredError(path)]
  return [
    ...maxBytes(63)(text, path, frame),
    ...validateSubdomain(text.toLowerCase()).map((why) => invalid(path, text, why)),
  ]
}

/** A path that does not leave where it begins. */
export const noBacksteps: Check = (value, path) =>
  asText(value).split('/').includes('..') ? [invalid(path, value, "must not contain '..'")] : none

/** A subdomain, a slash and a path, as `acme.io/foo`. */
export const domainPath: Check = (value, path) => {
  const [, host, rest] = /^([^/]+)\/(.+)$/s.exec(asText(value)) ?? []
  if (host === undefined || rest === undefined) {
    return [invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  }
  const pathText = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')"
  return [
    ...validateSubdomain(host).map((why) => invalid(path, host, why)),
    ...(/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(rest) ? [] : [invalid(path, rest, pathText)]),
  ]
}

/** The text begins with a slash. */
export const absolutePath: Check = (value, path) =>
  asText(value).startsWith('/') ? none : [invalid(path, asText(value), 'must be an absolute path')]
