import { invalid, required } from '#apimachinery/errors/field-error.ts'
import { statusField } from '../field-label.ts'
import type { Strategy } from '../strategy.ts'

export const replicationControllerStrategy: Strategy = {
  group: '',
  resource: 'replicationcontrollers',
  fields: { 'status.replicas': statusField('replicas', '0') },
  validate(object) {
    const replicas = object.spec?.['replicas']
    const selector = (object.spec?.['selector'] ?? {}) as Record<string, string>
    const template = object.spec?.['template'] as
      { metadata?: { labels?: Record<string, string> } } | undefined
    const labels = template?.metadata?.labels ?? {}
    const matches = Object.entries(selector).every(([key, value]) => labels[key] === value)
    return [
      ...(typeof replicas === 'number' && replicas < 0
        ? [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')]
        : []),
      ...(Object.keys(selector).length === 0 ? [required('spec.selector')] : []),
      ...(matches
        ? []
        : [
            invalid(
              'spec.template.metadata.labels',
              labels,
              '`selector` does not match template `labels`',
            ),
          ]),
    ]
  },
}
