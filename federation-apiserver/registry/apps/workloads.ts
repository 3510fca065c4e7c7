import { type FieldError, invalid, required } from '#apimachinery/errors/field-error.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { fromLabelSelectorObject } from '#apimachinery/selectors/labels.ts'
import { isEqual } from '../equality.ts'
import { statusField } from '../field-label.ts'
import type { Strategy } from '../strategy.ts'

interface Selector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

const templateLabels = (object: Readonly<ApiObject>): Record<string, string> => {
  const template = object.spec?.['template'] as
    { metadata?: { labels?: Record<string, string> } } | undefined
  return template?.metadata?.labels ?? {}
}

function selectorErrors(object: ApiObject): FieldError[] {
  const selector = object.spec?.['selector'] as Selector | undefined
  if (selector === undefined) return [required('spec.selector')]
  const empty =
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  if (empty) {
    return [invalid('spec.selector', selector, 'empty selector is invalid for deployment')]
  }
  const labels = templateLabels(object)
  return fromLabelSelectorObject(selector).matches(labels)
    ? []
    : [
        invalid(
          'spec.template.metadata.labels',
          labels,
          '`selector` does not match template `labels`',
        ),
      ]
}

const nonNegative = (spec: JsonObject | undefined, fields: readonly string[]): FieldError[] =>
  fields.flatMap((field) => {
    const value = spec?.[field]
    return typeof value === 'number' && value < 0
      ? [invalid(`spec.${field}`, value, 'must be greater than or equal to 0')]
      : []
  })

function restartPolicyErrors(object: ApiObject): FieldError[] {
  const template = object.spec?.['template'] as { spec?: { restartPolicy?: string } } | undefined
  const policy = template?.spec?.restartPolicy ?? 'Always'
  return policy === 'Always'
    ? []
    : [
        {
          type: 'FieldValueNotSupported',
          field: 'spec.template.spec.restartPolicy',
          message: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Always"`,
        },
      ]
}

/** Selector and pod template of everything that makes pods for ever. */
const workload = (resource: string, extra: Partial<Strategy> = {}): Strategy => ({
  group: 'apps',
  resource,
  generation: true,
  validate: (object) => [
    ...nonNegative(object.spec, [
      'replicas',
      'minReadySeconds',
      'revisionHistoryLimit',
      'progressDeadlineSeconds',
    ]),
    ...selectorErrors(object),
    ...restartPolicyErrors(object),
  ],
  validateUpdate: (object, old) =>
    isEqual(object.spec?.['selector'], old.spec?.['selector'])
      ? []
      : [invalid('spec.selector', object.spec?.['selector'], 'field is immutable')],
  ...extra,
})

export const deploymentStrategy = workload('deployments')
export const daemonSetStrategy = workload('daemonsets')
export const statefulSetStrategy = workload('statefulsets')
export const replicaSetStrategy = workload('replicasets', {
  fields: { 'status.replicas': statusField('replicas', '0') },
})
