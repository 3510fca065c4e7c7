/** How one cluster takes part. Absent: no minimum, no maximum, weight 0. */
export interface ClusterPreference {
  readonly minReplicas?: number
  readonly maxReplicas?: number
  readonly weight?: number
}

/** Federation v1's ReplicaAllocationPreferences; `*` stands for clusters without an entry of their own. */
export interface ReplicaPreferences {
  /** Replicas that run may be moved to get nearer to the weights. */
  readonly rebalance: boolean
  readonly clusters: Readonly<Record<string, ClusterPreference>>
}

/** All clusters alike, and nothing that runs is moved: what holds without the annotation. */
export const equalPreferences: ReplicaPreferences = {
  rebalance: false,
  clusters: { '*': { weight: 1 } },
}

const numbers = ['minReplicas', 'maxReplicas', 'weight'] as const

/** The fields of an object under the given names, whatever their case; undefined for what is no object. A string names an unknown field. */
function fieldsOf<K extends string>(
  value: unknown,
  names: readonly K[],
): Partial<Record<K, unknown>> | string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const fields: Partial<Record<K, unknown>> = {}
  for (const [written, field] of Object.entries(value)) {
    const name = names.find((known) => known.toLowerCase() === written.toLowerCase())
    if (name === undefined) return written
    fields[name] = field
  }
  return fields
}

/**
 * Reads the annotation's JSON, as `{"rebalance":true,"clusters":{"eu-west":{"minReplicas":1,"weight":2},"*":{"weight":1}}}`.
 * Names of fields may be written in any case, as Federation v1 read them. A string names the field and says what is
 * wrong with it.
 */
export function parsePreferences(text: string): ReplicaPreferences | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return `is no JSON: ${error instanceof Error ? error.message : String(error)}`
  }
  const top = fieldsOf(value, ['rebalance', 'clusters'])
  if (top === undefined) return 'is no object'
  if (typeof top === 'string') return `has the unknown field ${top}`
  const { rebalance, clusters } = top
  if (rebalance !== undefined && rebalance !== null && typeof rebalance !== 'boolean')
    return 'rebalance: is neither true nor false'
  if (clusters === undefined || clusters === null)
    return { ...equalPreferences, rebalance: rebalance === true }
  if (typeof clusters !== 'object' || Array.isArray(clusters)) return 'clusters: is no object'
  const read: [string, ClusterPreference][] = []
  for (const [name, entry] of Object.entries(clusters)) {
    const preference = parseCluster(entry)
    if (typeof preference === 'string') return `clusters[${JSON.stringify(name)}]${preference}`
    read.push([name, preference])
  }
  return { rebalance: rebalance === true, clusters: Object.fromEntries(read) }
}

function parseCluster(value: unknown): ClusterPreference | string {
  const fields = fieldsOf(value, numbers)
  if (fields === undefined) return ': is no object'
  if (typeof fields === 'string') return `: has the unknown field ${fields}`
  const read: { -readonly [K in keyof ClusterPreference]: number } = {}
  for (const name of numbers) {
    const number = fields[name]
    if (number === undefined || number === null) continue
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0)
      return `.${name}: is no whole number from 0 on`
    read[name] = number
  }
  const { minReplicas = 0, maxReplicas = Infinity } = read
  if (minReplicas > maxReplicas)
    return `.minReplicas: ${minReplicas} is more than maxReplicas, ${maxReplicas}`
  return read
}
