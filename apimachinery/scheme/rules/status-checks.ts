import { forbidden, invalid, required as requiredError } from '../../errors/field-error.ts'
import { validateLabelKey } from '../../meta/names.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { type Check, none } from './check.ts'
import { all, atLeast, each, maxBytes, notNegative, oneOf, uniqueBy } from './checks.ts'
import { asObject, asObjects, asText } from './read.ts'

/** Checks of the fields of one struct, in the order in which errors are reported. */
export const fields =
  (table: Readonly<Record<string, Check>>): Check =>
  (value, path, frame) => {
    const object = asObject(value)
    const inner = { ...frame, object, path }
    return Object.entries(table).flatMap(([name, check]) =>
      check(object[name], `${path}.${name}`, inner),
    )
  }

/** Fields that count something. */
export const counts = (...names: readonly string[]): Check =>
  fields(Object.fromEntries(names.map((name) => [name, atLeast(0)])))

/** The number in a field; 0 for anything else. */
export const numberIn = (value: unknown, name: string): number => {
  const found = asObject(value)[name]
  return typeof found === 'number' ? found : 0
}

const reasonText =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')"

const reason: Check = (value, path, frame) => {
  const text = asText(value)
  if (text === '') return [requiredError(path)]
  return [
    ...(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/.test(text)
      ? none
      : [invalid(path, text, reasonText)]),
    ...maxBytes(1024)(text, path, frame),
  ]
}

/** The types of conditions differ. */
export const distinctTypes = uniqueBy(({ type }) => type, '.type')

const condition = fields({
  type: (value, path) =>
    validateLabelKey(asText(value)).map((why) => invalid(path, value ?? '', why)),
  status: oneOf('False', 'True', 'Unknown'),
  observedGeneration: notNegative,
  lastTransitionTime: (value, path) =>
    (value ?? undefined) === undefined ? [requiredError(path)] : none,
  reason,
  message: maxBytes(32_768),
})

/** Conditions of the common kind (KEP-1623). */
export const conditions = all(distinctTypes, each(condition))

/** Whether a condition of the type is True. */
export const isTrue = (status: JsonObject, type: string): boolean =>
  asObjects(status['conditions']).some((one) => one['type'] === type && one['status'] === 'True')

/** Conditions of these types stay. */
export const keepsTypes =
  (...types: readonly string[]): Check =>
  (value, path, { before }) => {
    const [now, old] = [value, asObject(before?.['status'])['conditions']].map(
      (list) => new Set(asObjects(list).map(({ type }) => type)),
    )
    return types
      .filter((type) => old?.has(type) === true && now?.has(type) !== true)
      .map((type) => forbidden(path, `updates may not remove a condition of type "${type}"`))
  }
