import { newBadRequest } from '#apimachinery/errors/status-error.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { goValue, jsonValue } from '#apimachinery/scheme/rules/go-value.ts'
import type { Conversion } from './conversion.ts'
import { defined, type Metric, metricFromV1, metricToV1, type Side } from './metrics-v1.ts'

/** What v1 cannot say travels in annotations, as in the original. */
const metricsAnnotation = 'autoscaling.alpha.kubernetes.io/metrics'
const currentMetricsAnnotation = 'autoscaling.alpha.kubernetes.io/current-metrics'
const conditionsAnnotation = 'autoscaling.alpha.kubernetes.io/conditions'
const behaviorAnnotation = 'autoscaling.alpha.kubernetes.io/behavior'

const v2 = 'io.k8s.api.autoscaling.v2.'
const behaviorDefinition = `${v2}HorizontalPodAutoscalerBehavior`
const conditionDefinition = `${v2}HorizontalPodAutoscalerCondition`

/** How much of what they ask for Pods use of their CPUs: the one metric that v1 has a field for. */
function cpuUtilization({ type, resource }: Metric, side: Side): number | undefined {
  const { name, [side]: amount } = (resource ?? {}) as JsonObject
  if (type !== 'Resource' || name !== 'cpu') return undefined
  return (amount as { averageUtilization?: number } | undefined)?.averageUtilization
}

const take = (annotations: Record<string, string>, key: string): unknown => {
  const text = annotations[key]
  delete annotations[key]
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isMetric = (value: unknown): value is Metric =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Throws 400 for what is no list; what its items are is checked with the whole object. */
function takeMetrics(annotations: Record<string, string>, side: Side): Metric[] {
  const key = side === 'target' ? metricsAnnotation : currentMetricsAnnotation
  const metrics: unknown = take(annotations, key) ?? []
  if (Array.isArray(metrics) && metrics.every(isMetric))
    return metrics.map((metric) => metricFromV1(metric, side))
  throw newBadRequest(`the annotation ${key} is not a list of metrics`)
}

const nonEmpty = <T>(list: readonly T[]): readonly T[] | undefined =>
  list.length > 0 ? list : undefined

/** Go reads the names of fields in whatever case. */
const inLowerCase = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inLowerCase)
  if (!isMetric(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) =>
      one === null ? [] : [[`${name.charAt(0).toLowerCase()}${name.slice(1)}`, inLowerCase(one)]],
    ),
  )
}

const cpuMetric = (side: Side, amount: JsonObject): Metric => ({
  type: 'Resource',
  resource: { name: 'cpu', [side]: amount },
})

function toHub(object: ApiObject): ApiObject {
  const annotations = { ...object.metadata.annotations }
  const { targetCPUUtilizationPercentage: cpu, ...spec } = object.spec ?? {}
  const { currentCPUUtilizationPercentage: currentCpu, ...status } = object.status ?? {}
  const metrics = takeMetrics(annotations, 'target')
  const current = takeMetrics(annotations, 'current')
  if (typeof cpu === 'number') {
    metrics.push(cpuMetric('target', { type: 'Utilization', averageUtilization: cpu }))
  }
  // The annotation has this one, too.
  if (typeof currentCpu === 'number' && current.length === 0) {
    current.push(cpuMetric('current', { averageUtilization: currentCpu }))
  }
  const behavior = inLowerCase(take(annotations, behaviorAnnotation))
  const conditions = take(annotations, conditionsAnnotation)
  return {
    ...object,
    apiVersion: 'autoscaling/v2',
    metadata: withAnnotations(object, annotations),
    spec: defined({ ...spec, metrics: nonEmpty(metrics), behavior }),
    ...(object.status === undefined && current.length === 0 && conditions === undefined
      ? {}
      : {
          status: defined({ ...status, currentMetrics: nonEmpty(current), conditions }),
        }),
  }
}

interface HubSpec extends JsonObject {
  readonly metrics?: Metric[]
  readonly behavior?: JsonObject
}

interface HubStatus extends JsonObject {
  readonly currentMetrics?: Metric[] | null
  readonly conditions?: JsonObject[]
}

const firstOf = <T>(values: readonly (T | undefined)[]): T | undefined =>
  values.find((value) => value !== undefined)

function fromHub(object: ApiObject): ApiObject {
  const annotations = { ...object.metadata.annotations }
  const { metrics = [], behavior, ...spec } = (object.spec ?? {}) as HubSpec
  const { currentMetrics, conditions = [], ...status } = (object.status ?? {}) as HubStatus
  const put = (key: string, value: unknown): void => {
    annotations[key] = JSON.stringify(value)
  }
  const current = currentMetrics ?? []
  const others = metrics.filter((metric) => cpuUtilization(metric, 'target') === undefined)
  const v1 = (side: Side, all: readonly Metric[]) => all.map((metric) => metricToV1(metric, side))
  if (others.length > 0) put(metricsAnnotation, v1('target', others))
  if (current.length > 0) put(currentMetricsAnnotation, v1('current', current))
  if (conditions.length > 0)
    put(
      conditionsAnnotation,
      conditions.map((one) => jsonValue(conditionDefinition, one)),
    )
  if (behavior !== undefined) put(behaviorAnnotation, goValue(behaviorDefinition, behavior))
  const cpu = firstOf(metrics.map((metric) => cpuUtilization(metric, 'target')))
  const currentCpu = firstOf(current.map((metric) => cpuUtilization(metric, 'current')))
  return {
    ...object,
    apiVersion: 'autoscaling/v1',
    metadata: withAnnotations(object, annotations),
    spec: defined({ ...spec, targetCPUUtilizationPercentage: cpu }),
    ...(object.status === undefined
      ? {}
      : {
          status: defined({
            currentReplicas: 0,
            ...status,
            currentCPUUtilizationPercentage: currentCpu,
          }),
        }),
  }
}

function withAnnotations(
  object: ApiObject,
  annotations: Record<string, string>,
): ApiObject['metadata'] {
  const { annotations: _old, ...metadata } = object.metadata
  return Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata
}

/** autoscaling/v1 ↔ v2: CPU utilisation is a field in v1; everything else that v1 lacks is an annotation. */
export const horizontalPodAutoscalerConversion: Conversion = {
  group: 'autoscaling',
  version: 'v1',
  resource: 'horizontalpodautoscalers',
  toHub,
  fromHub,
}
