import type { IncomingHttpHeaders } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { validateLabel, validateSubdomain } from '#apimachinery/meta/names.ts'
import type { Awaitable } from '#apimachinery/meta/awaitable.ts'

/** Who a request is from. Authenticators return the same frozen object for the same credential, so that caches may hang on it. */
export interface UserInfo {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** What a credential can be read from. */
export interface AuthenticationRequest {
  readonly headers: IncomingHttpHeaders
  /** The connection itself (on HTTP/2 the session's, see connectionOf); absent when the request did not come over TLS. */
  readonly connection?: TLSSocket
}

/**
 * Resolves to undefined when the request carries no credential of this kind, or none that is known here; throws StatusError 401
 * when nobody else may be asked.
 */
export type Authenticator = (request: AuthenticationRequest) => Awaitable<UserInfo | undefined>

/** The same for who is known in any case, be it as nobody; throws StatusError 401. */
export type Authenticate = (request: AuthenticationRequest) => Awaitable<UserInfo>

export const groupMasters = 'system:masters'
export const groupNodes = 'system:nodes'
export const groupAuthenticated = 'system:authenticated'
export const groupUnauthenticated = 'system:unauthenticated'
export const groupServiceAccounts = 'system:serviceaccounts'
export const userAnonymous = 'system:anonymous'

/** `system:serviceaccount:NAMESPACE:NAME` */
export const serviceAccountUserName = (namespace: string, name: string): string =>
  `system:serviceaccount:${namespace}:${name}`

/** Namespace and name from a ServiceAccount's user name; undefined for other users, and where either is no name. */
export function parseServiceAccountUser(
  user: string,
): { namespace: string; name: string } | undefined {
  const [system, kind, namespace, name, ...rest] = user.split(':')
  if (system !== 'system' || kind !== 'serviceaccount' || rest.length > 0) return undefined
  if (namespace === undefined || name === undefined) return undefined
  const isName = validateLabel(namespace).length === 0 && validateSubdomain(name).length === 0
  return isName ? { namespace, name } : undefined
}

/** Freezes a user who gave a good credential; everybody but the anonymous is in system:authenticated. */
export function authenticated(user: UserInfo): UserInfo {
  const groups = user.groups.includes(groupAuthenticated)
    ? [...user.groups]
    : [...user.groups, groupAuthenticated]
  return Object.freeze({ ...user, groups: Object.freeze(groups) })
}

/** Who sends no credentials at all. */
export const anonymousUser: UserInfo = Object.freeze({
  name: userAnonymous,
  groups: Object.freeze([groupUnauthenticated]),
})
