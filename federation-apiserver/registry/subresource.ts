import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Strategy } from './strategy.ts'

interface SubresourceWrite {
  readonly subresource: string
  readonly given: ApiObject
  readonly old: Readonly<ApiObject>
}

/** Status writes change status and metadata other than labels; everything else stays. */
const mergeStatus = (given: ApiObject, old: Readonly<ApiObject>): ApiObject => {
  const metadata = { ...given.metadata }
  if (old.metadata.labels === undefined) delete metadata.labels
  else metadata.labels = old.metadata.labels
  const merged: ApiObject = { ...old, metadata }
  if (given.status === undefined) delete merged.status
  else merged.status = given.status
  return merged
}

/** The whole object that a write to a subresource asks for. */
export function mergeSubresource(strategy: Strategy, write: SubresourceWrite): ApiObject {
  const own = strategy.subresources?.[write.subresource]
  return own === undefined ? mergeStatus(write.given, write.old) : own.merge(write.given, write.old)
}
