import { duplicate, type FieldError, forbidden, invalid } from '../../errors/field-error.ts'
import { validateLabelKey, validateLabelValue } from '../../meta/names.ts'
import { type Check, none, type PackageRules } from './check.ts'
import { each, oneOf, qualifiedName, refuse, required } from './checks.ts'
import { asObjects, asText, isSet } from './read.ts'

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
    for (const why of validateLabelValue(asText(value))) {
      errors.push(invalid(`${path}.operator`, value, why))
    }
  }
  return errors
}

const positive = refuse(
  (value) => typeof value !== 'number' || value <= 0,
  'must be greater than zero',
)

const minDomains: Check = (value, path, { object }) => {
  if (value === undefined) return none
  const when = object['whenUnsatisfiable']
  if (typeof value === 'number' && value <= 0) {
    return [invalid(path, value, 'must be greater than zero')]
  }
  const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${asText(when)}`
  return when === 'DoNotSchedule' ? none : [invalid(path, value, text)]
}

const labelKeys: Check = (value, path, frame) => {
  if (!Array.isArray(value)) return none
  if (frame.object['labelSelector'] === undefined) {
    return [forbidden(path, 'must not be specified when labelSelector is not set')]
  }
  return each(qualifiedName)(value, path, frame)
}

const policy: Check = (value, path, frame) =>
  value === undefined ? none : oneOf('Honor', 'Ignore')(value, path, frame)

/** Tolerations and spread. */
export const schedulingRules: PackageRules = {
  Toleration: { '&toleration': toleration },
  TopologySpreadConstraint: {
    maxSkew: positive,
    topologyKey: required('can not be empty'),
    whenUnsatisfiable: oneOf('DoNotSchedule', 'ScheduleAnyway'),
    minDomains,
    nodeAffinityPolicy: policy,
    nodeTaintsPolicy: policy,
    matchLabelKeys: labelKeys,
    labelSelector: [],
  },
}

/** No two constraints are about the same topology in the same way. */
export const distinctSpread: Check = (value, path) => {
  const keys = asObjects(value).map(
    ({ topologyKey, whenUnsatisfiable }) =>
      `{${asText(topologyKey)}, ${asText(whenUnsatisfiable)}}`,
  )
  return keys.flatMap((key, i) =>
    keys.includes(key, i + 1)
      ? [duplicate(`${path}[${i}].{topologyKey, whenUnsatisfiable}`, key)]
      : [],
  )
}
