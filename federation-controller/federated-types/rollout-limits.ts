/** A number of pods, or a percentage of the desired replicas such as `25%`. */
type IntOrPercent = number | string

/** Resolves maxSurge (rounded up) and maxUnavailable (rounded down); when both come to 0, one pod may be unavailable so that a rollout can move. */
export function rolloutLimits(
  desired: number,
  {
    maxSurge = '25%',
    maxUnavailable = '25%',
  }: { maxSurge?: IntOrPercent; maxUnavailable?: IntOrPercent },
): { maxSurge: number; maxUnavailable: number } {
  const surge = resolve(maxSurge, desired, Math.ceil)
  const unavailable = resolve(maxUnavailable, desired, Math.floor)
  return {
    maxSurge: surge,
    maxUnavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, desired),
  }
}

function resolve(value: IntOrPercent, total: number, round: (x: number) => number): number {
  if (typeof value === 'number') return value
  const percent = /^(\d+)%$/.exec(value)?.[1]
  return percent === undefined ? 0 : round((Number(percent) * total) / 100)
}
