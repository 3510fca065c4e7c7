import type { ApiClient } from '#client/api-client.ts'
import type { Lister } from '#client/indexer.ts'
import { isConflict, isNotFound } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Reconciler } from '../../../federation-controller/runtime/reconciler.ts'
import { AddressPool } from '../workloads/address-pool.ts'
import { namespaceOf, refOf } from '../../../federation-controller/controllers/revision/claim.ts'
import { isFinished, type Pod, pods as podResource } from '../workloads/objects.ts'
import type { SimulatedNode } from './node-pool.ts'
import { runningStatus } from './pod-status.ts'

interface Node extends ApiObject {
  spec?: { unschedulable?: boolean }
}

interface PodDeps {
  readonly client: ApiClient
  /** Indexed by node name as `node`. */
  readonly pods: Lister<Pod>
  readonly nodes: Lister<Node>
  readonly simulated: readonly SimulatedNode[]
}

/** A node that was cordoned, or a label that no node has, may change; nothing else brings the pod back here. */
const unschedulableMs = 5_000

/** Plays scheduler and kubelet: binds pods to the simulated nodes, starts them, and lets them go when they are deleted. */
export function podReconciler(deps: PodDeps): Reconciler {
  const addresses = new Map(
    deps.simulated.map(({ name, podCIDR }) => [name, new AddressPool(podCIDR)]),
  )
  const placement = new Placement(deps)
  return async (key, { signal }) => {
    const pod = deps.pods.get(key)
    if (pod === undefined || isFinished(pod)) {
      placement.forget(key)
      for (const pool of addresses.values()) pool.release(key)
      return undefined
    }
    const { nodeName = '' } = pod.spec
    if (pod.metadata.deletionTimestamp !== undefined) {
      await end(deps.client, pod, signal)
      return undefined
    }
    if (isStarted(pod)) {
      addresses.get(nodeName)?.hold(key, pod.status?.podIP ?? '')
      return undefined
    }
    const target = nodeName === '' ? placement.choose(key, pod) : nodeName
    const host = deps.simulated.find(({ name }) => name === target)
    if (target === undefined) return { requeueAfterMs: unschedulableMs }
    if (nodeName === '') await bind(deps.client, pod, { target, signal })
    for (const other of deps.pods.byIndex('node', target))
      if (other.status?.podIP !== undefined)
        addresses
          .get(target)
          ?.hold(`${other.metadata.namespace}/${other.metadata.name}`, other.status.podIP)
    const podIP = addresses.get(target)?.take(key)
    if (host === undefined || podIP === undefined) return undefined
    await start(deps.client, pod, { podIP, hostIP: host.internalIP, signal })
    return undefined
  }
}

const isStarted = ({ status }: Pod): boolean => status?.phase === 'Running'

/** Which node a pod goes to: of those that fit, the one with the fewest pods. Remembers its choices, since the copies of pods lag. */
class Placement {
  readonly #deps: PodDeps
  readonly #chosen = new Map<string, string>()

  constructor(deps: PodDeps) {
    this.#deps = deps
  }

  choose(key: string, pod: Pod): string | undefined {
    const wanted = Object.entries(pod.spec.nodeSelector ?? {})
    const fits = this.#deps.nodes
      .list()
      .filter(({ spec }) => spec?.unschedulable !== true)
      .filter(({ metadata }) => wanted.every(([name, value]) => metadata.labels?.[name] === value))
      .map(({ metadata }) => metadata.name)
      .filter((name) => this.#deps.simulated.some((node) => node.name === name))
      .sort((a, b) => this.#load(a) - this.#load(b) || (a < b ? -1 : 1))
    const [node] = fits
    if (node !== undefined) this.#chosen.set(key, node)
    return node
  }

  forget(key: string): void {
    this.#chosen.delete(key)
  }

  #load(node: string): number {
    const keys = new Set<string>()
    for (const { metadata } of this.#deps.pods.byIndex('node', node))
      keys.add(`${metadata.namespace}/${metadata.name}`)
    for (const [key, chosen] of this.#chosen) if (chosen === node) keys.add(key)
    return keys.size
  }
}

async function bind(
  client: ApiClient,
  pod: Pod,
  { target, signal }: { target: string; signal: AbortSignal },
): Promise<void> {
  const { name, uid } = pod.metadata
  const binding: ApiObject = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, ...namespaceOf(pod), ...(uid === undefined ? {} : { uid }) },
    target: { apiVersion: 'v1', kind: 'Node', name: target },
  }
  await client
    .create(podResource, binding, { subresource: 'binding', signal })
    .catch(ignoreOvertaken)
}

async function start(
  client: ApiClient,
  pod: Pod,
  how: { podIP: string; hostIP: string; signal: AbortSignal },
): Promise<void> {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const body = { metadata: { uid: pod.metadata.uid }, status: runningStatus(pod, { ...how, now }) }
  await client
    .patch(
      podResource,
      refOf(pod),
      { type: 'merge', body },
      { subresource: 'status', signal: how.signal },
    )
    .catch(ignoreOvertaken)
}

/** A kubelet deletes a pod for good when its containers have stopped; simulated ones stop at once. */
async function end(client: ApiClient, pod: Pod, signal: AbortSignal): Promise<void> {
  if (pod.metadata.deletionGracePeriodSeconds === 0) return
  const { uid } = pod.metadata
  await client
    .delete(podResource, refOf(pod), {
      gracePeriodSeconds: 0,
      ...(uid === undefined ? {} : { preconditions: { uid } }),
      signal,
    })
    .catch(ignoreOvertaken)
}

/** Gone, or changed by somebody: the change leads back here. */
function ignoreOvertaken(err: unknown): void {
  if (!isNotFound(err) && !isConflict(err)) throw err
}
