import { oneOf, similarNames } from '../meta/name-hints.ts'

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

/** Takes what is wrong, with the field that it is about: `clusters["eu-west"].weight: must be …`. */
type Refuse = (problem: string) => void

/** The fields of an object under the given names, whatever their case. */
function fieldsOf<K extends string>(
  value: unknown,
  names: readonly K[],
  refuse: Refuse,
): Partial<Record<K, unknown>> {
  const fields: Partial<Record<K, unknown>> = {}
  if (!isFields(value)) {
    refuse(`must be an object with ${names.join(', ')}, and is ${shown(value)}`)
    return fields
  }
  for (const [written, field] of Object.entries(value)) {
    const name = names.find((known) => known.toLowerCase() === written.toLowerCase())
    if (name === undefined)
      refuse(`unknown field ${shown(written)}, must be ${oneOf(names)}${hint(written, names)}`)
    else fields[name] = field
  }
  return fields
}

const isFields = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function hint(written: string, names: readonly string[]): string {
  const meant = similarNames(written, names)
  return meant.length === 0 ? '' : ` (did you mean ${meant.join(' or ')}?)`
}

/** `clusters["eu-west"]` */
export const fieldOfCluster = (name: string): string => `clusters[${shown(name)}]`

/** A value as it was written, not too much of it. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (isFields(value)) return 'an object'
  const text = JSON.stringify(value)
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`
}

/** The preferences as far as they can be read, and what of them cannot, field by field: with any problem none of them count. */
export interface ReadPreferences {
  readonly preferences: ReplicaPreferences
  readonly problems: readonly string[]
}

/**
 * Reads the annotation's JSON, as `{"rebalance":true,"clusters":{"eu-west":{"minReplicas":1,"weight":2},"*":{"weight":1}}}`.
 * Names of fields may be written in any case, as Federation v1 read them. A problem names the field and says what it must be.
 */
export function parsePreferences(text: string): ReadPreferences {
  const problems: string[] = []
  const refuse: Refuse = (problem) => void problems.push(problem)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { preferences: equalPreferences, problems: [`must be JSON such as ${example}: ${why}`] }
  }
  const { rebalance, clusters } = fieldsOf(value, ['rebalance', 'clusters'], refuse)
  if (rebalance !== undefined && rebalance !== null && typeof rebalance !== 'boolean')
    refuse(`rebalance: must be true or false, and is ${shown(rebalance)}`)
  const read = { rebalance: rebalance === true, clusters: clustersOf(clusters, refuse) }
  return { preferences: read, problems }
}

const example = '{"clusters":{"CLUSTER":{"weight":2},"*":{"weight":1}}}'

function clustersOf(value: unknown, refuse: Refuse): ReplicaPreferences['clusters'] {
  if (value === undefined || value === null) return equalPreferences.clusters
  if (!isFields(value)) {
    refuse(
      `clusters: must be an object whose keys are names of clusters, or *, and is ${shown(value)}`,
    )
    return equalPreferences.clusters
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      name,
      clusterOf(entry, (problem) => refuse(`${fieldOfCluster(name)}${problem}`)),
    ]),
  )
}

function clusterOf(value: unknown, refuse: Refuse): ClusterPreference {
  const fields = fieldsOf(value, numbers, (problem) => refuse(`: ${problem}`))
  const read: { -readonly [K in keyof ClusterPreference]: number } = {}
  for (const name of numbers) {
    const number = fields[name]
    if (number === undefined || number === null) continue
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0)
      read[name] = number
    else refuse(`.${name}: must be a whole number from 0 on, and is ${shown(number)}`)
  }
  const { minReplicas = 0, maxReplicas = Infinity } = read
  if (minReplicas > maxReplicas)
    refuse(`.minReplicas: must be at most maxReplicas, ${maxReplicas}, and is ${minReplicas}`)
  return read
}
