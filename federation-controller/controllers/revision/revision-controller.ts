import { isDeepStrictEqual } from 'node:util'
import { isNamespaceTerminating } from '#apimachinery/errors/status-error.ts'
import { Informer } from '#client/informer.ts'
import type { FederationContext } from '../../federation/federation-context.ts'
import { neverLeaves } from '../../federation/propagation-policy.ts'
import { Controller } from '../../runtime/controller.ts'
import { enqueueRequestForObject, enqueueRequestForOwner } from '../../runtime/sources.ts'
import { claim } from './claim.ts'
import {
  currentSet,
  divide,
  noteRevision,
  type Pass,
  prune,
  type Sets,
  updateSet,
} from './history.ts'
import { templateHash } from './pod-template.ts'
import { revisionOf } from './revisions.ts'
import { rolloutLimits } from '../../federated-types/rollout-limits.ts'
import { type Deployment, deployments, type ReplicaSet, replicaSets } from './workload.ts'

/**
 * Keeps one ReplicaSet for each template that a Deployment has had, as Kubernetes does: `rollout history` and `rollout undo` read them, and
 * helm waits for the newest. They make no pods here and go to no member; their counts are those of the Deployment.
 */
export async function runRevisionController(
  context: FederationContext,
  signal: AbortSignal,
): Promise<void> {
  const { client, logger } = context
  const type = context.types.find(({ group, kind }) => group === 'apps' && kind === 'Deployment')
  if (type === undefined) return
  const informer = context.informerOf(type).federation
  const sets = new Informer<ReplicaSet>({ client, gvr: replicaSets, logger })
  const controller = new Controller({
    name: 'revision',
    logger,
    sources: [
      enqueueRequestForObject(informer),
      enqueueRequestForOwner(sets, { group: 'apps', kind: 'Deployment' }),
    ],
    concurrency: 4,
    reconcile: async (key, reconciling) => {
      const deployment = informer.get(key) as Deployment | undefined
      const isGoing = deployment?.metadata.deletionTimestamp !== undefined
      if (deployment === undefined || isGoing || neverLeaves(type, deployment)) return undefined
      await reconcile({ client, deployment, signal: reconciling.signal })
      return undefined
    },
  })
  await Promise.all([sets.run(signal), controller.run(signal)])
}

async function reconcile({
  client,
  deployment,
  signal,
}: Pick<Pass, 'client' | 'deployment' | 'signal'>): Promise<void> {
  const { selector, replicas = 1, strategy, paused } = deployment.spec
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
  const known = divide(deployment, owned)
  try {
    await count(pass, paused === true ? known : await record(pass, known))
  } catch (err) {
    if (!isNamespaceTerminating(err)) throw err
  }
}

/** Tries to find a name for a ReplicaSet that nobody else has. */
const nameAttempts = 8

/** The template as it is now gets the highest revision. */
async function record(pass: Pass, sets: Sets): Promise<Sets> {
  const { metadata, spec } = pass.deployment
  const revision = String(Math.max(0, ...sets.old.map(revisionOf)) + 1)
  for (let collisions = 0; collisions < nameAttempts; collisions++) {
    const free = `${metadata.name}-${templateHash(spec.template, collisions)}`
    const current = await currentSet(pass, {
      sets,
      name: sets.current?.metadata.name ?? free,
      replicas: spec.replicas ?? 1,
      revision,
    })
    if (current === 'collision') continue
    await noteRevision(pass, revisionOf(current))
    return { current, old: await prune(pass, sets.old) }
  }
  throw new Error(`no free name for a ReplicaSet of ${metadata.name}`)
}

interface Counts {
  readonly replicas: number
  readonly ready: number
  readonly available: number
}

const nothing: Counts = { replicas: 0, ready: 0, available: 0 }

/** Tells which of the Deployment's pods are of the current template; the others are taken for those of the template before. */
async function count(pass: Pass, { current, old }: Sets): Promise<void> {
  const { status = {}, metadata } = pass.deployment
  // Until then the counts are of another template.
  if (status.observedGeneration !== metadata.generation) return
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status
  const updated: Counts = {
    replicas: updatedReplicas,
    ready: Math.min(readyReplicas, updatedReplicas),
    available: Math.min(availableReplicas, updatedReplicas),
  }
  const rest: Counts = {
    replicas: Math.max(0, replicas - updatedReplicas),
    ready: readyReplicas - updated.ready,
    available: availableReplicas - updated.available,
  }
  if (current !== undefined) await writeStatus(pass, current, updated)
  const [last, ...others] = old.toSorted((a, b) => revisionOf(b) - revisionOf(a))
  if (last !== undefined) await shrink(pass, last, rest)
  for (const set of others) await shrink(pass, set, nothing)
}

async function shrink(pass: Pass, set: ReplicaSet, counts: Counts): Promise<void> {
  await writeStatus(pass, await updateSet(pass, set, { replicas: counts.replicas }), counts)
}

/** As Kubernetes writes it, zero counts are absent, but that of all replicas. */
async function writeStatus(
  { client, signal }: Pass,
  set: ReplicaSet,
  { replicas, ready, available }: Counts,
): Promise<void> {
  const { generation } = set.metadata
  const status: NonNullable<ReplicaSet['status']> = {
    replicas,
    ...(replicas === 0 ? {} : { fullyLabeledReplicas: replicas }),
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(available === 0 ? {} : { availableReplicas: available }),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  }
  if (isDeepStrictEqual(status, { ...set.status })) return
  await client.update<ReplicaSet>(
    replicaSets,
    { ...set, status },
    { subresource: 'status', signal },
  )
}
