import type { ApiClient } from '#client/api-client.ts'
import type { Lister } from '#client/indexer.ts'
import type { Reconciler, Result } from '../../../federation-controller/runtime/reconciler.ts'
import { isNamespaceTerminating, isNotFound } from '#apimachinery/errors/status-error.ts'
import {
  claim,
  namespaceOf,
  refOf,
} from '../../../federation-controller/controllers/revision/claim.ts'
import { isSameStatus } from './status-equality.ts'
import {
  controllerReference,
  type ReplicaSet,
  replicaSets,
} from '../../../federation-controller/controllers/revision/workload.ts'
import { isFinished, isReady, pods as podResource, type Pod } from './objects.ts'

interface ReplicaSetDeps {
  readonly client: ApiClient
  readonly sets: Lister<ReplicaSet>
  readonly now: () => Date
}

type Status = NonNullable<ReplicaSet['status']>

/** Keeps as many pods as a ReplicaSet asks for, and tells in its status how many there are. */
export const replicaSetReconciler =
  ({ client, sets, now }: ReplicaSetDeps): Reconciler =>
  async (key, { signal }) => {
    const set = sets.get(key)
    if (set === undefined) return undefined
    const { selector } = set.spec
    const owned = await claim<Pod>({
      client,
      gvr: podResource,
      owner: set,
      ownerResource: replicaSets,
      selector,
      signal,
    })
    const active = owned.filter((pod) => !isFinished(pod) && !isDeleting(pod))
    if (!isDeleting(set)) await scale({ client, set, active, signal })
    const { available, nextMs } = availability(set, active, now())
    const status = statusOf(set, active, available)
    if (!isSameStatus(status, set.status))
      await client
        .patch(
          replicaSets,
          refOf(set),
          { type: 'merge', body: { status } },
          { subresource: 'status', signal },
        )
        .catch(ignoreNotFound)
    return nextMs === undefined ? undefined : ({ requeueAfterMs: nextMs } satisfies Result)
  }

const isDeleting = ({ metadata }: Pod | ReplicaSet): boolean =>
  metadata.deletionTimestamp !== undefined

interface Scaling {
  client: ApiClient
  set: ReplicaSet
  active: readonly Pod[]
  signal: AbortSignal
}

async function scale({ client, set, active, signal }: Scaling): Promise<void> {
  const wanted = set.spec.replicas ?? 1
  if (active.length < wanted) {
    const pod = newPod(set)
    const missing = Array.from({ length: wanted - active.length })
    await Promise.all(
      missing.map(() => client.create<Pod>(podResource, pod, { signal }).catch(ignoreTerminating)),
    )
  }
  const surplus = [...active].sort(compareForDeletion).slice(0, Math.max(0, active.length - wanted))
  await Promise.all(
    surplus.map((pod) =>
      client
        .delete(podResource, refOf(pod), {
          preconditions: { uid: pod.metadata.uid ?? '' },
          signal,
        })
        .catch(ignoreNotFound),
    ),
  )
}

const newPod = (set: ReplicaSet): Pod => {
  const { labels, annotations } = set.spec.template?.metadata ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: '',
      generateName: `${set.metadata.name}-`,
      ...namespaceOf(set),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [controllerReference(set)],
    },
    spec: set.spec.template?.spec ?? {},
  }
}

/** What is least missed comes first: not on a node, then not ready, then the youngest. */
export function compareForDeletion(a: Pod, b: Pod): number {
  const worth = (pod: Pod): number =>
    (pod.spec.nodeName === undefined ? 0 : 1) + (isReady(pod) ? 2 : 0)
  if (worth(a) !== worth(b)) return worth(a) - worth(b)
  const [bornA = '', bornB = ''] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp]
  if (bornA !== bornB) return bornA > bornB ? -1 : 1
  return a.metadata.name < b.metadata.name ? -1 : 1
}

/** Pods ready for at least minReadySeconds; `nextMs` is when the next one will be. */
function availability(
  set: ReplicaSet,
  active: readonly Pod[],
  now: Date,
): { available: number; nextMs: number | undefined } {
  const needed = (set.spec.minReadySeconds ?? 0) * 1000
  const waits = active.filter(isReady).map((pod) => {
    const since = pod.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime
    return needed === 0 ? 0 : needed - (now.getTime() - Date.parse(since ?? ''))
  })
  const pending = waits.filter((wait) => wait > 0)
  return {
    available: waits.length - pending.length,
    nextMs: pending.length === 0 ? undefined : Math.min(...pending),
  }
}

function statusOf(set: ReplicaSet, active: readonly Pod[], available: number): Status {
  const labels = Object.entries(set.spec.template?.metadata?.labels ?? {})
  const isLabelled = (pod: Pod): boolean =>
    labels.every(([name, value]) => pod.metadata.labels?.[name] === value)
  const status = {
    replicas: active.length,
    fullyLabeledReplicas: active.filter(isLabelled).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: available,
    observedGeneration: set.metadata.generation ?? 0,
  }
  return { ...set.status, ...status }
}

function ignoreNotFound(err: unknown): void {
  if (!isNotFound(err)) throw err
}

/** The set itself goes with its namespace. */
function ignoreTerminating(err: unknown): undefined {
  if (!isNamespaceTerminating(err)) throw err
}
