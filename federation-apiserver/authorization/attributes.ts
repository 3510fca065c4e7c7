import type { Awaitable } from '#apimachinery/meta/awaitable.ts'
import type { UserInfo } from '../authentication/user-info.ts'

/** What is asked for. Absent parts are ''. */
export interface Attributes {
  readonly user: UserInfo
  /** A Kubernetes verb; the lower-case HTTP method when this is no resource request. */
  readonly verb: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly resourceRequest: boolean
  /** The URL's path, for requests that are no resource requests. */
  readonly path: string
}

export interface Decision {
  readonly allowed: boolean
  /** Why, for people: which binding allowed it, or '' when nothing did. */
  readonly reason: string
}

/** Answers at once when it can; never throws for a refusal. */
export interface Authorizer {
  authorize(attributes: Attributes): Awaitable<Decision>
}
