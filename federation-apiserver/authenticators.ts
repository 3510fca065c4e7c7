import { isNotFound } from '#apimachinery/errors/status-error.ts'
import { clientCertificateAuthenticator } from './authentication/client-certificate.ts'
import type { Pki } from './authentication/pki.ts'
import {
  serviceAccountAuthenticator,
  ServiceAccountTokens,
  type BoundLookup,
} from './authentication/service-account.ts'
import { tokenFileAuthenticator } from './authentication/token-file.ts'
import { unionAuthenticator } from './authentication/union.ts'
import type { Authenticate } from './authentication/user-info.ts'
import { readFlagFile } from './certificates.ts'
import type { Store } from './registry/store.ts'
import { storeOf } from './serve-resources.ts'

/**
 * What tokens are bound to. The cache is asked first; what it does not have is asked for with a linearizable read, so that a
 * token works at once, and a deleted account's token stops within the cache's lag.
 */
export const boundLookup =
  (stores: ReadonlyMap<string, Store>): BoundLookup =>
  async (resource, namespace, name) => {
    const store = storeOf(stores, { group: '', resource })
    try {
      return (await store.find({ namespace, name })).object
    } catch (err) {
      if (isNotFound(err)) return undefined
      throw err
    }
  }

export interface Authentication {
  readonly authenticate: Authenticate
  readonly tokens: ServiceAccountTokens
}

/** Client certificates, static tokens, ServiceAccount tokens, in this order. */
export async function openAuthentication(parts: {
  readonly pki: Pki
  readonly stores: ReadonlyMap<string, Store>
  readonly tokenAuthFile: string | undefined
  /** Is told how long each client certificate is valid for. */
  readonly onCertificate: (secondsLeft: number) => void
}): Promise<Authentication> {
  const { pki, tokenAuthFile } = parts
  const tokens = new ServiceAccountTokens({
    key: pki.serviceAccountKey,
    lookup: boundLookup(parts.stores),
  })
  const fromFile =
    tokenAuthFile === undefined
      ? []
      : [
          tokenFileAuthenticator(
            await readFlagFile('token-auth-file', tokenAuthFile),
            tokenAuthFile,
          ),
        ]
  const authenticators = [
    clientCertificateAuthenticator(parts.onCertificate),
    ...fromFile,
    serviceAccountAuthenticator(tokens),
  ]
  return { authenticate: unionAuthenticator(authenticators), tokens }
}
