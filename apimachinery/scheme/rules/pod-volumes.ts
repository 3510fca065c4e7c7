import type { JsonObject } from '../../meta/object-meta.ts'
import { enclosing, type Frame } from './check.ts'
import { asObjects, join } from './read.ts'

/** Volumes that nothing is wrong with, of all or of the first; the others count as not there. */
export function soundVolumes(frame: Frame, first?: number): JsonObject[] {
  const pod = enclosing(frame, 'io.k8s.api.core.v1.PodSpec')
  if (pod === undefined) return []
  const at = join(pod.path, 'volumes')
  const broken = new Set(
    frame.found.flatMap(({ field }) =>
      field.startsWith(`${at}[`) ? [Number.parseInt(field.slice(at.length + 1), 10)] : [],
    ),
  )
  return asObjects(pod.object['volumes'])
    .slice(0, first)
    .filter((_, i) => !broken.has(i))
}
