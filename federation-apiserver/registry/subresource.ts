import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Strategy } from './strategy.ts'

interface SubresourceWrite {
  readonly subresource: string
  readonly given: ApiObject
  readonly old: Readonly<ApiObject>
}

/** The old metadata, with what a write is held to and whose it is. */
export function keptMetadata(
  given: ApiObject['metadata'],
  old: ApiObject['metadata'],
): ApiObject['metadata'] {
  const { resourceVersion, uid, managedFields } = given
  return {
    ...old,
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(uid === undefined ? {} : { uid }),
    ...(managedFields === undefined ? {} : { managedFields }),
  }
}

/** metadata that a write to status may change. */
function statusMetadata(
  given: ApiObject['metadata'],
  old: ApiObject['metadata'],
  keeps: Strategy['statusKeeps'],
): ApiObject['metadata'] {
  if (keeps === undefined) return given
  if (keeps === 'labels') return { ...given, labels: old.labels ?? {} }
  return keptMetadata(given, old)
}

/** Status writes change status and metadata; everything else stays. */
const mergeStatus = (
  given: ApiObject,
  old: Readonly<ApiObject>,
  keeps: Strategy['statusKeeps'],
): ApiObject => {
  const metadata = statusMetadata(given.metadata, old.metadata, keeps)
  if (metadata.labels !== undefined && Object.keys(metadata.labels).length === 0) {
    delete metadata.labels
  }
  const merged: ApiObject = { ...old, metadata }
  if (given.status === undefined) delete merged.status
  else merged.status = given.status
  return merged
}

/** The whole object that a write to a subresource asks for. */
export function mergeSubresource(strategy: Strategy, write: SubresourceWrite): ApiObject {
  const own = strategy.subresources?.[write.subresource]
  return own === undefined
    ? mergeStatus(write.given, write.old, strategy.statusKeeps)
    : own.merge(write.given, write.old)
}
