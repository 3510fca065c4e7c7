import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { jobLabels, jobUidLabel } from '#apimachinery/scheme/rules/job-selector.ts'
import { statusField } from '../field-label.ts'
import type { Strategy } from '../strategy.ts'
import { jobUpdateErrors } from './job-update.ts'

interface Template {
  metadata?: { labels?: Readonly<Record<string, string>> }
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>
}

/**
 * A Job finds its pods by its own uid, unless the user selects them. What the user says of the same keys stays, and is refused if it is something
 * else. A copy of a Job in another cluster has a uid of its own: whoever copies one leaves these labels and the selector out.
 */
function selectByUid(object: ApiObject): void {
  const { spec = {} } = object
  if (spec['manualSelector'] === true) return
  const { uid = '' } = object.metadata
  // Validation refuses a Job without a name.
  const name = (object.metadata.name as string | undefined) ?? ''
  const { metadata, ...template } = (spec['template'] ?? {}) as Template
  const labels = { ...jobLabels(name, uid), ...metadata?.labels }
  // By default a Job is labelled as its template is.
  const { labels: own } = object.metadata
  if (own !== undefined && own === metadata?.labels) object.metadata.labels = labels
  const selector = (spec['selector'] ?? {}) as Selector
  object.spec = {
    ...spec,
    selector: { ...selector, matchLabels: { [jobUidLabel]: uid, ...selector.matchLabels } },
    template: { ...template, metadata: { ...metadata, labels } },
  }
}

/** As the defaults have it, which came before the template got its labels. */
function labelAsItsPods({ metadata, spec = {} }: ApiObject): void {
  const { labels } = (spec['template'] as Template).metadata ?? {}
  if (Object.keys(metadata.labels ?? {}).length === 0 && labels !== undefined)
    metadata.labels = { ...labels }
}

export const jobStrategy: Strategy = {
  group: 'batch',
  resource: 'jobs',
  orphansWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  unknownField: (label) => `field label ${JSON.stringify(label)} not supported for Job`,
  fields: { 'status.successful': statusField('succeeded', '0') },
  prepareForCreate: selectByUid,
  prepareForStorage: labelAsItsPods,
  validateUpdate: (object, old, { subresource }) =>
    subresource === '' ? jobUpdateErrors(object, old) : [],
}
