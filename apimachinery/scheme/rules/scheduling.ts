import { duplicate, type FieldError, invalid, notSupported } from '../../errors/field-error.ts'
import { validateLabelKey, validateLabelValue } from '../../meta/names.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { type Check, none, type PackageRules } from './check.ts'
import { oneOf, refuse, required } from './checks.ts'
import { asObjects, asText, isSet } from './read.ts'
import { distinctLabelKeys, labelKeys } from './selectors.ts'

const operators = ['Equal', 'Exists']

const toleration: Check = (_, path, { object }) => {
  const { key, operator, value, effect, tolerationSeconds } = object
  const errors: FieldError[] = isSet(key)
    ? validateLabelKey(asText(key)).map((why) => invalid(`${path}.key`, key, why))
    : []
  if (!isSet(key) && operator !== 'Exists') {
    const text =
      'operator must be Exists when `key` is empty, which means "match all values and all keys"'
    errors.push(invalid(`${path}.operator`, operator ?? '', text))
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const text = "effect must be 'NoExecute' when `tolerationSeconds` is set"
    errors.push(invalid(`${path}.effect`, effect ?? '', text))
  }
  if (operator === 'Exists') {
    if (isSet(value)) {
      errors.push(
        invalid(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'"),
      )
    }
  } else if (operator === undefined || operator === 'Equal') {
    const why = validateLabelValue(asText(value))
    if (why.length > 0) errors.push(invalid(`${path}.operator`, value, why.join(';')))
  } else {
    const valid = operator === 'Lt' || operator === 'Gt' ? [...operators, 'Lt', 'Gt'] : operators
    errors.push(notSupported(`${path}.operator`, operator, valid))
  }
  return errors
}

const positive = refuse(
  (value) => typeof value !== 'number' || value <= 0,
  'must be greater than zero',
)

const minDomains: Check = (value, path, { object }) => {
  if (value === undefined) return none
  const when = asText(object['whenUnsatisfiable'])
  const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${when}`
  return [
    ...(typeof value === 'number' && value <= 0
      ? [invalid(path, value, 'must be greater than zero')]
      : none),
    ...(when === 'DoNotSchedule' ? none : [invalid(path, value, text)]),
  ]
}

/** No two constraints are about the same topology in the same way. */
const distinctSpread: Check = (_, path, { object, up }) => {
  const keyOf = (constraint: JsonObject): string =>
    `{${asText(constraint['topologyKey'])}, ${asText(constraint['whenUnsatisfiable'])}}`
  const at = Number(/(\d+)\]$/.exec(path)?.[1])
  const others = asObjects(up?.object['topologySpreadConstraints']).slice(at + 1)
  return others.some((other) => keyOf(other) === keyOf(object))
    ? [duplicate(`${path}.{topologyKey, whenUnsatisfiable}`, keyOf(object))]
    : none
}

const policy: Check = (value, path, frame) =>
  value === undefined ? none : oneOf('Honor', 'Ignore')(value, path, frame)

/** Tolerations and spread. */
export const schedulingRules: PackageRules = {
  Toleration: { '&toleration': toleration, effect: [] },
  TopologySpreadConstraint: {
    maxSkew: positive,
    topologyKey: required('can not be empty'),
    whenUnsatisfiable: oneOf('DoNotSchedule', 'ScheduleAnyway'),
    '&distinct': distinctSpread,
    minDomains,
    nodeAffinityPolicy: policy,
    nodeTaintsPolicy: policy,
    matchLabelKeys: labelKeys,
    '&labelKeys': distinctLabelKeys,
    labelSelector: [],
  },
}
