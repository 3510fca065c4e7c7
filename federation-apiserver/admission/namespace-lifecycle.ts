import { isNotFound, newNotFound, newStatusError } from '#apimachinery/errors/status-error.ts'
import { formatGroupResource } from '#apimachinery/meta/group-version.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../registry/admission.ts'
import type { Store } from '../registry/store.ts'

const namespaces = { group: '', resource: 'namespaces' }

/** 403 with the cause that clients look for when they create into a namespace under deletion. */
const terminating = ({ resource, name, namespace }: AdmissionAttributes) =>
  newStatusError({
    code: 403,
    reason: 'Forbidden',
    message: `${formatGroupResource(resource)} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
    details: {
      name,
      ...(resource.group === '' ? {} : { group: resource.group }),
      kind: resource.resource,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  })

async function find(namespaceStore: Store, name: string): ReturnType<Store['get']> {
  const ref = { namespace: '', name }
  try {
    return await namespaceStore.get(ref, 'any')
  } catch {
    // Not in the cache: it may be behind.
  }
  try {
    return await namespaceStore.get(ref, 'latest')
  } catch (err) {
    throw isNotFound(err) ? newNotFound(namespaces, name) : err
  }
}

/**
 * Objects are created only in namespaces that exist and stay. The cache may be a moment behind, so a namespace that it
 * does not have is asked for again with a linearizable read.
 */
export const namespaceLifecycle = (namespaceStore: Store): AdmissionPlugin => ({
  name: 'NamespaceLifecycle',
  concerns: ({ operation, resource, namespace }) =>
    operation === 'CREATE' && resource.namespaced && namespace !== '',
  async admit(attributes) {
    const found = await find(namespaceStore, attributes.namespace)
    const status = found.object.status as { phase?: string } | undefined
    if (found.object.metadata.deletionTimestamp !== undefined || status?.phase === 'Terminating') {
      throw terminating(attributes)
    }
  },
})
