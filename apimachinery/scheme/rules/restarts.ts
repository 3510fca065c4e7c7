import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required as requiredError,
  tooMany,
} from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { type Check, enclosing, none } from './check.ts'
import { asObject, asObjects, asText } from './read.ts'

const policies = ['Always', 'Never', 'OnFailure']
const actions = ['Restart', 'RestartAllContainers']
const operators = ['In', 'NotIn']

function ruleErrors(rule: JsonObject, path: string): FieldError[] {
  const action = asText(rule['action'])
  const errors: FieldError[] = actions.includes(action)
    ? []
    : [notSupported(`${path}.action`, action, actions)]
  const at = `${path}.exitCodes`
  if (rule['exitCodes'] === undefined) return [...errors, requiredError(at, 'must be specified')]
  const { operator, values } = asObject(rule['exitCodes'])
  if (!operators.includes(asText(operator))) {
    errors.push(notSupported(`${at}.operator`, asText(operator), operators))
  }
  const count = Array.isArray(values) ? values.length : 0
  return count > 255 ? [...errors, tooMany(`${at}.values`, count, 255)] : errors
}

/** When a container runs again, by how it ended. */
export const restarts =
  (isInit: boolean): Check =>
  (_, path, { object }) => {
    const { restartPolicy } = object
    const rules = asObjects(object['restartPolicyRules'])
    const at = `${path}.restartPolicy`
    const errors: FieldError[] = []
    if (restartPolicy === undefined) {
      if (rules.length === 0) return none
      errors.push(requiredError(at, 'must specify restartPolicy when restart rules are used'))
      if (isInit) return errors
    } else if (!policies.includes(asText(restartPolicy))) {
      errors.push(notSupported(at, restartPolicy, policies))
    }
    if (rules.length > 20) errors.push(tooMany(`${path}.restartPolicyRules`, rules.length, 20))
    return [
      ...errors,
      ...rules.flatMap((rule, i) => ruleErrors(rule, `${path}.restartPolicyRules[${i}]`)),
    ]
  }

const afterResize = ['NotRequired', 'RestartContainer']

/** What resizing does to a container; messages name the list. */
export const resizePolicy: Check = (value, path, frame) => {
  const pod = enclosing(frame, 'io.k8s.api.core.v1.PodSpec')?.object
  const runsOnce = pod?.['restartPolicy'] === 'Never'
  const seen = new Set<string>()
  return asObjects(value).flatMap((rule, i) => {
    const name = asText(rule['resourceName'])
    const policy = asText(rule['restartPolicy'])
    const errors: FieldError[] = []
    if (seen.has(name)) errors.push(duplicate(`${path}[${i}]`, name))
    seen.add(name)
    if (name === '') errors.push(requiredError(path))
    else if (name !== 'cpu' && name !== 'memory') {
      errors.push(notSupported(path, name, ['cpu', 'memory']))
    }
    if (policy === '') errors.push(requiredError(path))
    else if (!afterResize.includes(policy)) errors.push(notSupported(path, policy, afterResize))
    if (runsOnce && policy !== 'NotRequired') {
      const why = "must be 'NotRequired' when pod `restartPolicy` is 'Never'"
      errors.push(invalid(path, policy, why))
    }
    return errors
  })
}

/** What runs before the others and ends is not run again because it is resized. */
export const noRestartOfInit: Check = (_, path, { object }) =>
  object['restartPolicy'] === 'Always'
    ? none
    : asObjects(object['resizePolicy']).flatMap(({ restartPolicy }, i) =>
        restartPolicy === 'RestartContainer'
          ? [
              invalid(
                `${path}.resizePolicy[${i}].restartPolicy`,
                restartPolicy,
                "must not be set to 'RestartContainer' for non-sidecar initContainers",
              ),
            ]
          : [],
      )
