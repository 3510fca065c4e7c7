import {
  newBadRequest,
  newUnknownResource,
  StatusError,
} from '#apimachinery/errors/status-error.ts'
import type { StoredBody } from '../../storage/interface.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { commonHeaders } from '../respond.ts'
import type { ServedResource } from '../served-resource.ts'
import { refOf } from './write-request.ts'

/** Subresources of a Pod that lead to one of its containers. */
export const podConnections: ReadonlySet<string> = new Set(['attach', 'exec', 'log', 'portforward'])

const namesOf = (pod: StoredBody, field: string): string[] =>
  ((pod.spec?.[field] ?? []) as { name: string }[]).map(({ name }) => name)

/** Throws 400 when the container that is asked for is none of the Pod's, or none of several is. */
function checkContainer(pod: StoredBody, asked: string): void {
  const { name } = pod.metadata
  const [containers, init, ephemeral] = [
    namesOf(pod, 'containers'),
    namesOf(pod, 'initContainers'),
    namesOf(pod, 'ephemeralContainers'),
  ] as const
  if (asked !== '') {
    if ([...containers, ...init, ...ephemeral].includes(asked)) return
    throw newBadRequest(`container ${asked} is not valid for pod ${name}`)
  }
  if (containers.length === 1) return
  const others = init.length === 0 ? '' : ` or one of the init containers: [${init.join(' ')}]`
  throw newBadRequest(
    `a container name must be specified for pod ${name}, choose one of: [${containers.join(' ')}]${others}`,
  )
}

/** Nodes behind this API server are a playground's: no kubelet answers there. */
const nothingThere = (pod: string, node: string): StatusError =>
  new StatusError({
    ...newUnknownResource().status,
    message: `pod ${pod} runs on node ${node}, which is simulated: it has no container to read from or to talk to`,
  })

/** As for a Pod that no node has taken: there is nothing to read yet, and nothing to talk to. On a node there are no containers either: 404. */
export async function connectPod(
  served: ServedResource,
  _req: ApiRequest,
  res: ApiResponse,
): Promise<void> {
  const { info, signal } = res.locals
  const { object: pod } = await served.store.get(refOf(served, res), 'latest', signal)
  if (info.subresource !== 'portforward') checkContainer(pod, info.query.get('container') ?? '')
  const { nodeName = '' } = (pod.spec ?? {}) as { nodeName?: string }
  if (nodeName !== '') throw nothingThere(pod.metadata.name, nodeName)
  if (info.subresource !== 'log')
    throw newBadRequest(`pod ${pod.metadata.name} does not have a host assigned`)
  res.writeHead(200, { ...commonHeaders(res), 'content-type': 'text/plain' })
  res.end()
}
