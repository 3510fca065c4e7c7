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

/**
 * X.509: the common name is the user, organizations are groups. TLS has verified the chain to a client CA; a certificate that is not
 * trusted or not for clients counts as none. Its validity was checked when the connection began;
 * `onUse` is told how long it is valid for, once a connection.
 */
export function clientCertificateAuthenticator(
  onUse: (secondsLeft: number) => void = () => undefined,
): Authenticator {
  // One user a connection: the certificate is read once, however many requests come over it.
  const known = new WeakMap<TLSSocket, UserInfo | null>()
  return ({ connection }) => {
    if (connection === undefined) return undefined
    const cached = known.get(connection)
    if (cached !== undefined) return cached ?? undefined
    const peer = connection.authorized ? connection.getPeerCertificate() : undefined
    const user = peer && userOf(peer)
    known.set(connection, user ?? null)
    if (peer !== undefined && user !== undefined)
      onUse((Date.parse(peer.valid_to) - Date.now()) / 1000)
    return user
  }
}
