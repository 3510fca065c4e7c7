export interface RolloutSet {
  readonly name: string
  readonly replicas: number
  readonly available: number
  /** Orders the old sets: the oldest is emptied first. */
  readonly created: string
}

export interface RolloutInput {
  readonly desired: number
  /** Both already resolved to pods; never both 0. */
  readonly maxSurge: number
  readonly maxUnavailable: number
  readonly current: RolloutSet
  readonly old: readonly RolloutSet[]
}

/**
 * The next step of a rolling update: replicas per set, only sets that change. Never more than desired + maxSurge pods asked for, never
 * fewer than desired - maxUnavailable available ones taken away. Old pods that are not available go first.
 */
export function nextRollingStep(input: RolloutInput): Map<string, number> {
  const { desired, maxSurge, current, old } = input
  const step = new Map<string, number>()
  const total = current.replicas + sum(old, ({ replicas }) => replicas)
  if (current.replicas > desired) step.set(current.name, desired)
  else {
    const room = Math.max(0, desired + maxSurge - total)
    const grown = current.replicas + Math.min(room, desired - current.replicas)
    if (grown !== current.replicas) step.set(current.name, grown)
  }
  for (const [name, replicas] of shrinkOld(input)) step.set(name, replicas)
  return step
}

function shrinkOld({ desired, maxUnavailable, current, old }: RolloutInput): Map<string, number> {
  const step = new Map<string, number>()
  const minAvailable = desired - maxUnavailable
  const total = current.replicas + sum(old, ({ replicas }) => replicas)
  const newUnavailable = Math.max(0, current.replicas - current.available)
  let removable = total - minAvailable - newUnavailable
  const oldest = [...old].sort((a, b) => (a.created < b.created ? -1 : 1))
  const left = new Map(oldest.map(({ name, replicas }) => [name, replicas]))
  for (const { name, replicas, available } of oldest) {
    const taken = Math.max(0, Math.min(removable, replicas - available))
    left.set(name, replicas - taken)
    removable -= taken
  }
  const stillAvailable = sum([current, ...old], (set) => Math.min(set.available, set.replicas))
  let surplus = Math.min(Math.max(0, removable), Math.max(0, stillAvailable - minAvailable))
  for (const { name } of oldest) {
    const taken = Math.min(surplus, left.get(name) ?? 0)
    left.set(name, (left.get(name) ?? 0) - taken)
    surplus -= taken
  }
  for (const { name, replicas } of oldest) {
    const wanted = left.get(name) ?? replicas
    if (wanted !== replicas) step.set(name, wanted)
  }
  return step
}

/** Recreate: the old sets are emptied, and the new one is filled only when no old pod is left. */
export function nextRecreateStep(
  desired: number,
  { current, old, oldPods }: { current: RolloutSet; old: readonly RolloutSet[]; oldPods: number },
): Map<string, number> {
  const step = new Map<string, number>()
  for (const { name, replicas } of old) if (replicas > 0) step.set(name, 0)
  if (step.size === 0 && oldPods === 0 && current.replicas !== desired)
    step.set(current.name, desired)
  return step
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0)
