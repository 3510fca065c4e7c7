import { isDeepStrictEqual } from 'node:util'
import type { ApiClient } from '#client/api-client.ts'
import type { Lister } from '#client/indexer.ts'
import type { Reconciler } from '../../../federation-controller/runtime/reconciler.ts'
import {
  isAlreadyExists,
  isNamespaceTerminating,
  isNotFound,
} from '#apimachinery/errors/status-error.ts'
import { claim, refOf } from './claim.ts'
import { deploymentStatus, progressDeadlineMs } from './deployment-status.ts'
import { type Deployment, deployments, type ReplicaSet, replicaSets } from './objects.ts'
import { isSameTemplate, templateHash } from './pod-template.ts'
import { newReplicaSet, revisionOf, setAnnotations } from './revisions.ts'
import { isSameStatus } from './status-equality.ts'
import { nextRecreateStep, nextRollingStep, rolloutLimits, type RolloutSet } from './rollout.ts'

interface DeploymentDeps {
  readonly client: ApiClient
  readonly deployments: Lister<Deployment>
  readonly now: () => Date
}

interface Pass {
  readonly client: ApiClient
  readonly deployment: Deployment
  readonly signal: AbortSignal
  readonly limits: { maxSurge: number; maxUnavailable: number }
}

interface Sets {
  readonly current: ReplicaSet | undefined
  readonly old: readonly ReplicaSet[]
}

/** Brings a Deployment's ReplicaSets one step nearer to its template and replicas; each change of theirs brings the next step. */
export const deploymentReconciler =
  (deps: DeploymentDeps): Reconciler =>
  async (key, { signal }) => {
    const deployment = deps.deployments.get(key)
    if (deployment === undefined) return undefined
    const { client } = deps
    const { selector, replicas = 1, strategy } = deployment.spec
    const limits = rolloutLimits(replicas, strategy?.rollingUpdate ?? {})
    const pass: Pass = { client, deployment, signal, limits }
    const owned = await claim<ReplicaSet>({
      client,
      gvr: replicaSets,
      owner: deployment,
      ownerResource: deployments,
      selector,
      signal,
    })
    let sets = divide(deployment, owned)
    let collisions = deployment.status?.collisionCount ?? 0
    if (deployment.metadata.deletionTimestamp === undefined) {
      const rolled = await roll(pass, sets).catch((err: unknown) => {
        if (!isNamespaceTerminating(err)) throw err
        return sets
      })
      if (rolled === 'collision') collisions++
      else sets = rolled
    }
    const status = await writeStatus(pass, { sets, collisions, now: deps.now() })
    const requeueAfterMs = progressDeadlineMs({ ...deployment, status }, deps.now())
    return requeueAfterMs === undefined ? undefined : { requeueAfterMs }
  }

function divide(deployment: Deployment, owned: readonly ReplicaSet[]): Sets {
  const alike = owned
    .filter((set) => isSameTemplate(set.spec.template, deployment.spec.template))
    .sort((a, b) => (createdOf(a) < createdOf(b) ? -1 : 1))
  return { current: alike[0], old: owned.filter((set) => set !== alike[0]) }
}

const createdOf = ({ metadata }: ReplicaSet): string =>
  `${metadata.creationTimestamp ?? ''} ${metadata.name}`

async function roll(pass: Pass, sets: Sets): Promise<Sets | 'collision'> {
  const { deployment } = pass
  if (deployment.spec.paused === true) return scalePaused(pass, sets)
  const name =
    sets.current?.metadata.name ??
    `${deployment.metadata.name}-${templateHash(deployment.spec.template, deployment.status?.collisionCount ?? 0)}`
  const step = nextStep(pass, sets, name)
  const revision = String(Math.max(0, ...sets.old.map(revisionOf)) + 1)
  const current = await currentSet(pass, { sets, name, replicas: step.get(name), revision })
  if (current === 'collision') return current
  const old = await Promise.all(
    sets.old.map((set) => scaleTo(pass, set, step.get(set.metadata.name))),
  )
  await noteRevision(pass, revisionOf(current))
  return { current, old: await prune(pass, old) }
}

function nextStep({ deployment, limits }: Pass, sets: Sets, name: string): Map<string, number> {
  const desired = deployment.spec.replicas ?? 1
  const current = sets.current === undefined ? emptySet(name) : rolloutSet(sets.current)
  const old = sets.old.map(rolloutSet)
  if (deployment.spec.strategy?.type === 'Recreate') {
    const oldPods = sets.old.reduce((total, { status }) => total + (status?.replicas ?? 0), 0)
    return nextRecreateStep(desired, { current, old, oldPods })
  }
  return nextRollingStep({ desired, ...limits, current, old })
}

const emptySet = (name: string): RolloutSet => ({ name, replicas: 0, available: 0, created: '' })

const rolloutSet = (set: ReplicaSet): RolloutSet => ({
  name: set.metadata.name,
  replicas: set.spec.replicas ?? 0,
  available: set.status?.availableReplicas ?? 0,
  created: createdOf(set),
})

interface Wanted {
  sets: Sets
  name: string
  replicas: number | undefined
  revision: string
}

/** The ReplicaSet of the current template, made or scaled; a name that another object has taken is a collision, answered by another hash next time. */
async function currentSet(pass: Pass, wanted: Wanted): Promise<ReplicaSet | 'collision'> {
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

const scaleTo = async (
  pass: Pass,
  set: ReplicaSet,
  replicas: number | undefined,
): Promise<ReplicaSet> => (replicas === undefined ? set : updateSet(pass, set, { replicas }))

async function updateSet(
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

/** While a rollout is paused only the number of pods follows: the fullest set takes the difference. */
async function scalePaused(pass: Pass, sets: Sets): Promise<Sets> {
  const all = sets.current === undefined ? sets.old : [...sets.old, sets.current]
  const asked = all.reduce((total, { spec }) => total + (spec.replicas ?? 0), 0)
  const difference = (pass.deployment.spec.replicas ?? 1) - asked
  const [fullest] = all.toSorted((a, b) => (b.spec.replicas ?? 0) - (a.spec.replicas ?? 0))
  if (difference === 0 || fullest === undefined) return sets
  const scaled = await scaleTo(
    pass,
    fullest,
    Math.max(0, (fullest.spec.replicas ?? 0) + difference),
  )
  const replace = (set: ReplicaSet): ReplicaSet => (set === fullest ? scaled : set)
  return {
    current: sets.current === undefined ? undefined : replace(sets.current),
    old: sets.old.map(replace),
  }
}

const revisionAnnotation = 'deployment.kubernetes.io/revision'

async function noteRevision({ client, deployment, signal }: Pass, revision: number): Promise<void> {
  if (deployment.metadata.annotations?.[revisionAnnotation] === String(revision)) return
  const body = { metadata: { annotations: { [revisionAnnotation]: String(revision) } } }
  await client.patch(deployments, refOf(deployment), { type: 'merge', body }, { signal })
}

/** Deletes the oldest empty sets beyond the history that is kept; answers the rest. */
async function prune(pass: Pass, old: readonly ReplicaSet[]): Promise<ReplicaSet[]> {
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

async function writeStatus(
  { client, deployment, signal, limits }: Pass,
  seen: { sets: Sets; collisions: number; now: Date },
): Promise<NonNullable<Deployment['status']>> {
  const status = deploymentStatus({
    deployment,
    ...seen.sets,
    maxUnavailable: limits.maxUnavailable,
    collisionCount: seen.collisions,
    now: seen.now.toISOString().replace(/\.\d+Z$/, 'Z'),
  })
  if (isSameStatus(status, deployment.status)) return status
  await client
    .patch(
      deployments,
      refOf(deployment),
      { type: 'merge', body: { status } },
      { subresource: 'status', signal },
    )
    .catch((err: unknown) => {
      if (!isNotFound(err)) throw err
    })
  return status
}
