import { isNotFound, newForbidden, newStatusError } from '#apimachinery/errors/status-error.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { valueOrEmptied } from '#apimachinery/scheme/emptied.ts'
import type { AdmissionPlugin } from '../registry/admission.ts'
import { isEqual } from '../registry/equality.ts'
import type { Store } from '../registry/store.ts'
import { isPod, listOf, pods, text, unusableName } from './pods.ts'

/** What a Pod that runs in a RuntimeClass takes over from it. Returns what stands against it. */
function takeOver(spec: JsonObject, runtimeClass: JsonObject): string | undefined {
  const overhead = podFixed(runtimeClass)
  if (overhead !== undefined) {
    spec['overhead'] ??= structuredClone(overhead)
    if (!isEqual(spec['overhead'], overhead)) {
      return "Pod's Overhead doesn't match RuntimeClass's defined Overhead"
    }
  }
  const { nodeSelector = {}, tolerations = [] } = (runtimeClass['scheduling'] ?? {}) as {
    nodeSelector?: JsonObject
    tolerations?: JsonObject[]
  }
  const own = (spec['nodeSelector'] ?? {}) as JsonObject
  const clash = Object.keys(nodeSelector).find(
    (key) => (own[key] ?? nodeSelector[key]) !== nodeSelector[key],
  )
  if (clash !== undefined) {
    return `conflict: runtimeClass.scheduling.nodeSelector[${clash}] = ${text(nodeSelector, clash)}; pod.spec.nodeSelector[${clash}] = ${text(own, clash)}`
  }
  if (Object.keys(nodeSelector).length > 0) spec['nodeSelector'] = { ...own, ...nodeSelector }
  const given = listOf(spec, 'tolerations')
  const more = tolerations.filter((toleration) => !given.some((one) => isEqual(one, toleration)))
  if (more.length > 0) spec['tolerations'] = [...given, ...structuredClone(more)]
  return undefined
}

const podFixed = (runtimeClass: JsonObject): unknown =>
  (runtimeClass['overhead'] as JsonObject | undefined)?.['podFixed']

const rejected = ({ metadata }: ApiObject, why: string): Error =>
  newForbidden(pods, metadata.name, `pod rejected: ${why}`)

/** The class that a Pod names. */
async function classOf(pod: ApiObject, classes: Store): Promise<JsonObject | undefined> {
  const name = text(pod.spec ?? {}, 'runtimeClassName')
  if (name === '') return undefined
  const problem = unusableName(name)
  if (problem !== undefined) throw newStatusError({ code: 500, reason: '', message: problem })
  const found = await classes.get({ namespace: '', name }, 'any').catch((err: unknown) => {
    const why = `RuntimeClass ${JSON.stringify(name)} not found`
    throw isNotFound(err) ? rejected(pod, why) : err
  })
  return found.object
}

/** Pods that name a RuntimeClass get its overhead and go where it is; others have none. */
export const runtimeClass = (classes: Store): AdmissionPlugin => ({
  name: 'RuntimeClass',
  concerns: isPod,
  async admit({ object, operation }) {
    if (operation !== 'CREATE' || object === undefined) return
    const found = await classOf(object, classes)
    const why = found === undefined ? undefined : takeOver((object.spec ??= {}), found)
    if (why !== undefined) throw rejected(object, why)
  },
  async validate({ object, operation }) {
    if (operation !== 'CREATE' || object === undefined) return
    if (valueOrEmptied(object.spec ?? {}, 'overhead') === null) return
    const found = await classOf(object, classes)
    if (found !== undefined && podFixed(found) !== undefined) return
    const why = 'Pod Overhead set without corresponding RuntimeClass defined Overhead'
    throw rejected(object, why)
  },
})
