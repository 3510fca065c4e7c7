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

/** The fields of an object under the given names, whatever their case. A string says what is wrong with the object. */
function fieldsOf<K extends string>(
  value: unknown,
  names: readonly K[],
): Partial<Record<K, unknown>> | string {
  if (!isFields(value)) return `must be an object with ${names.join(', ')}, and is ${shown(value)}`
  const fields: Partial<Record<K, unknown>> = {}
  for (const [written, field] of Object.entries(value)) {
    const name = names.find((known) => known.toLowerCase() === written.toLowerCase())
    if (name === undefined)
      return `unknown field ${shown(written)}, must be ${oneOf(names)}${hint(written, names)}`
    fields[name] = field
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

/**
 * Reads the annotation's JSON, as `{"rebalance":true,"clusters":{"eu-west":{"minReplicas":1,"weight":2},"*":{"weight":1}}}`.
 * Names of fields may be written in any case, as Federation v1 read them. A string names the field and says what it must be.
 */
export function parsePreferences(text: string): ReplicaPreferences | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return `must be JSON such as ${example}: ${error instanceof Error ? error.message : String(error)}`
  }
  const top = fieldsOf(value, ['rebalance', 'clusters'])
  if (typeof top === 'string') return top
  const { rebalance, clusters } = top
  if (rebalance !== undefined && rebalance !== null && typeof rebalance !== 'boolean')
    return `rebalance: must be true or false, and is ${shown(rebalance)}`
  if (clusters === undefined || clusters === null)
    return { ...equalPreferences, rebalance: rebalance === true }
  if (!isFields(clusters))
    return `clusters: must be an object whose keys are names of clusters, or *, and is ${shown(clusters)}`
  const read: [string, ClusterPreference][] = []
  for (const [name, entry] of Object.entries(clusters)) {
    const preference = parseCluster(entry)
    if (typeof preference === 'string') return `${fieldOfCluster(name)}${preference}`
    read.push([name, preference])
  }
  return { rebalance: rebalance === true, clusters: Object.fromEntries(read) }
}

const example = '{"clusters":{"CLUSTER":{"weight":2},"*":{"weight":1}}}'

function parseCluster(value: unknown): ClusterPreference | string {
  const fields = fieldsOf(value, numbers)
  if (typeof fields === 'string') return `: ${fields}`
  const read: { -readonly [K in keyof ClusterPreference]: number } = {}
  for (const name of numbers) {
    const number = fields[name]
    if (number === undefined || number === null) continue
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0)
      return `.${name}: must be a whole number from 0 on, and is ${shown(number)}`
    read[name] = number
  }
  const { minReplicas = 0, maxReplicas = Infinity } = read
  if (minReplicas > maxReplicas)
    return `.minReplicas: must be at most maxReplicas, ${maxReplicas}, and is ${minReplicas}`
  return read
}
