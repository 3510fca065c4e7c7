import { isDeepStrictEqual } from 'node:util'
import type { ApiClient } from '#client/api-client.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/errors/status-error.ts'
import { refOf } from './claim.ts'
import { isSameTemplate } from './pod-template.ts'
import { newReplicaSet, revisionAnnotation, revisionOf, setAnnotations } from './revisions.ts'
import { type Deployment, deployments, type ReplicaSet, replicaSets } from './workload.ts'

/** One look at a Deployment. */
export interface Pass {
  readonly client: ApiClient
  readonly deployment: Deployment
  readonly signal: AbortSignal
  readonly limits: { maxSurge: number; maxUnavailable: number }
}

/** ReplicaSets of a Deployment: that of its template as it is now, and those of the templates before. */
export interface Sets {
  readonly current: ReplicaSet | undefined
  readonly old: readonly ReplicaSet[]
}

export function divide(deployment: Deployment, owned: readonly ReplicaSet[]): Sets {
  const alike = owned
    .filter((set) => isSameTemplate(set.spec.template, deployment.spec.template))
    .sort((a, b) => (createdOf(a) < createdOf(b) ? -1 : 1))
  return { current: alike[0], old: owned.filter((set) => set !== alike[0]) }
}

/** Orders sets by age. */
export const createdOf = ({ metadata }: ReplicaSet): string =>
  `${metadata.creationTimestamp ?? ''} ${metadata.name}`

export interface Wanted {
  sets: Sets
  name: string
  replicas: number | undefined
  revision: string
}

/** The ReplicaSet of the current template, made or scaled; a name that another object has taken is a collision, answered by another hash next time. */
export async function currentSet(pass: Pass, wanted: Wanted): Promise<ReplicaSet | 'collision'> {
  const { client, deployment, signal } = pass
  const { current, old } = wanted.sets
  if (current !== undefined) {
    const isLatest = revisionOf(current) > Math.max(0, ...old.map(revisionOf))
    const revision = isLatest ? String(revisionOf(current)) : wanted.revision
    return updateSet(pass, current, { replicas: wanted.replicas, revision })
  }
  const { name, revision, replicas = 0 } = wanted
  const set = newReplicaSet(deployment, { name, revision, replicas, ...pass.limits })
  try {
    return await client.create<ReplicaSet>(replicaSets, set, { signal })
  } catch (err) {
    if (isAlreadyExists(err)) return 'collision'
    throw err
  }
}

export async function updateSet(
  { client, deployment, signal, limits }: Pass,
  set: ReplicaSet,
  wanted: { replicas: number | undefined; revision?: string },
): Promise<ReplicaSet> {
  const before = set.metadata.annotations ?? {}
  const annotations = setAnnotations(deployment, { ...limits, before, ...wanted })
  const replicas = wanted.replicas ?? set.spec.replicas
  if (replicas === set.spec.replicas && isDeepStrictEqual(annotations, before)) return set
  const { uid, resourceVersion } = set.metadata
  const body = { metadata: { uid, resourceVersion, annotations }, spec: { replicas } }
  return client.patch<ReplicaSet>(replicaSets, refOf(set), { type: 'merge', body }, { signal })
}

/** A Deployment says which revision it is: with its status, as upstream, so that no generation is counted. */
export async function noteRevision(
  { client, deployment, signal }: Pass,
  revision: number,
): Promise<void> {
  if (deployment.metadata.annotations?.[revisionAnnotation] === String(revision)) return
  const body = { metadata: { annotations: { [revisionAnnotation]: String(revision) } } }
  const options = { subresource: 'status', signal } as const
  await client.patch(deployments, refOf(deployment), { type: 'merge', body }, options)
}

/** Deletes the oldest empty sets beyond the history that is kept; answers the rest. */
export async function prune(pass: Pass, old: readonly ReplicaSet[]): Promise<ReplicaSet[]> {
  const empty = old.filter(
    ({ spec, status, metadata }) =>
      spec.replicas === 0 &&
      (status?.replicas ?? 0) === 0 &&
      status?.observedGeneration === metadata.generation &&
      metadata.deletionTimestamp === undefined,
  )
  const keep = pass.deployment.spec.revisionHistoryLimit ?? 10
  const surplus = empty
    .toSorted((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, Math.max(0, empty.length - keep))
  for (const set of surplus)
    await pass.client
      .delete(replicaSets, refOf(set), { signal: pass.signal, propagationPolicy: 'Background' })
      .catch((err: unknown) => {
        if (!isNotFound(err)) throw err
      })
  return old.filter((set) => !surplus.includes(set))
}
