import type { JsonObject } from '../../meta/object-meta.ts'
import { asObjects, join } from './read.ts'

/** A Pod's containers of all kinds with their paths, in the order in which they start. */
export const allContainers = (
  spec: JsonObject,
  path: string,
): { readonly container: JsonObject; readonly at: string }[] =>
  ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
    asObjects(spec[list]).map((container, i) => ({
      container,
      at: join(path, `${list}[${i}]`),
    })),
  )
