import { newUnauthorized } from '#apimachinery/errors/status-error.ts'
import { bearerToken } from './bearer.ts'
import { anonymousUser, type Authenticator, type UserInfo } from './user-info.ts'

/**
 * The first authenticator that knows the credentials wins. A bearer token that nobody accepts is 401; no credentials at all is the
 * anonymous user, whom authorization lets see health and version only.
 */
export const unionAuthenticator =
  (
    authenticators: readonly Authenticator[],
  ): ((...args: Parameters<Authenticator>) => Promise<UserInfo>) =>
  async (request) => {
    for (const authenticate of authenticators) {
      const user = await authenticate(request)
      if (user !== undefined) return user
    }
    if (bearerToken(request) !== undefined) throw newUnauthorized()
    return anonymousUser
  }
