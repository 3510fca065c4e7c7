import type { GroupVersionKind, GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { Scheme } from '#apimachinery/scheme/scheme.ts'
import type { ReviewHandler } from '../registry/review.ts'

/** A create-only resource, or a create-only subresource, with the function that answers it. */
export interface ReviewEndpoint {
  readonly gvr: GroupVersionResource
  readonly namespaced: boolean
  /** '' for a resource of its own. */
  readonly subresource: string
  /** Kind of the body. */
  readonly gvk: GroupVersionKind
  readonly scheme: Scheme
  readonly review: ReviewHandler
}
