import { newForbidden } from '#apimachinery/errors/status-error.ts'
import { validateLabel } from '#apimachinery/meta/names.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { statusField } from '../field-label.ts'
import { keptMetadata } from '../subresource.ts'
import type { Strategy } from '../strategy.ts'

const protectedNamespaces = new Set(['default', 'kube-system', 'kube-public', 'federation-system'])

const nameLabel = 'kubernetes.io/metadata.name'

interface NamespaceSpec {
  finalizers?: string[]
}

const finalizersOf = (object: Readonly<ApiObject>): readonly string[] =>
  (object.spec as NamespaceSpec | undefined)?.finalizers ?? []

function label(object: ApiObject): void {
  if ((object.metadata.name ?? '') === '') return
  object.metadata.labels = { ...object.metadata.labels, [nameLabel]: object.metadata.name }
}

/**
 * A namespace is held by spec.finalizers until its contents are gone; the controller that empties it takes its finalizer away
 * by PUT to the finalize subresource.
 */
export const namespaceStrategy: Strategy = {
  group: '',
  resource: 'namespaces',
  validateName: validateLabel,
  initialStatus: { phase: 'Active' },
  fields: { 'status.phase': statusField('phase') },
  prepareForCreate(object) {
    const given = finalizersOf(object)
    const finalizers = given.includes('kubernetes') ? given : [...given, 'kubernetes']
    object.spec = { ...object.spec, finalizers }
    label(object)
  },
  prepareForUpdate(object, old, { subresource }) {
    if (subresource === '') object.spec = { ...object.spec, finalizers: [...finalizersOf(old)] }
    label(object)
  },
  checkDelete({ metadata }) {
    if (protectedNamespaces.has(metadata.name)) {
      throw newForbidden(
        { group: '', resource: 'namespaces' },
        metadata.name,
        'this namespace may not be deleted',
      )
    }
  },
  isHeld: (object) => finalizersOf(object).length > 0,
  markDeleted(object) {
    object.status = { ...object.status, phase: 'Terminating' }
    delete object.metadata.deletionGracePeriodSeconds
  },
  subresources: {
    finalize: {
      merge: (given, old) => ({
        ...old,
        metadata: keptMetadata(given.metadata, old.metadata),
        spec: given.spec ?? {},
      }),
    },
  },
}
