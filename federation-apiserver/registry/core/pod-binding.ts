import { required } from '#apimachinery/errors/field-error.ts'
import { newConflict, newInvalid } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { ReviewHandler } from '../review.ts'
import type { Store } from '../store.ts'
import type { WriteGate } from '../store-context.ts'
import { thawedObject } from '../stored.ts'

interface Binding extends ApiObject {
  target?: { kind?: string; name?: string }
}

const open: WriteGate = {
  admit: () => Promise.resolve(),
  validate: () => Promise.resolve(),
  release: () => Promise.resolve(),
}

const bindings = { group: '', resource: 'pods/binding' }

/** POST pods/NAME/binding: puts a pod on a node, once. Answers a Status. */
export const bindPod =
  (pods: Store): ReviewHandler =>
  async ({ object, namespace, name, user, dryRun }) => {
    const { target, metadata }: Binding = object
    const node = target?.name ?? ''
    if (node === '')
      throw newInvalid({ group: '', kind: 'Binding' }, name, [required('target.name')])
    await pods.update(
      { namespace, name },
      (current) => {
        if (current === undefined) throw pods.notFound(name)
        const pod = thawedObject(pods.resource, current)
        if (metadata.uid !== undefined && metadata.uid !== pod.metadata.uid)
          throw newConflict(bindings, name, 'the pod is another one now')
        return boundPod(pod, node)
      },
      {
        namespace,
        user,
        dryRun,
        subresource: 'binding',
        gate: open,
        request: new AbortController(),
      },
    )
    return success
  }

function boundPod(pod: ApiObject, node: string): ApiObject {
  const { name, deletionTimestamp } = pod.metadata
  if (deletionTimestamp !== undefined)
    throw newConflict(bindings, name, `pod ${name} is being deleted, cannot be assigned to a host`)
  const assigned = pod.spec?.['nodeName']
  if (typeof assigned === 'string' && assigned !== '')
    throw newConflict(bindings, name, `pod ${name} is already assigned to node "${assigned}"`)
  return { ...pod, spec: { ...pod.spec, nodeName: node } }
}

/** A Status is answered, not an object; it has no name. */
const success = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  code: 201,
} as unknown as ApiObject
