import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { numberAt, objectAt, objectsAt } from './body.ts'
import type { MemberCopy, Refusal, StatusInput } from './federated-type.ts'
import { rolloutLimits } from './rollout-limits.ts'

const counts = [
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
] as const

const conditionTypes = ['Available', 'Progressing', 'ReplicaFailure', 'Placed'] as const

/**
 * Sums of the members' counts. `observedGeneration` reaches the federated generation only when every member has the
 * copy of that generation and its own controller has observed it: `kubectl rollout status` ends exactly then.
 * A member whose controller has not observed the copy yet reports counts of the generation before: none is updated.
 */
export function deploymentStatus(input: StatusInput): JsonObject | undefined {
  const { source, copies } = input
  const before = source.status ?? {}
  const observed = input.complete && copies.every((copy) => hasObserved(copy))
  const generation = observed
    ? source.metadata.generation
    : numberAt(before, ['observedGeneration'])
  const summed = sums(copies)
  const conditions = conditionsOf(input, summed)
  if (copies.length === 0 && generation === undefined && conditions.length === 0) return undefined
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...summed,
    ...(conditions.length === 0 ? {} : { conditions }),
  }
}

/**
 * What the members say, and what none of them can know: whether all replicas have a place, and that too few are available when they have
 * not. Progressing is the members' alone: their rollouts do end, and `kubectl rollout status` counts the replicas by itself.
 */
function conditionsOf(input: StatusInput, summed: JsonObject): JsonObject[] {
  const { source, placed } = input
  const missing = shortfall(input, summed)
  const found = [...(missing === undefined ? [] : [missing]), ...ofMembers(input)]
  // That everything is placed is worth no write of its own.
  const isSaid = found.length > 0 || conditionOf(source.status, 'Placed') !== undefined
  if (placed !== undefined && (placed.status === 'False' || placed.message !== '' || isSaid)) {
    const { type, status, reason, message } = placed
    // An empty message is not stored.
    found.push({ type, status, reason, ...(message === '' ? {} : { message }) })
  }
  return conditionTypes.flatMap((type) => {
    const finding = found.find((one) => one.type === type)
    return finding === undefined ? [] : [withTimes(finding, input)]
  })
}

/** Available: too few replicas are, since some have no place, were refused by a member, or are where nobody answers. */
function shortfall(
  { source: { spec = {} }, placed, refusals, away }: StatusInput,
  summed: JsonObject,
): Finding | undefined {
  const why = [
    ...(placed?.status === 'False' ? [placed.message] : []),
    ...refusals.map(told),
    ...away.map(
      (cluster) => `${cluster}: the cluster is not Ready, and its replicas are not counted`,
    ),
  ].join('; ')
  const replicas = numberAt(spec, ['replicas']) ?? 1
  const rollingUpdate = objectAt(objectAt(spec, 'strategy'), 'rollingUpdate')
  const { maxUnavailable } = rolloutLimits(replicas, rollingUpdate)
  const available = numberAt(summed, ['availableReplicas']) ?? 0
  if (why === '' || available >= replicas - maxUnavailable) return undefined
  const reason = 'MinimumReplicasUnavailable'
  return { type: 'Available', status: 'False', reason, message: why }
}

/** As Kubernetes writes it, zero counts are absent. */
function sums(copies: readonly MemberCopy[]): JsonObject {
  const summed: JsonObject = {}
  for (const field of counts) {
    const total = copies.reduce(
      (sum, { object }) => sum + (numberAt(object, ['status', field]) ?? 0),
      0,
    )
    if (total > 0) summed[field] = total
  }
  return summed
}

const hasObserved = ({ object }: MemberCopy): boolean =>
  (numberAt(object, ['status', 'observedGeneration']) ?? 0) >= (object.metadata.generation ?? 1)

type Summed = Omit<Finding, 'type'>

interface Found {
  cluster: string
  condition: JsonObject
}

/** A condition without its times. */
interface Finding {
  readonly type: string
  readonly status: string
  readonly reason: unknown
  readonly message?: string
}

const ofMembers = ({ copies, refusals }: StatusInput): Finding[] =>
  conditionTypes.flatMap((type) => {
    const found = copies.flatMap(({ cluster, object }): Found[] => {
      const condition = conditionOf(object.status, type)
      return condition === undefined ? [] : [{ cluster, condition }]
    })
    const summed =
      type === 'ReplicaFailure' ? anyTrue(found, refusals) : allTrue(found, copies.length)
    return summed === undefined ? [] : [{ type, ...summed }]
  })

/** Times are those of before, as long as what they are about is the same. */
function withTimes(finding: Finding, { source, now }: StatusInput): JsonObject {
  const before = conditionOf(source.status, finding.type)
  const same = before?.status === finding.status
  const equal = same && before?.reason === finding.reason && before?.message === finding.message
  return {
    ...finding,
    lastUpdateTime: (equal ? before?.lastUpdateTime : undefined) ?? now,
    lastTransitionTime: (same ? before?.lastTransitionTime : undefined) ?? now,
  }
}

const conditionOf = (status: JsonObject | undefined, type: string): JsonObject | undefined =>
  objectsAt(status ?? {}, 'conditions').find((condition) => condition.type === type)

/** True when all say so; else the first cluster that denies it speaks for them, or that cannot say (it is paused). */
function allTrue(found: readonly Found[], members: number): Summed | undefined {
  const first = found[0]
  if (first === undefined || found.length < members) return undefined
  const bad = found.filter(({ condition }) => condition.status !== 'True')
  if (bad.length === 0) {
    const unsettled = found.find(({ condition }) => !isSettled(condition))
    const { condition } = unsettled ?? first
    return {
      status: 'True',
      reason: condition.reason,
      message: `${members} of ${members} clusters: ${String(condition.reason)}`,
    }
  }
  const worst = bad.find(({ condition }) => condition.status === 'False')
  const { reason } = (worst ?? bad[0] ?? first).condition
  return { status: worst === undefined ? 'Unknown' : 'False', reason, message: named(bad) }
}

const isSettled = (condition: JsonObject): boolean =>
  condition.type !== 'Progressing' || condition.reason === 'NewReplicaSetAvailable'

/** Replicas cannot be made: a member says so of Pods, or has refused the copy. */
function anyTrue(found: readonly Found[], refusals: readonly Refusal[]): Summed | undefined {
  const failing = found.filter(({ condition }) => condition.status === 'True')
  const reason = refusals[0]?.reason ?? failing[0]?.condition.reason
  if (reason === undefined) return undefined
  const message = [...refusals.map(told), ...(failing.length === 0 ? [] : [named(failing)])]
  return { status: 'True', reason, message: message.join('; ') }
}

const told = ({ cluster, message }: Refusal): string => `${cluster}: ${message}`

const named = (found: readonly Found[]): string =>
  found
    .map(({ cluster, condition }) => `${cluster}: ${String(condition.message ?? condition.reason)}`)
    .join('; ')
