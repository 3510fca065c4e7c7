import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { asObject } from '#apimachinery/scheme/rules/read.ts'

/** A MetricSpec or MetricStatus, of autoscaling/v1 or v2: `{type: 'Pods', pods: {…}}`. */
export type Metric = JsonObject

/** MetricSpecs have a `target`, MetricStatuses a `current` value. */
export type Side = 'target' | 'current'

type Source = Readonly<Record<string, unknown>>

const zero = '0'

/** Without the fields that are undefined. */
export const defined = (object: Source): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))

/** The field of v1 for one of v2's target or current value: `targetAverageValue`. */
const field = (side: Side, name: string): string =>
  `${side}${name.slice(0, 1).toUpperCase()}${name.slice(1)}`

/** A quantity that v1 always writes. */
const written = (value: unknown): unknown => value ?? zero

interface Form {
  readonly toV1: (source: Source, side: Side) => JsonObject
  readonly fromV1: (source: Source, side: Side) => JsonObject
}

const target = (side: Side, type: string, values: JsonObject): JsonObject =>
  side === 'target' ? { type, ...values } : values

/** A target that v1 writes as zero when there is none is none beside another. */
const unlessZero = (value: unknown, beside: unknown, side: Side): unknown =>
  side === 'target' && beside !== undefined && value === zero ? undefined : value

const resource: Form = {
  toV1({ name, container, ...source }, side) {
    const { averageUtilization, averageValue } = asObject(source[side])
    return defined({
      name,
      [field(side, 'averageUtilization')]: averageUtilization,
      [field(side, 'averageValue')]: side === 'current' ? written(averageValue) : averageValue,
      container,
    })
  },
  fromV1({ name, container, ...source }, side) {
    const averageUtilization = source[field(side, 'averageUtilization')]
    const averageValue = source[field(side, 'averageValue')]
    const values = defined({ averageUtilization, averageValue })
    const type = averageUtilization === undefined ? 'AverageValue' : 'Utilization'
    return defined({ name, container, [side]: target(side, type, values) })
  },
}

const pods: Form = {
  toV1({ metric, ...source }, side) {
    const { name, selector } = asObject(metric)
    const { averageValue } = asObject(source[side])
    const value = written(averageValue)
    return defined({ metricName: name, [field(side, 'averageValue')]: value, selector })
  },
  fromV1({ metricName: name, selector, ...source }, side) {
    const values = defined({ averageValue: source[field(side, 'averageValue')] })
    return { metric: defined({ name, selector }), [side]: target(side, 'AverageValue', values) }
  },
}

const ofObject: Form = {
  toV1({ metric, describedObject, ...source }, side) {
    const { name, selector } = asObject(metric)
    const { kind, name: described, apiVersion } = asObject(describedObject)
    const { value, averageValue } = asObject(source[side])
    return defined({
      target: defined({ kind, name: described, apiVersion }),
      metricName: name,
      [field(side, 'value')]: written(value),
      selector,
      averageValue,
    })
  },
  fromV1({ target: described, metricName: name, selector, averageValue, ...source }, side) {
    const value = unlessZero(source[field(side, 'value')], averageValue, side)
    const type = averageValue === undefined ? 'Value' : 'AverageValue'
    return {
      describedObject: described ?? {},
      metric: defined({ name, selector }),
      [side]: target(side, type, defined({ value, averageValue })),
    }
  },
}

const external: Form = {
  toV1({ metric, ...source }, side) {
    const { name, selector } = asObject(metric)
    const { value, averageValue } = asObject(source[side])
    return defined({
      metricName: name,
      metricSelector: selector,
      [field(side, 'value')]: side === 'current' ? written(value) : value,
      [field(side, 'averageValue')]: averageValue,
    })
  },
  fromV1({ metricName: name, metricSelector: selector, ...source }, side) {
    const averageValue = source[field(side, 'averageValue')]
    const value = unlessZero(source[field(side, 'value')], averageValue, side)
    const type = averageValue === undefined ? 'Value' : 'AverageValue'
    return {
      metric: defined({ name, selector }),
      [side]: target(side, type, defined({ value, averageValue })),
    }
  },
}

const forms: Readonly<Record<string, Form>> = {
  resource,
  containerResource: resource,
  pods,
  object: ofObject,
  external,
}

const convert =
  (direction: keyof Form) =>
  (metric: Metric, side: Side): Metric => {
    const sources = Object.entries(forms).flatMap(([name, form]) =>
      metric[name] === undefined ? [] : [[name, form[direction](asObject(metric[name]), side)]],
    )
    return { type: metric['type'], ...(Object.fromEntries(sources) as JsonObject) }
  }

/**
 * Metrics of autoscaling/v2 as those of autoscaling/v1, which has them in annotations of a HorizontalPodAutoscaler, and back. The forms are
 * those of the Kubernetes API reference (MetricSpec and MetricStatus of either version); their fields are in the order in which a server writes them.
 */
export const metricToV1 = convert('toV1')
export const metricFromV1 = convert('fromV1')
