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

/** Objects are created only in namespaces that exist and stay. */
export const namespaceLifecycle = (namespaceStore: Store): AdmissionPlugin => ({
  name: 'NamespaceLifecycle',
  concerns: ({ operation, resource, namespace }) =>
    operation === 'CREATE' && resource.namespaced && namespace !== '',
  async admit(attributes) {
    const { namespace } = attributes
    const found = await namespaceStore
      .find({ namespace: '', name: namespace })
      .catch((err: unknown) => {
        throw isNotFound(err) ? newNotFound(namespaces, namespace) : err
      })
    const status = found.object.status as { phase?: string } | undefined
    if (found.object.metadata.deletionTimestamp !== undefined || status?.phase === 'Terminating') {
      throw terminating(attributes)
    }
  },
})
