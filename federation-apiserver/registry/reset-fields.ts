import { FieldSet } from '#apimachinery/patch/structured-merge/field-set.ts'
import type { ResourceInfo } from '#apimachinery/scheme/scheme.ts'
import type { Strategy } from './strategy.ts'

const none = new FieldSet()
const status = FieldSet.of(['f:status'])
const specAndStatus = FieldSet.of(['f:spec'], ['f:status'])
/** Decisions are written to a subresource of their own. */
const specAndDecisions = FieldSet.of(['f:spec'], ['f:status', 'f:conditions'])
const statusKeeps = {
  nothing: FieldSet.of(['f:spec']),
  labels: FieldSet.of(['f:spec'], ['f:metadata', 'f:labels']),
  metadata: FieldSet.of(['f:spec'], ['f:metadata']),
} as const

/** The fields that a write never changes, so that nobody comes to own them by it: status by a write to the object, the rest by a write to status. */
export function resetFields(
  resource: ResourceInfo,
  strategy: Strategy,
  subresource: string,
): FieldSet {
  if (subresource === 'status') {
    return isRequest(resource) ? specAndDecisions : statusKeeps[strategy.statusKeeps ?? 'nothing']
  }
  if (subresource !== '' || !resource.subresources.has('status')) return none
  // What a certificate is asked for never changes after the first write, and is owned by nobody.
  return isRequest(resource) ? specAndStatus : status
}

const isRequest = ({ resource }: ResourceInfo): boolean => resource === 'certificatesigningrequests'
