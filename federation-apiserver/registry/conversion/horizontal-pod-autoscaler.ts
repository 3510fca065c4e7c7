import { newBadRequest } from '#apimachinery/errors/status-error.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { Conversion } from './conversion.ts'

/** What v1 cannot say travels in annotations, as in the original. */
const metricsAnnotation = 'autoscaling.alpha.kubernetes.io/metrics'
const currentMetricsAnnotation = 'autoscaling.alpha.kubernetes.io/current-metrics'
const conditionsAnnotation = 'autoscaling.alpha.kubernetes.io/conditions'
const behaviorAnnotation = 'autoscaling.alpha.kubernetes.io/behavior'

interface Metric {
  type?: string
  resource?: {
    name?: string
    target?: { type?: string; averageUtilization?: number }
    current?: { averageUtilization?: number }
  }
}

const isCpu = (metric: Metric): boolean =>
  metric.type === 'Resource' && metric.resource?.name === 'cpu'

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

/** Throws 400 for what is no list; what its items are is checked with the whole object. */
function takeMetrics(annotations: Record<string, string>, key: string): Metric[] {
  const metrics = take(annotations, key) ?? []
  if (Array.isArray(metrics)) return metrics
  throw newBadRequest(`the annotation ${key} is not a list of metrics`)
}

const withoutUndefined = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))

const nonEmpty = <T>(list: readonly T[]): readonly T[] | undefined =>
  list.length > 0 ? list : undefined

function toHub(object: ApiObject): ApiObject {
  const annotations = { ...object.metadata.annotations }
  const { targetCPUUtilizationPercentage: cpu, ...spec } = object.spec ?? {}
  const { currentCPUUtilizationPercentage: currentCpu, ...status } = object.status ?? {}
  const metrics = takeMetrics(annotations, metricsAnnotation)
  const current = takeMetrics(annotations, currentMetricsAnnotation)
  const cpuMetric = (field: 'target' | 'current', value: JsonObject): Metric => ({
    type: 'Resource',
    resource: { name: 'cpu', [field]: value },
  })
  if (typeof cpu === 'number') {
    metrics.unshift(cpuMetric('target', { type: 'Utilization', averageUtilization: cpu }))
  }
  if (typeof currentCpu === 'number') {
    current.unshift(cpuMetric('current', { averageUtilization: currentCpu }))
  }
  const behavior = take(annotations, behaviorAnnotation)
  const conditions = take(annotations, conditionsAnnotation)
  return {
    ...object,
    apiVersion: 'autoscaling/v2',
    metadata: withAnnotations(object, annotations),
    spec: withoutUndefined({ ...spec, metrics: nonEmpty(metrics), behavior }),
    ...(object.status === undefined && current.length === 0 && conditions === undefined
      ? {}
      : {
          status: withoutUndefined({ ...status, currentMetrics: nonEmpty(current), conditions }),
        }),
  }
}

function fromHub(object: ApiObject): ApiObject {
  const annotations = { ...object.metadata.annotations }
  const {
    metrics = [],
    behavior,
    ...spec
  } = (object.spec ?? {}) as {
    metrics?: Metric[]
    behavior?: unknown
  }
  const { currentMetrics, conditions, ...status } = (object.status ?? {}) as {
    currentMetrics?: Metric[] | null
    conditions?: unknown[]
  }
  const utilization = (m: Metric): boolean =>
    isCpu(m) && m.resource?.target?.averageUtilization !== undefined
  const current = currentMetrics ?? []
  const currentUtilization = (m: Metric): boolean =>
    isCpu(m) && m.resource?.current?.averageUtilization !== undefined
  const cpu = metrics.find(utilization)
  const currentCpu = current.find(currentUtilization)
  const put = (key: string, value: unknown): void => {
    annotations[key] = JSON.stringify(value)
  }
  const others = metrics.filter((m) => m !== cpu)
  const currentOthers = current.filter((m) => m !== currentCpu)
  if (others.length > 0) put(metricsAnnotation, others)
  if (currentOthers.length > 0) put(currentMetricsAnnotation, currentOthers)
  if (conditions !== undefined && conditions.length > 0) put(conditionsAnnotation, conditions)
  if (behavior !== undefined) put(behaviorAnnotation, behavior)
  return {
    ...object,
    apiVersion: 'autoscaling/v1',
    metadata: withAnnotations(object, annotations),
    spec: withoutUndefined({
      ...spec,
      targetCPUUtilizationPercentage: cpu?.resource?.target?.averageUtilization,
    }),
    ...(object.status === undefined
      ? {}
      : {
          status: withoutUndefined({
            currentReplicas: 0,
            ...status,
            currentCPUUtilizationPercentage: currentCpu?.resource?.current?.averageUtilization,
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
