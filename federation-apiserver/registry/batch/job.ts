import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { statusField } from '../field-label.ts'
import type { Strategy } from '../strategy.ts'
import { jobUpdateErrors } from './job-update.ts'

interface Template {
  metadata?: { labels?: Record<string, string> }
}

const uidLabel = 'batch.kubernetes.io/controller-uid'

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
    // A federated Job runs in its members, each of which selects by the uid of its own copy.
    if (!federation) selectByUid(object)
  },
  validateUpdate: (object, old, { subresource }) =>
    subresource === '' ? jobUpdateErrors(object, old) : [],
}
