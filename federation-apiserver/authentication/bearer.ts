import type { AuthenticationRequest } from './user-info.ts'

/** The token of an `Authorization: Bearer` header (RFC 6750 §2.1); undefined when there is none. */
export function bearerToken(request: AuthenticationRequest): string | undefined {
  const match = /^bearer\s+(\S.*)$/i.exec(request.headers.authorization ?? '')
  return match?.[1]?.trim()
}
