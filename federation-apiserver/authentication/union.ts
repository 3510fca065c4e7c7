import { newUnauthorized } from '#apimachinery/errors/status-error.ts'
import { after, type Awaitable } from '#apimachinery/meta/awaitable.ts'
import { bearerToken } from './bearer.ts'
import {
  anonymousUser,
  type Authenticate,
  type AuthenticationRequest,
  type Authenticator,
  type UserInfo,
} from './user-info.ts'

/**
 * The first authenticator that knows the credentials wins. A bearer token that nobody accepts is 401; no credentials at all is the
 * anonymous user, whom authorization lets see health and version only.
 */
export function unionAuthenticator(authenticators: readonly Authenticator[]): Authenticate {
  const authenticate = (request: AuthenticationRequest, from: number): Awaitable<UserInfo> => {
    const next = authenticators[from]
    if (next !== undefined)
      return after(next(request), (user) => user ?? authenticate(request, from + 1))
    if (bearerToken(request) !== undefined) throw newUnauthorized()
    return anonymousUser
  }
  return (request) => authenticate(request, 0)
}
