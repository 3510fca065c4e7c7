import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  type Quantity,
} from '#apimachinery/meta/quantity.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { now } from '#apimachinery/meta/time.ts'

type Amounts = Map<string, Quantity>

type Amounted = Readonly<Record<string, string>>

const counted = ['cpu', 'memory']
const objects = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? (value as JsonObject[]) : []

/** Adds what is more than nothing to the sum; returns how many of the counted resources that were. */
function add(sum: Amounts, given: unknown): number {
  let found = 0
  for (const name of counted) {
    const amount = parseQuantity((given as Amounted | undefined)?.[name] ?? '')
    if (amount === undefined || amount.nano <= 0n) continue
    const before = sum.get(name)
    sum.set(name, before === undefined ? amount : addQuantities(before, amount))
    found++
  }
  return found
}

/** Guaranteed: every container has limits of all that counts, and asks for as much; BestEffort: nobody asks for anything. */
export function qosClass(spec: JsonObject): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const own = spec['resources'] as JsonObject | undefined
  const all =
    own === undefined
      ? ['containers', 'initContainers'].flatMap((field) =>
          objects(spec[field]).map((c) => (c['resources'] ?? {}) as JsonObject),
        )
      : [own]
  const requests: Amounts = new Map()
  const limits: Amounts = new Map()
  let isLimited = true
  for (const resources of all) {
    add(requests, resources['requests'])
    if (add(limits, resources['limits']) < counted.length) isLimited = false
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort'
  const isMet = [...requests].every(([name, amount]) => {
    const limit = limits.get(name)
    return limit !== undefined && compareQuantities(limit, amount) === 0
  })
  return isLimited && isMet && requests.size === limits.size ? 'Guaranteed' : 'Burstable'
}

/** What a kubelet that does not know of it leaves out stays: the class of the Pod, and which generation was seen. */
export function keepTold(pod: ApiObject, old: Readonly<ApiObject>): void {
  const keep = (
    status: JsonObject,
    before: Readonly<JsonObject>,
    field: 'qosClass' | 'observedGeneration',
  ): void => {
    const isAbsent = [undefined, '', 0].includes(status[field] as string | number | undefined)
    if (isAbsent && before[field] !== undefined) status[field] = before[field]
  }
  const [status, before] = [(pod.status ??= {}), old.status ?? {}]
  keep(status, before, 'qosClass')
  keep(status, before, 'observedGeneration')
  const known = new Map(objects(before['conditions']).map((one) => [one['type'], one]))
  for (const one of objects(status['conditions'])) {
    keep(one, known.get(one['type']) ?? {}, 'observedGeneration')
  }
}

/** The status of a Pod that nobody has looked at yet. */
export function newPodStatus(spec: JsonObject): JsonObject {
  const gated = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
    lastProbeTime: null,
    lastTransitionTime: now(),
  }
  const isGated = objects(spec['schedulingGates']).length > 0
  return {
    phase: 'Pending',
    qosClass: qosClass(spec),
    ...(isGated ? { conditions: [gated] } : {}),
  }
}
