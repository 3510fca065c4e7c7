/** How one cluster takes part. Absent: no least, no most, weight 0. */
export interface ClusterPreference {
  readonly minReplicas?: number
  readonly maxReplicas?: number
  readonly weight?: number
}

/** Federation v1's ReplicaAllocationPreferences; `*` stands for clusters without an entry of their own. */
export interface ReplicaPreferences {
  readonly rebalance: boolean
  readonly clusters: Readonly<Record<string, ClusterPreference>>
}

/** All clusters alike, and nothing moves. */
export const equalPreferences: ReplicaPreferences = {
  rebalance: false,
  clusters: { '*': { weight: 1 } },
}

/**
 * Reads the annotation's JSON; names of fields may be written in any case, as Federation v1 read them. A string says what
 * is wrong with it.
 */
export function parsePreferences(text: string): ReplicaPreferences | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'is no JSON'
  }
  const top = fieldsOf(value)
  if (top === undefined) return 'is no object'
  const { rebalance = false, clusters = { '*': { weight: 1 } } } = top
  if (typeof rebalance !== 'boolean') return 'rebalance is neither true nor false'
  if (typeof clusters !== 'object' || clusters === null || Array.isArray(clusters)) {
    return 'clusters is no object'
  }
  const read: Record<string, ClusterPreference> = {}
  for (const [name, entry] of Object.entries(clusters)) {
    const preference = parseCluster(entry)
    if (typeof preference === 'string') return `cluster "${name}" ${preference}`
    read[name] = preference
  }
  return { rebalance, clusters: read }
}

function parseCluster(value: unknown): ClusterPreference | string {
  const fields = fieldsOf(value)
  if (fields === undefined) return 'is no object'
  const read: Record<string, number> = {}
  for (const [lower, name] of numbers) {
    const number = fields[lower]
    if (number === undefined || number === null) continue
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
      return `has a ${name} that is no whole number from 0`
    }
    read[name] = number
  }
  return read
}

const numbers = [
  ['minreplicas', 'minReplicas'],
  ['maxreplicas', 'maxReplicas'],
  ['weight', 'weight'],
] as const

/** The fields of an object, by their names in lower case. */
function fieldsOf(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name.toLowerCase(), field as unknown]),
  )
}
