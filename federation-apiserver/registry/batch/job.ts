import { type FieldError, invalid } from '#apimachinery/errors/field-error.ts'
import { validateLabelValue } from '#apimachinery/meta/names.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { statusField } from '../field-label.ts'
import type { Strategy } from '../strategy.ts'
import { jobUpdateErrors } from './job-update.ts'

interface Template {
  metadata?: { labels?: Record<string, string> }
}

interface Selector {
  readonly matchLabels?: object
  readonly matchExpressions?: readonly unknown[]
}

const uidLabel = 'batch.kubernetes.io/controller-uid'

/** A federated Job runs in its members, each of which selects by the uid of its own copy. */
function forgetEmptySelector({ spec = {} }: ApiObject): void {
  const { matchLabels = {}, matchExpressions = [] } = (spec['selector'] ?? {}) as Selector
  const isEmpty = Object.keys(matchLabels).length + matchExpressions.length === 0
  if (spec['manualSelector'] !== true && isEmpty) delete spec['selector']
}

/** Pods carry the name of their Job as a label. */
function nameErrors({ metadata }: ApiObject): FieldError[] {
  const name: string | undefined = metadata.name
  return validateLabelValue(name ?? '').map((why) => invalid('spec.template.labels', name, why))
}

function selectorErrors({ spec = {} }: ApiObject): FieldError[] {
  const { selector, manualSelector } = spec
  const isGenerated = JSON.stringify(selector)?.includes(uidLabel) ?? true
  return manualSelector === true || isGenerated
    ? []
    : [invalid('spec.selector', selector, '`selector` not auto-generated')]
}

/** A Job finds its pods by its own uid, unless the user selects them. */
function selectByUid(object: ApiObject): void {
  const spec = object.spec ?? {}
  if (spec['manualSelector'] === true) return
  const { name, uid = '' } = object.metadata
  const template = (spec['template'] ?? {}) as Template
  template.metadata = {
    ...template.metadata,
    labels: {
      ...template.metadata?.labels,
      [uidLabel]: uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    },
  }
  object.spec = { ...spec, selector: { matchLabels: { [uidLabel]: uid } }, template }
}

export const jobStrategy: Strategy = {
  group: 'batch',
  resource: 'jobs',
  orphansWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  unknownField: (label) => `field label ${JSON.stringify(label)} not supported for Job`,
  fields: { 'status.successful': statusField('succeeded', '0') },
  prepareForCreate(object, { federation }) {
    if (federation) forgetEmptySelector(object)
    else selectByUid(object)
  },
  validateCreate: (object) => [...nameErrors(object), ...selectorErrors(object)],
  validateUpdate: (object, old, { subresource }) =>
    subresource === '' ? jobUpdateErrors(object, old) : [],
}
