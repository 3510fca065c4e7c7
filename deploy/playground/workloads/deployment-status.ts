import type {
  Condition,
  Deployment,
  ReplicaSet,
} from '../../../federation-controller/controllers/revision/workload.ts'

export interface StatusInput {
  readonly deployment: Deployment
  readonly current: ReplicaSet | undefined
  readonly old: readonly ReplicaSet[]
  /** Pods that may be missing during a rollout. */
  readonly maxUnavailable: number
  readonly collisionCount: number
  /** RFC 3339. */
  readonly now: string
}

type Status = NonNullable<Deployment['status']>

const count = (sets: readonly ReplicaSet[], field: keyof NonNullable<ReplicaSet['status']>) =>
  sets.reduce((total, set) => total + (set.status?.[field] ?? 0), 0)

/** A Deployment's status as its ReplicaSets give it; conditions keep their transition times while their status is the same. */
export function deploymentStatus(input: StatusInput): Status {
  const { deployment, current, old } = input
  const all = current === undefined ? old : [...old, current]
  const desired = deployment.spec.replicas ?? 1
  const available = count(all, 'availableReplicas')
  const asked = all.reduce((total, set) => total + (set.spec.replicas ?? 0), 0)
  const status: Status = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: count(all, 'replicas'),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: count(all, 'readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, asked - available),
    ...(input.collisionCount === 0 ? {} : { collisionCount: input.collisionCount }),
  }
  const wanted = [
    availableCondition(available >= desired - input.maxUnavailable),
    progressingCondition(input, status),
  ]
  const before = deployment.status?.conditions ?? []
  return {
    ...status,
    conditions: wanted.map((each) => withTimes(each, before, input.now)),
  }
}

const availableCondition = (isAvailable: boolean): Condition =>
  isAvailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      }

function progressingCondition(
  { deployment, current, now }: StatusInput,
  status: Status,
): Condition {
  const before = deployment.status?.conditions?.find(({ type }) => type === 'Progressing')
  const of = (status: Condition['status'], reason: string, message: string): Condition => ({
    type: 'Progressing',
    status,
    reason,
    message,
  })
  if (deployment.spec.paused === true)
    return of('Unknown', 'DeploymentPaused', 'Deployment is paused')
  const name = current?.metadata.name ?? ''
  if (isComplete(deployment, status))
    return of('True', 'NewReplicaSetAvailable', `ReplicaSet "${name}" has successfully progressed.`)
  if (!hasProgressed(deployment.status, status) && before !== undefined) {
    if (before.reason === 'ProgressDeadlineExceeded') return before
    const limit = deployment.spec.progressDeadlineSeconds ?? 600
    if (Date.parse(now) - Date.parse(before.lastUpdateTime ?? now) > limit * 1000)
      return of(
        'False',
        'ProgressDeadlineExceeded',
        `ReplicaSet "${name}" has timed out progressing.`,
      )
    if (before.reason !== 'NewReplicaSetAvailable') return before
  }
  return of('True', 'ReplicaSetUpdated', `ReplicaSet "${name}" is progressing.`)
}

const isComplete = (deployment: Deployment, status: Status): boolean => {
  const desired = deployment.spec.replicas ?? 1
  return (
    status.updatedReplicas === desired &&
    status.replicas === desired &&
    status.availableReplicas === desired
  )
}

const hasProgressed = (before: Status = {}, after: Status): boolean =>
  (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
  (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
  (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0) ||
  oldReplicas(after) < oldReplicas(before)

const oldReplicas = ({ replicas = 0, updatedReplicas = 0 }: Status): number =>
  replicas - updatedReplicas

function withTimes(wanted: Condition, before: readonly Condition[], now: string): Condition {
  const last = before.find(({ type }) => type === wanted.type)
  const isSame =
    last?.status === wanted.status &&
    last.reason === wanted.reason &&
    last.message === wanted.message
  // A new step of a rollout has a new update time, from which its deadline counts.
  const isNewStep = wanted !== last && wanted.reason === 'ReplicaSetUpdated'
  if (last !== undefined && isSame && !isNewStep) return last
  const transition = last?.status === wanted.status ? last.lastTransitionTime : now
  return { ...wanted, lastUpdateTime: now, lastTransitionTime: transition ?? now }
}

/** Milliseconds until a rollout that makes no progress has failed; undefined when none is under way. */
export function progressDeadlineMs({ spec, status }: Deployment, now: Date): number | undefined {
  const progressing = status?.conditions?.find(({ type }) => type === 'Progressing')
  if (progressing?.reason !== 'ReplicaSetUpdated') return undefined
  const limit = (spec.progressDeadlineSeconds ?? 600) * 1000
  const since = Date.parse(progressing.lastUpdateTime ?? '')
  return Number.isNaN(since) ? undefined : Math.max(0, since + limit - now.getTime()) + 1000
}
