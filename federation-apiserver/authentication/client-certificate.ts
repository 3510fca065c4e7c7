import type { PeerCertificate, TLSSocket } from 'node:tls'
import { authenticated, type Authenticator, type UserInfo } from './user-info.ts'

const clientAuthOid = '1.3.6.1.5.5.7.3.2'

const listOf = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]

function userOf(peer: PeerCertificate): UserInfo | undefined {
  const usages: unknown = peer.ext_key_usage
  if (Array.isArray(usages) && !usages.includes(clientAuthOid)) return undefined
  const { CN, O } = (peer.subject ?? {}) as { CN?: string | string[]; O?: string | string[] }
  const [name] = listOf(CN)
  if (!name) return undefined
  const fingerprint = peer.fingerprint256.replaceAll(':', '').toLowerCase()
  const extra = { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] }
  return authenticated({ name, groups: listOf(O), extra })
}

interface Known {
  readonly user: UserInfo
  /** Milliseconds since the epoch. */
  readonly validTo: number
}

function knownOf(connection: TLSSocket): Known | undefined {
  const peer = connection.authorized ? connection.getPeerCertificate() : undefined
  const user = peer && userOf(peer)
  return user && { user, validTo: Date.parse(peer.valid_to) }
}

/**
 * X.509: the common name is the user, organizations are groups. TLS has verified the chain to a client CA; a certificate that is not
 * trusted or not for clients counts as none. Its validity was checked when the connection began;
 * `onUse` is told with each request how long it is valid for.
 */
export function clientCertificateAuthenticator(
  onUse: (secondsLeft: number) => void = () => undefined,
): Authenticator {
  // The certificate is read once a connection, however many requests come over it.
  const known = new WeakMap<TLSSocket, Known | null>()
  return ({ connection }) => {
    if (connection === undefined) return undefined
    let found = known.get(connection)
    if (found === undefined) {
      found = knownOf(connection) ?? null
      known.set(connection, found)
    }
    if (found === null) return undefined
    onUse((found.validTo - Date.now()) / 1000)
    return found.user
  }
}
