import { type FieldError, invalid, required as requiredError } from '../../errors/field-error.ts'
import { validateLabelKey, validateLabelValue } from '../../meta/names.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { valueOrEmptied } from '../emptied.ts'
import { type Check, none } from './check.ts'
import { jsonValue } from './go-value.ts'
import { asObject, asObjects, asText, join } from './read.ts'

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(asText) : [])

function meets(expression: JsonObject, labels: JsonObject): boolean {
  const value = labels[asText(expression['key'])]
  const values = texts(expression['values'])
  switch (expression['operator']) {
    case 'In':
      return value !== undefined && values.includes(asText(value))
    case 'NotIn':
      return value === undefined || !values.includes(asText(value))
    case 'Exists':
      return value !== undefined
    default:
      return value === undefined
  }
}

/** Whether a valid metav1.LabelSelector selects the labels. */
export const selects = (selector: JsonObject, labels: JsonObject): boolean =>
  Object.entries(asObject(selector['matchLabels'])).every(
    ([key, value]) => labels[key] === value,
  ) && asObjects(selector['matchExpressions']).every((e) => meets(e, labels))

const operators = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist'])

const isValidExpression = (e: JsonObject): boolean => {
  const values = texts(e['values'])
  const wantsValues = e['operator'] === 'In' || e['operator'] === 'NotIn'
  return (
    operators.has(asText(e['operator'])) &&
    values.length > 0 === wantsValues &&
    validateLabelKey(asText(e['key'])).length === 0 &&
    values.every((value) => validateLabelValue(value).length === 0)
  )
}

const isValidSelector = (selector: JsonObject): boolean =>
  asObjects(selector['matchExpressions']).every(isValidExpression) &&
  Object.entries(asObject(selector['matchLabels'])).every(
    ([key, value]) =>
      validateLabelKey(key).length === 0 && validateLabelValue(asText(value)).length === 0,
  )

/** It is there, says something, and cannot be read. */
export const isUnusable = (selector: unknown): boolean =>
  (selector ?? undefined) !== undefined && !isValidSelector(asObject(selector))

const isEmptySelector = (selector: JsonObject): boolean =>
  Object.keys(asObject(selector['matchLabels'])).length === 0 &&
  asObjects(selector['matchExpressions']).length === 0

const metaOf = (spec: JsonObject): JsonObject => asObject(asObject(spec['template'])['metadata'])
/** Of the template in a workload's spec. */
export const labelsOf = (spec: JsonObject): JsonObject => asObject(metaOf(spec)['labels'])

/** As messages show them: null for none, in the order of their keys. */
export function shownLabels(spec: JsonObject): JsonObject | null {
  const labels = valueOrEmptied(metaOf(spec), 'labels') as JsonObject | null
  return labels && Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The template has other labels than those that are selected. */
export const mismatchOf = (spec: JsonObject, path: string): FieldError =>
  invalid(
    join(path, 'template.metadata.labels'),
    shownLabels(spec),
    '`selector` does not match template `labels`',
  )

/** A workload's selector and what it means for the template; `kind` is as messages name it. */
export const selected =
  (kind: string, wrongText: string | undefined): Check =>
  (_, path, { object }) => {
    const at = join(path, 'selector')
    const mismatch = mismatchOf(object, path)
    if ((object['selector'] ?? undefined) === undefined) return [mismatch]
    const selector = asObject(object['selector'])
    if (isEmptySelector(selector))
      return [invalid(at, selector, `empty selector is invalid for ${kind}`)]
    if (!isValidSelector(selector)) {
      const shown = jsonValue('io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector', selector)
      return wrongText === undefined ? none : [invalid(at, shown, wrongText)]
    }
    return selects(selector, labelsOf(object)) ? none : [mismatch]
  }

/** A ReplicationController selects by labels alone. */
export const selectedByLabels: Check = (_, path, { object }) => {
  const template = object['template'] as JsonObject | undefined
  if (template === undefined) return [requiredError(join(path, 'template'))]
  const labels = labelsOf(object)
  const matches = Object.entries(asObject(object['selector'])).every(
    ([key, value]) => labels[key] === value,
  )
  return matches ? none : [mismatchOf(object, path)]
}
