import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { numberAt, objectsAt } from './body.ts'
import type { MemberCopy, StatusInput } from './federated-type.ts'

const counts = [
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
] as const

const conditionTypes = ['Available', 'Progressing', 'ReplicaFailure'] as const

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
  if (copies.length === 0 && generation === undefined) return undefined
  const conditions = conditionTypes.flatMap((type) => {
    const condition = sumCondition(type, input)
    return condition === undefined ? [] : [condition]
  })
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...sums(copies),
    ...(conditions.length === 0 ? {} : { conditions }),
  }
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

interface Found {
  cluster: string
  condition: JsonObject
}

function sumCondition(type: string, { source, copies, now }: StatusInput): JsonObject | undefined {
  const found = copies.flatMap(({ cluster, object }): Found[] => {
    const condition = conditionOf(object.status, type)
    return condition === undefined ? [] : [{ cluster, condition }]
  })
  const summed = type === 'ReplicaFailure' ? anyTrue(found) : allTrue(found, copies.length)
  if (summed === undefined) return undefined
  const before = conditionOf(source.status, type)
  const same = before?.status === summed.status
  const equal = same && before?.reason === summed.reason && before?.message === summed.message
  return {
    type,
    ...summed,
    lastUpdateTime: (equal ? before?.lastUpdateTime : undefined) ?? now,
    lastTransitionTime: (same ? before?.lastTransitionTime : undefined) ?? now,
  }
}

const conditionOf = (status: JsonObject | undefined, type: string): JsonObject | undefined =>
  objectsAt(status ?? {}, 'conditions').find((condition) => condition.type === type)

/** True when all say so; else the first cluster that denies it speaks for them, or that cannot say (it is paused). */
function allTrue(found: readonly Found[], members: number): JsonObject | undefined {
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

function anyTrue(found: readonly Found[]): JsonObject | undefined {
  const failing = found.filter(({ condition }) => condition.status === 'True')
  if (failing.length === 0) return undefined
  return { status: 'True', reason: failing[0]?.condition.reason, message: named(failing) }
}

const named = (found: readonly Found[]): string =>
  found
    .map(({ cluster, condition }) => `${cluster}: ${String(condition.message ?? condition.reason)}`)
    .join('; ')
