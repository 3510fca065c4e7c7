import { forbidden } from '#apimachinery/errors/field-error.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { isEqual } from '../equality.ts'
import { scalarText, specField, statusField } from '../field-label.ts'
import type { Strategy } from '../strategy.ts'
import { newPodStatus } from './pod-status.ts'

interface Container extends JsonObject {
  image?: string
  resources?: unknown
}

/** The spec with everything blanked that may change while a pod lives. */
function fixedPart(podSpec: JsonObject | undefined): JsonObject {
  const blank = (containers: unknown): Container[] =>
    ((containers ?? []) as Container[]).map((c) => ({ ...c, image: '', resources: {} }))
  return {
    ...podSpec,
    containers: blank(podSpec?.['containers']),
    initContainers: blank(podSpec?.['initContainers']),
    activeDeadlineSeconds: undefined,
    terminationGracePeriodSeconds: undefined,
    tolerations: undefined,
    schedulingGates: undefined,
    ephemeralContainers: undefined,
    resources: undefined,
    nodeName: undefined,
  }
}

/** A pod may be bound once; its node never changes. */
const nodeChanged = (object: ApiObject, old: Readonly<ApiObject>): boolean => {
  const was = scalarText(old.spec?.['nodeName'])
  return was !== '' && was !== scalarText(object.spec?.['nodeName'])
}

const finished = new Set(['Succeeded', 'Failed'])

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
    object.status = newPodStatus(object.spec ?? {})
  },
  validateUpdate(object, old, { subresource }) {
    if (subresource !== '') return []
    if (isEqual(fixedPart(object.spec), fixedPart(old.spec)) && !nodeChanged(object, old)) return []
    return [
      forbidden(
        'spec',
        'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
      ),
    ]
  },
  /** A running pod is given its grace; the node removes it by deleting it again with none. */
  gracePeriod(object, request) {
    const bound = scalarText(object.spec?.['nodeName']) !== ''
    if (!bound || finished.has(scalarText(object.status?.['phase']))) return 0
    const asked = request.gracePeriodSeconds ?? object.spec?.['terminationGracePeriodSeconds'] ?? 30
    return typeof asked === 'number' ? asked : 30
  },
}
