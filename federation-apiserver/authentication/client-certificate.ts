import type { PeerCertificate, TLSSocket } from 'node:tls'
import type { Authenticator, ClientCertificate } from './user-info.ts'

const clientAuthOid = '1.3.6.1.5.5.7.3.2'

/** One certificate a connection: read once, however many requests come over it. */
const known = new WeakMap<TLSSocket, ClientCertificate | null>()

/** The trusted client certificate of a connection; undefined when there is none, it is not signed by a client CA or not for clients. */
export function clientCertificateOf(socket: TLSSocket): ClientCertificate | undefined {
  const cached = known.get(socket)
  if (cached !== undefined) return cached ?? undefined
  const certificate = socket.authorized ? read(socket.getPeerCertificate()) : undefined
  known.set(socket, certificate ?? null)
  return certificate
}

function read(peer: PeerCertificate): ClientCertificate | undefined {
  const usages: unknown = peer.ext_key_usage
  if (Array.isArray(usages) && !usages.includes(clientAuthOid)) return undefined
  const { CN, O } = (peer.subject ?? {}) as { CN?: string | string[]; O?: string | string[] }
  const [commonName] = listOf(CN)
  return commonName === undefined ? undefined : { commonName, organizations: listOf(O) }
}

const listOf = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]

/** X.509: the common name is the user, organizations are groups. */
export const clientCertificateAuthenticator: Authenticator = ({ certificate }) =>
  certificate === undefined
    ? undefined
    : { name: certificate.commonName, groups: certificate.organizations }
