import { isNotFound, newForbidden } from '#apimachinery/errors/status-error.ts'
import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { AdmissionPlugin } from '../registry/admission.ts'
import { isEqual } from '../registry/equality.ts'
import type { Store } from '../registry/store.ts'
import { isPod, listOf, pods, text } from './pods.ts'

/** What a Pod that runs in a RuntimeClass takes over from it. Returns what stands against it. */
function takeOver(spec: JsonObject, runtimeClass: JsonObject): string | undefined {
  const overhead = (runtimeClass['overhead'] as JsonObject | undefined)?.['podFixed']
  if (overhead !== undefined) {
    spec['overhead'] ??= structuredClone(overhead)
    if (!isEqual(spec['overhead'], overhead)) {
      return "Pod's Overhead doesn't match RuntimeClass's defined Overhead"
    }
  } else if (spec['overhead'] !== undefined) {
    return 'Pod Overhead set without corresponding RuntimeClass defined Overhead'
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

/** Pods that name a RuntimeClass get its overhead and go where it is. */
export const runtimeClass = (classes: Store): AdmissionPlugin => ({
  name: 'RuntimeClass',
  concerns: isPod,
  async admit({ object, operation }) {
    if (operation !== 'CREATE' || object === undefined) return
    const spec = (object.spec ??= {})
    const name = text(spec, 'runtimeClassName')
    if (name === '') return
    const reject = (why: string): Error =>
      newForbidden(pods, object.metadata.name, `pod rejected: ${why}`)
    const found = await classes.get({ namespace: '', name }, 'any').catch((err: unknown) => {
      throw isNotFound(err) ? reject(`RuntimeClass ${JSON.stringify(name)} not found`) : err
    })
    const why = takeOver(spec, found.object)
    if (why !== undefined) throw reject(why)
  },
})
