import { now } from './time.ts'

/** metav1.Condition; older kinds lack observedGeneration and have lastProbeTime or lastUpdateTime beside it. */
export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  /** UpperCamelCase. */
  reason?: string
  message?: string
  /** When status last changed. */
  lastTransitionTime?: string
  observedGeneration?: number
  [field: string]: unknown
}

export const findCondition = (
  conditions: readonly Condition[] | null | undefined,
  type: string,
): Condition | undefined => conditions?.find((condition) => condition.type === type)

/** True when the condition is there and its status is True. */
export const isConditionTrue = (
  conditions: readonly Condition[] | null | undefined,
  type: string,
): boolean => findCondition(conditions, type)?.status === 'True'

/**
 * The conditions with this one put in place of its namesake, or at the end. lastTransitionTime moves only with the
 * status; the same array comes back when nothing differs.
 */
export function setCondition(
  conditions: readonly Condition[] | null | undefined,
  condition: Condition,
  time: string = now(),
): readonly Condition[] {
  const present = conditions ?? []
  const index = present.findIndex(({ type }) => type === condition.type)
  const before = present[index]
  if (before === undefined) return [...present, { lastTransitionTime: time, ...condition }]
  const isSameStatus = before.status === condition.status
  const next: Condition = {
    ...before,
    ...condition,
    lastTransitionTime: isSameStatus ? (before.lastTransitionTime ?? time) : time,
  }
  const fields = Object.keys(next)
  return fields.every((field) => next[field] === before[field])
    ? present
    : present.with(index, next)
}
