import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { RequestUser } from './strategy.ts'

/** A POST that is answered and never stored: access reviews, TokenReview, TokenRequest. */
export interface ReviewRequest {
  /** Decoded, defaulted and checked against the schema. */
  readonly object: ApiObject
  /** '' for cluster-scoped reviews. */
  readonly namespace: string
  /** Name of the parent for subresources (serviceaccounts/NAME/token), else ''. */
  readonly name: string
  readonly user: RequestUser
  readonly dryRun: boolean
}

/** Returns the object to answer with (201); throws StatusError. */
export type ReviewHandler = (request: ReviewRequest) => Promise<ApiObject> | ApiObject

/**
 * By group and resource: `authorization.k8s.io/selfsubjectaccessreviews`, `authentication.k8s.io/tokenreviews`;
 * subresources as `/serviceaccounts/token` (core group empty).
 */
export type ReviewHandlers = ReadonlyMap<string, ReviewHandler>
