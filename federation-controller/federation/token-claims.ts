/** What a ServiceAccount's token says about itself; times in seconds since the epoch. */
export interface TokenClaims {
  readonly namespace: string
  readonly serviceAccount: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** Reads a token without verifying it: only its owner's API server can. Undefined when it is no expiring ServiceAccount token. */
export function tokenClaims(token: string): TokenClaims | undefined {
  const payload = parsePayload(token.split('.')[1] ?? '')
  const { sub, iat, exp } = payload
  if (typeof sub !== 'string' || typeof iat !== 'number' || typeof exp !== 'number')
    return undefined
  const [system, serviceaccount, namespace, name] = sub.split(':')
  if (system !== 'system' || serviceaccount !== 'serviceaccount') return undefined
  if (namespace === undefined || name === undefined) return undefined
  return { namespace, serviceAccount: name, issuedAt: iat, expiresAt: exp }
}

/** When a new token is due: at half of the life. Milliseconds since the epoch. */
export const renewalTime = ({ issuedAt, expiresAt }: TokenClaims): number =>
  ((issuedAt + expiresAt) / 2) * 1000

function parsePayload(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
