import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validatePathSegment } from '../../meta/names.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { parseQuantity } from '../../meta/quantity.ts'
import { type Check, none, type PackageRules, skip, type StructRules } from './check.ts'
import { label, named, oneOf, refuse, required } from './checks.ts'
import { asObject, asObjects, asText, join } from './read.ts'
import { containerResourceErrors } from './resources.ts'

const number = (value: unknown, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise

const minReplicas: Check = (value, path) =>
  typeof value === 'number' && value < 1
    ? [invalid(path, value, 'must be greater than or equal to 1')]
    : none

const maxReplicas: Check = (value, path, { object }) => {
  const most = number(value, 0)
  const errors: FieldError[] = []
  if (most === 0) errors.push(requiredError(path, 'must be set and greater than 0'))
  else if (most < 1) errors.push(invalid(path, most, 'must be greater than or equal to 1'))
  if (most < number(object['minReplicas'], 1)) {
    errors.push(invalid(path, most, 'must be greater than or equal to `minReplicas`'))
  }
  return errors
}

const segment = named(validatePathSegment)

/** The target of an autoscaler is in some group. */
const scaleTarget: Check = (value, path) => {
  const apiVersion = asText(asObject(value)['apiVersion'])
  const parts = apiVersion.split('/')
  if (parts.length > 2) {
    return [
      invalid(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`),
    ]
  }
  return parts.length === 2 && parts[0] !== ''
    ? none
    : [invalid(`${path}.apiVersion`, apiVersion, 'apiVersion must specify API group')]
}

/** Without metrics from elsewhere, nothing says when to scale up from nothing. */
const scaleFromZero: Check = (_, path, { object }) =>
  object['minReplicas'] === 0 &&
  !asObjects(object['metrics']).some(({ type }) => type === 'Object' || type === 'External')
    ? [
        forbidden(
          join(path, 'metrics'),
          'must specify at least one Object or External metric to support scaling to zero replicas',
        ),
      ]
    : none

const spec: StructRules = {
  minReplicas,
  maxReplicas,
  scaleTargetRef: [],
  '&target': (_, path, frame) =>
    scaleTarget(frame.object['scaleTargetRef'], join(path, 'scaleTargetRef'), frame),
}

const reference: StructRules = {
  kind: [required(), segment],
  name: [required(), segment],
}

const sourceOf: Readonly<Record<string, string>> = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
}

/** Each kind of metric has its field, and no other. */
const metricSource: Check = (_, path, { object }) => {
  const type = asText(object['type'])
  const wanted = sourceOf[type]
  const given = Object.values(sourceOf).filter((field) => object[field] !== undefined)
  const only = 'must populate the given metric source only'
  return [
    ...(wanted === undefined || given.includes(wanted)
      ? []
      : [
          requiredError(
            `${path}.${wanted}`,
            'must populate information for the given metric source',
          ),
        ]),
    ...(given.length === 1 ? [] : given.filter((field) => field !== wanted)).map((field) =>
      forbidden(`${path}.${field}`, only),
    ),
  ]
}

const metricType: Check = (value, path, frame) => [
  ...required('must specify a metric source type')(value, path, frame),
  ...oneOf(...Object.keys(sourceOf))(value, path, frame),
]

const targetType: Check = (value, path) => {
  const type = asText(value)
  const errors: FieldError[] =
    type === '' ? [requiredError(path, 'must specify a metric target type')] : []
  return ['Utilization', 'Value', 'AverageValue'].includes(type)
    ? errors
    : [...errors, invalid(path, type, 'must be either Utilization, Value, or AverageValue')]
}

const positive: Check = (value, path) => {
  const amount = parseQuantity(asText(value))
  return amount !== undefined && amount.nano <= 0n
    ? [invalid(path, value, 'must be positive')]
    : none
}

const notNegative: Check = (value, path) =>
  (parseQuantity(asText(value))?.nano ?? 0n) < 0n
    ? [invalid(path, value, 'must be greater than or equal to 0')]
    : none

const target: StructRules = {
  type: targetType,
  value: positive,
  averageValue: positive,
  averageUtilization: refuse(
    (value) => typeof value === 'number' && value < 1,
    'must be greater than 0',
  ),
}

const targetOf = (object: JsonObject): JsonObject => asObject(object['target'])

/** A target by usage or by share. */
const rawOrShare: Check = (_, path, { object }) => {
  const { averageValue, averageUtilization } = targetOf(object)
  const at = join(path, 'target')
  if (averageUtilization === undefined && averageValue === undefined) {
    const text = 'must set either a target raw value or a target utilization'
    return [requiredError(`${at}.averageUtilization`, text)]
  }
  if (averageUtilization === undefined || averageValue === undefined) return none
  const text = 'may not set both a target raw value and a target utilization'
  return [forbidden(`${at}.averageValue`, text)]
}

const externalTarget: Check = (_, path, { object }) => {
  const { value, averageValue } = targetOf(object)
  const at = join(path, 'target')
  if (value === undefined && averageValue === undefined) {
    const text = 'must set either a target value for metric or a per-pod target'
    return [requiredError(`${at}.averageValue`, text)]
  }
  if (value === undefined || averageValue === undefined) return none
  return [
    forbidden(`${at}.value`, 'may not set both a target value for metric and a per-pod target'),
  ]
}

const objectTarget: Check = (_, path, { object }) => {
  const { value, averageValue } = targetOf(object)
  return value === undefined && averageValue === undefined
    ? [
        requiredError(
          join(path, 'target.averageValue'),
          'must set either a target value or averageValue',
        ),
      ]
    : none
}

const podsTarget: Check = (_, path, { object }) =>
  targetOf(object)['averageValue'] === undefined
    ? [
        requiredError(
          join(path, 'target.averageValue'),
          'must specify a positive target averageValue',
        ),
      ]
    : none

/** Metrics of resources name what containers have. */
const containerResource: Check = (value, path) => containerResourceErrors(asText(value), path)

const atLeastZero = refuse(
  (value) => typeof value === 'number' && value < 0,
  'must be greater than or equal to zero',
)
const atMost = (most: number): Check =>
  refuse(
    (value) => typeof value === 'number' && value > most,
    `must be less than or equal to ${most}`,
  )
const aboveZero = refuse(
  (value) => typeof value !== 'number' || value <= 0,
  'must be greater than zero',
)

const selectPolicy: Check = (value, path) =>
  value === undefined || ['Disabled', 'Max', 'Min'].includes(asText(value))
    ? none
    : [notSupported(path, value, ['Disabled', 'Max', 'Min'])]

/** Rules of HorizontalPodAutoscalers. */
export const autoscalingRules: Readonly<Record<string, PackageRules>> = {
  'io.k8s.api.autoscaling.v1': {
    HorizontalPodAutoscalerSpec: { ...spec, '&fromZero': scaleFromZero },
    CrossVersionObjectReference: reference,
  },
  'io.k8s.api.autoscaling.v2': {
    HorizontalPodAutoscalerSpec: { ...spec, metrics: [], '&fromZero': scaleFromZero, behavior: [] },
    CrossVersionObjectReference: reference,
    HPAScalingPolicy: {
      type: oneOf('Percent', 'Pods'),
      value: aboveZero,
      periodSeconds: [aboveZero, atMost(1800)],
    },
    HPAScalingRules: {
      stabilizationWindowSeconds: [atLeastZero, atMost(3600)],
      selectPolicy,
      policies: required('must specify at least one Policy'),
      tolerance: notNegative,
    },
    MetricIdentifier: {
      name: [required('must specify a metric name'), segment],
      selector: () => skip,
    },
    MetricTarget: target,
    MetricSpec: {
      type: metricType,
      '&sources': {
        members: ['object', 'external', 'pods', 'resource', 'containerResource'],
      },
      '&source': metricSource,
    },
    ContainerResourceMetricSource: {
      name: [required('must specify a resource name'), containerResource],
      container: [required('must specify a container'), label],
      target: [],
      '&target': rawOrShare,
    },
    ResourceMetricSource: {
      name: required('must specify a resource name'),
      target: [],
      '&target': rawOrShare,
    },
    ExternalMetricSource: { metric: [], target: [], '&target': externalTarget },
    ObjectMetricSource: { describedObject: [], metric: [], target: [], '&target': objectTarget },
    PodsMetricSource: { metric: [], target: [], '&target': podsTarget },
  },
}
