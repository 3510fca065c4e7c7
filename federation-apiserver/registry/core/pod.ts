import { forbidden } from '#apimachinery/errors/field-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { scalarText, specField, statusField } from '../field-label.ts'
import type { Strategy, SubresourceStrategy } from '../strategy.ts'
import { keptMetadata } from '../subresource.ts'
import { keepTold, newPodStatus } from './pod-status.ts'
import { podUpdateErrors } from './pod-update.ts'

/** A write to a subresource that may change one field of the spec, and nothing else. */
const onlyField = (field: string): SubresourceStrategy => ({
  merge: (given, old) => {
    const value = given.spec?.[field]
    const spec = { ...old.spec, ...(value === undefined ? {} : { [field]: value }) }
    return { ...old, metadata: keptMetadata(given.metadata, old.metadata), spec }
  },
})

const finished = new Set(['Succeeded', 'Failed'])

/** Less than no time to end is the least there is. */
function keepPositiveGrace({ spec = {} }: ApiObject): void {
  const { terminationGracePeriodSeconds: grace } = spec
  if (typeof grace === 'number' && grace < 0) spec['terminationGracePeriodSeconds'] = 1
}

export const podStrategy: Strategy = {
  group: '',
  resource: 'pods',
  fields: {
    'spec.nodeName': specField('nodeName'),
    'spec.restartPolicy': specField('restartPolicy'),
    'spec.schedulerName': specField('schedulerName'),
    'spec.serviceAccountName': specField('serviceAccountName'),
    'spec.hostNetwork': specField('hostNetwork', 'false'),
    'status.phase': statusField('phase'),
    'status.podIP': statusField('podIP'),
    'status.podIPs': statusField('podIP'),
    'status.nominatedNodeName': statusField('nominatedNodeName'),
  },
  prepareForCreate(object) {
    keepPositiveGrace(object)
    object.status = newPodStatus(object.spec ?? {})
  },
  prepareForUpdate(object, old, { subresource }) {
    keepPositiveGrace(object)
    if (subresource === 'status') keepTold(object, old)
  },
  subresources: {
    // A binding names the node, which no update of the pod may.
    binding: { merge: (given) => given },
    ephemeralcontainers: onlyField('ephemeralContainers'),
  },
  validateCreate: ({ spec = {} }) => [
    ...(spec['ephemeralContainers'] === undefined
      ? []
      : [forbidden('spec.ephemeralContainers', 'cannot be set on create')]),
    ...(scalarText(spec['nodeName']) === '' || spec['schedulingGates'] === undefined
      ? []
      : [forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')]),
  ],
  validateUpdate: (object, old, { subresource }) =>
    subresource === '' ? podUpdateErrors(object.spec ?? {}, old.spec ?? {}) : [],
  /** A running pod is given its grace; the node removes it by deleting it again with none. */
  gracePeriod(object, request) {
    const bound = scalarText(object.spec?.['nodeName']) !== ''
    if (!bound || finished.has(scalarText(object.status?.['phase']))) return 0
    const asked = request.gracePeriodSeconds ?? object.spec?.['terminationGracePeriodSeconds'] ?? 30
    return typeof asked === 'number' ? asked : 30
  },
}
