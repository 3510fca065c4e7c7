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
  admit(attributes) {
    const { namespace } = attributes
    const judge = ({ object }: Awaited<ReturnType<Store['get']>>): void => {
      const status = object.status as { phase?: string } | undefined
      if (object.metadata.deletionTimestamp !== undefined || status?.phase === 'Terminating')
        throw terminating(attributes)
    }
    const ref = { namespace: '', name: namespace }
    const known = namespaceStore.findCached(ref)
    if (known !== undefined) return judge(known)
    return namespaceStore.get(ref, 'latest').then(judge, (err: unknown) => {
      throw isNotFound(err) ? newNotFound(namespaces, namespace) : err
    })
  },
})
