import { type FieldError, forbidden, invalid, required } from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { asObject, asObjects, asText, isSet, join } from './read.ts'
import type { Rule } from './rules.ts'

/** Whether a metav1.LabelSelector with known operators selects the labels. */
function selects(selector: JsonObject, labels: JsonObject): boolean {
  const wanted = Object.entries(asObject(selector['matchLabels']))
  return (
    wanted.every(([key, value]) => labels[key] === value) &&
    asObjects(selector['matchExpressions']).every((e) => {
      const value = labels[asText(e['key'])]
      const values = Array.isArray(e['values']) ? (e['values'] as unknown[]) : []
      switch (e['operator']) {
        case 'In':
          return value !== undefined && values.includes(value)
        case 'NotIn':
          return value === undefined || !values.includes(value)
        case 'Exists':
          return value !== undefined
        case 'DoesNotExist':
          return value === undefined
        default:
          // Reported as an unknown operator.
          return true
      }
    })
  )
}

/** Selector and template of a controller of pods that always run again; `kind` as messages name it. */
const alwaysRunning =
  (kind: string): Rule =>
  (o, path) => {
    const errors: FieldError[] = []
    const selector = o['selector']
    if (selector !== undefined && Object.keys(asObject(selector)).length === 0) {
      const text = `empty selector is invalid for ${kind}`
      errors.push(invalid(join(path, 'selector'), {}, text))
    }
    const template = asObject(o['template'])
    const labels = asObject(template['metadata'])['labels']
    if (selector === undefined || !selects(asObject(selector), asObject(labels))) {
      const text = '`selector` does not match template `labels`'
      errors.push(invalid(join(path, 'template.metadata.labels'), labels ?? null, text))
    }
    const policy = asObject(template['spec'])['restartPolicy']
    if (isSet(policy) && policy !== 'Always') {
      const message = `Unsupported value: ${JSON.stringify(policy)}: supported values: "Always"`
      const field = join(path, 'template.spec.restartPolicy')
      errors.push({ type: 'FieldValueNotSupported', field, message })
    }
    return errors
  }

function deploymentStrategy(o: JsonObject, path: string): FieldError[] {
  const rolling = o['rollingUpdate']
  if (o['type'] === 'Recreate' && rolling !== undefined) {
    const text = "may not be specified when strategy `type` is 'Recreate'"
    return [forbidden(`${path}.rollingUpdate`, text)]
  }
  if (rolling === undefined) return []
  const { maxSurge, maxUnavailable } = asObject(rolling)
  const at = `${path}.rollingUpdate`
  const errors = [
    ...share(`${at}.maxUnavailable`, maxUnavailable, 100),
    ...share(`${at}.maxSurge`, maxSurge, Number.POSITIVE_INFINITY),
  ]
  if (isNought(maxSurge) && isNought(maxUnavailable)) {
    const text = 'may not be 0 when `maxSurge` is 0'
    errors.push(invalid(`${at}.maxUnavailable`, maxUnavailable, text))
  }
  return errors
}

const isNought = (value: unknown): boolean => value === 0 || value === '0%'

const selectorOperators = ['In', 'NotIn', 'Exists', 'DoesNotExist']

/** A requirement of a label or node selector; `operators` are those it knows. */
const requirement =
  (operators: readonly string[]): Rule =>
  (o, path) => {
    const operator = asText(o['operator'])
    if (operator === '') return []
    if (!operators.includes(operator)) {
      return [invalid(`${path}.operator`, operator, 'not a valid selector operator')]
    }
    const given = Array.isArray(o['values']) && o['values'].length > 0
    if ((operator === 'In' || operator === 'NotIn') && !given) {
      const text = "must be specified when `operator` is 'In' or 'NotIn'"
      return [required(`${path}.values`, text)]
    }
    if ((operator === 'Exists' || operator === 'DoesNotExist') && given) {
      const text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
      return [forbidden(`${path}.values`, text)]
    }
    return []
  }

/** An int-or-percent. */
function share(field: string, value: unknown, maxPercent: number): FieldError[] {
  if (typeof value === 'number') {
    return value < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : []
  }
  if (typeof value !== 'string') return []
  const percent = /^([0-9]+)%$/.exec(value)?.[1]
  if (percent === undefined) {
    const text =
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
    return [invalid(field, value, text)]
  }
  return Number(percent) > maxPercent
    ? [invalid(field, value, 'must not be greater than 100%')]
    : []
}

function jobRestartPolicy(o: JsonObject, path: string): FieldError[] {
  const template = asObject(asObject(o['template'])['spec'])
  const policy = template['restartPolicy']
  if (policy === 'OnFailure' || policy === 'Never') return []
  // "Always" is what an absent policy has become.
  return [required(join(path, 'template.spec.restartPolicy'), 'valid values: "OnFailure", "Never"')]
}

function autoscaler(o: JsonObject, path: string): FieldError[] {
  const least = typeof o['minReplicas'] === 'number' ? o['minReplicas'] : 1
  const most = typeof o['maxReplicas'] === 'number' ? o['maxReplicas'] : 0
  const field = join(path, 'maxReplicas')
  return [
    ...(most < 1 ? [required(field, 'must be set and greater than 0')] : []),
    ...(most < least
      ? [invalid(field, most, 'must be greater than or equal to `minReplicas`')]
      : []),
  ]
}

function disruptionBudget(o: JsonObject, path: string): FieldError[] {
  const errors = ['minAvailable', 'maxUnavailable'].flatMap((field) =>
    typeof o[field] === 'string' ? share(join(path, field), o[field], 100) : [],
  )
  if (o['minAvailable'] !== undefined && o['maxUnavailable'] !== undefined) {
    errors.push(invalid(path, o, 'minAvailable and maxUnavailable cannot be both set'))
  }
  return errors
}

const apps = 'io.k8s.api.apps.v1.'

/** Rules of controllers of pods and of what acts on them. */
export const workloadRules: readonly (readonly [string, Rule])[] = [
  ['io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement', requirement(selectorOperators)],
  ['io.k8s.api.core.v1.NodeSelectorRequirement', requirement([...selectorOperators, 'Gt', 'Lt'])],
  [`${apps}DaemonSetSpec`, alwaysRunning('daemonset')],
  [`${apps}DeploymentSpec`, alwaysRunning('deployment')],
  [`${apps}DeploymentStrategy`, deploymentStrategy],
  [`${apps}ReplicaSetSpec`, alwaysRunning('deployment')],
  [`${apps}StatefulSetSpec`, alwaysRunning('statefulset')],
  ['io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec', autoscaler],
  ['io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec', autoscaler],
  ['io.k8s.api.batch.v1.JobSpec', jobRestartPolicy],
  ['io.k8s.api.policy.v1.PodDisruptionBudgetSpec', disruptionBudget],
]
