import {
  type FieldError,
  forbidden,
  invalid,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateLabelKey, validateLabelValue, validateSubdomain } from '../../meta/names.ts'
import { noFrame, type Check, none, type PackageRules } from './check.ts'
import { each, label, labels, qualifiedName, required } from './checks.ts'
import { asObject, asObjects, asText } from './read.ts'

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(asText) : [])

/** What an operator wants of the values, at the requirement's path. */
function valuesErrors(operator: string, values: readonly string[], path: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0
        ? []
        : [requiredError(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
    case 'Exists':
    case 'DoesNotExist': {
      const text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
      return values.length === 0 ? [] : [forbidden(`${path}.values`, text)]
    }
    default:
      return [invalid(`${path}.operator`, operator, 'not a valid selector operator')]
  }
}

const keyErrors = (key: string, path: string): FieldError[] =>
  validateLabelKey(key).map((why) => invalid(`${path}.key`, key, why))

const valueErrors = (values: readonly string[], path: string): FieldError[] =>
  values.flatMap((value, i) =>
    validateLabelValue(value).map((why) => invalid(`${path}.values[${i}]`, value, why)),
  )

/** A requirement of a label selector. */
const requirement: Check = (_, path, { object }) => {
  const values = texts(object['values'])
  return [
    ...valuesErrors(asText(object['operator']), values, path),
    ...keyErrors(asText(object['key']), path),
    ...valueErrors(values, path),
  ]
}

const single = "must be specified single value when `operator` is 'Lt' or 'Gt'"

/** A requirement of a node's labels. */
function nodeLabels(object: Readonly<Record<string, unknown>>, path: string): FieldError[] {
  const values = texts(object['values'])
  const operator = asText(object['operator'])
  const compares = operator === 'Gt' || operator === 'Lt'
  return [
    ...(compares
      ? values.length === 1
        ? []
        : [requiredError(`${path}.values`, single)]
      : valuesErrors(operator, values, path)),
    ...keyErrors(asText(object['key']), path),
    // A preference for a label that cannot be is only warned of.
    ...(path.includes('.preference.') ? none : valueErrors(values, path)),
  ]
}

/** A requirement of a node's fields: its name is the only one. */
function nodeFields(object: Readonly<Record<string, unknown>>, path: string): FieldError[] {
  const values = texts(object['values'])
  const operator = asText(object['operator'])
  const key = asText(object['key'])
  const one = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
  const errors: FieldError[] =
    operator !== 'In' && operator !== 'NotIn'
      ? [invalid(`${path}.operator`, operator, 'not a valid selector operator')]
      : values.length === 1
        ? []
        : [requiredError(`${path}.values`, one)]
  if (key !== 'metadata.name') {
    return [...errors, invalid(`${path}.key`, key, 'not a valid field selector key')]
  }
  const wrong = values.flatMap((value, i) =>
    validateSubdomain(value).map((why) => invalid(`${path}.values[${i}]`, value, why)),
  )
  return [...errors, ...wrong]
}

const nodeRequirement: Check = (_, path, { object }) =>
  path.includes('.matchFields[') ? nodeFields(object, path) : nodeLabels(object, path)

const topologyKey: Check = (value, path, frame) => [
  ...required('can not be empty')(value, path, frame),
  ...qualifiedName(value, path, frame),
]

/** matchLabelKeys and mismatchLabelKeys. */
export const labelKeys: Check = (value, path, frame) => {
  if (!Array.isArray(value)) return none
  if (frame.object['labelSelector'] === undefined) {
    return [forbidden(path, 'must not be specified when labelSelector is not set')]
  }
  return each(qualifiedName)(value, path, frame)
}

/** Keys that are in two of the lists; of a selector, in which they may be once. */
export const distinctLabelKeys: Check = (_, path, { object }) => {
  const match = texts(object['matchLabelKeys'])
  const mismatch = texts(object['mismatchLabelKeys'])
  const { matchLabels, matchExpressions } = asObject(object['labelSelector'])
  const seen = new Set(Object.keys(asObject(matchLabels)))
  const selected = asObjects(matchExpressions).flatMap((expression) => {
    const key = asText(expression['key'])
    const again = seen.has(key)
    seen.add(key)
    const at = `${path}[${match.lastIndexOf(key)}]`
    return again && match.includes(key)
      ? [invalid(at, key, 'exists in both matchLabelKeys and labelSelector')]
      : []
  })
  const text = 'exists in both matchLabelKeys and mismatchLabelKeys'
  return [
    ...selected,
    ...match.flatMap((key, i) =>
      mismatch.includes(key) ? [invalid(`${path}.matchLabelKeys[${i}]`, key, text)] : [],
    ),
  ]
}

const weight: Check = (value, path) =>
  typeof value === 'number' && value >= 1 && value <= 100
    ? none
    : [invalid(path, value ?? 0, 'must be in the range 1-100')]

const inNamespace: Check = (value, path) =>
  texts(value).flatMap((name) => label(name, path.replace(/namespaces$/, 'namespace'), noFrame))

/** Which pods and nodes something is about. */
export const coreSelectorRules: PackageRules = {
  NodeSelector: { nodeSelectorTerms: required('must have at least one node selector term') },
  NodeSelectorRequirement: { '&requirement': nodeRequirement, key: [], operator: [] },
  PodAffinityTerm: {
    labelSelector: [],
    namespaceSelector: [],
    namespaces: inNamespace,
    matchLabelKeys: labelKeys,
    mismatchLabelKeys: labelKeys,
    '&labelKeys': distinctLabelKeys,
    topologyKey,
  },
  PreferredSchedulingTerm: { weight },
  WeightedPodAffinityTerm: { weight },
  TopologySelectorLabelRequirement: {
    values: required(),
    key: (value, path) =>
      validateLabelKey(asText(value)).map((why) => invalid(path, asText(value), why)),
  },
}

export const metaSelectorRules: PackageRules = {
  LabelSelector: { matchLabels: labels },
  LabelSelectorRequirement: { '&requirement': requirement, key: [], operator: [] },
}
