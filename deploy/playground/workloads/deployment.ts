import type { ApiClient } from '#client/api-client.ts'
import type { Lister } from '#client/indexer.ts'
import type { Reconciler } from '../../../federation-controller/runtime/reconciler.ts'
import { isNamespaceTerminating, isNotFound } from '#apimachinery/errors/status-error.ts'
import { claim, refOf } from '../../../federation-controller/controllers/revision/claim.ts'
import { deploymentStatus, progressDeadlineMs } from './deployment-status.ts'
import {
  type Deployment,
  deployments,
  type ReplicaSet,
  replicaSets,
} from '../../../federation-controller/controllers/revision/workload.ts'
import { templateHash } from '../../../federation-controller/controllers/revision/pod-template.ts'
import { revisionOf } from '../../../federation-controller/controllers/revision/revisions.ts'
import { isSameStatus } from './status-equality.ts'
import { nextRecreateStep, nextRollingStep, type RolloutSet } from './rollout.ts'
import {
  createdOf,
  currentSet,
  divide,
  noteRevision,
  type Pass,
  prune,
  type Sets,
  updateSet,
} from '../../../federation-controller/controllers/revision/history.ts'
import { rolloutLimits } from '../../../federation-controller/federated-types/rollout-limits.ts'

interface DeploymentDeps {
  readonly client: ApiClient
  readonly deployments: Lister<Deployment>
  readonly now: () => Date
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

const scaleTo = async (
  pass: Pass,
  set: ReplicaSet,
  replicas: number | undefined,
): Promise<ReplicaSet> => (replicas === undefined ? set : updateSet(pass, set, { replicas }))

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
