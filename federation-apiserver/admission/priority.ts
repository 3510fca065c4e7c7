import { isNotFound, newForbidden } from '#apimachinery/errors/status-error.ts'
import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { AdmissionPlugin } from '../registry/admission.ts'
import type { Store } from '../registry/store.ts'
import { isPod, pods, text } from './pods.ts'

interface Priority {
  readonly name: string
  readonly value: number
  readonly preemptionPolicy: string
}

/** Classes that every cluster has. */
const systemClasses: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
}

const lowers = 'PreemptLowerPriority'
const noClass: Priority = { name: '', value: 0, preemptionPolicy: lowers }

const priorityOf = (priorityClass: JsonObject, name: string): Priority => ({
  name,
  value: Number(priorityClass['value'] ?? 0),
  preemptionPolicy: text(priorityClass, 'preemptionPolicy') || lowers,
})

/** The class that Pods without a class get; the lowest when several are the default. */
async function defaultPriority(classes: Store): Promise<Priority> {
  const { items } = await classes.list('', { freshness: 'any' })
  const [lowest = noClass] = items
    .filter(({ object }) => object['globalDefault'] === true)
    .map(({ object }) => priorityOf(object, object.metadata.name))
    .sort((a, b) => a.value - b.value)
  return lowest
}

async function namedPriority(classes: Store, name: string): Promise<Priority | undefined> {
  const value = systemClasses[name]
  if (value !== undefined) return { name, value, preemptionPolicy: lowers }
  try {
    return priorityOf((await classes.get({ namespace: '', name }, 'any')).object, name)
  } catch (err) {
    if (isNotFound(err)) return undefined
    throw err
  }
}

/** A value that the class decides may be said, but not otherwise. */
function disagreement(spec: JsonObject, { value, preemptionPolicy }: Priority): string | undefined {
  const by = (computed: string | number): string =>
    `must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`
  const { priority: given = value } = spec
  if (given !== value) return `the integer value of priority (${Number(given)}) ${by(value)}`
  const { preemptionPolicy: policy = preemptionPolicy } = spec
  return policy === preemptionPolicy
    ? undefined
    : `the string value of PreemptionPolicy (${String(policy)}) ${by(preemptionPolicy)}`
}

/** New Pods get the priority of their PriorityClass; it stays what it was. */
export const priority = (classes: Store): AdmissionPlugin => ({
  name: 'Priority',
  concerns: isPod,
  async admit({ object, old }) {
    if (object === undefined) return
    const spec = (object.spec ??= {})
    if (old !== undefined) {
      for (const field of ['priority', 'preemptionPolicy']) {
        const before = old.spec?.[field]
        if (before !== undefined) spec[field] ??= before
      }
      return
    }
    const { name } = object.metadata
    const given = text(spec, 'priorityClassName')
    const found =
      given === '' ? await defaultPriority(classes) : await namedPriority(classes, given)
    if (found === undefined) {
      throw newForbidden(pods, name, `no PriorityClass with name ${given} was found`)
    }
    const why = disagreement(spec, found)
    if (why !== undefined) throw newForbidden(pods, name, why)
    if (found.name !== '') spec['priorityClassName'] = found.name
    spec['priority'] = found.value
    spec['preemptionPolicy'] = found.preemptionPolicy
  },
})
