import { randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { bearerToken } from './bearer.ts'
import type { Pki } from './pki.ts'
import type { Authenticator, UserInfo } from './user-info.ts'

/** Who issues ServiceAccount tokens and for whom they are, when nobody asks for another audience. */
export const serviceAccountIssuer = 'https://kubernetes.default.svc'

/** The live UID of a ServiceAccount, Secret or Pod; undefined when it does not exist. */
export type UidLookup = (
  resource: 'serviceaccounts' | 'secrets' | 'pods',
  namespace: string,
  name: string,
) => Promise<string | undefined>

export interface TokenClaims {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly audiences: readonly string[]
  readonly expiresAt: Date
  /** The Pod or Secret that the token lives and dies with. */
  readonly boundTo?: {
    readonly kind: 'Pod' | 'Secret'
    readonly name: string
    readonly uid: string
  }
}

type SigningKey = Pki['serviceAccountKey']

/** Signs a bound ServiceAccount token (KEP-1205): ES256, claims as Kubernetes writes them. */
export async function signServiceAccountToken(
  key: SigningKey,
  claims: TokenClaims,
): Promise<string> {
  const bound =
    claims.boundTo === undefined
      ? {}
      : {
          [claims.boundTo.kind.toLowerCase()]: {
            name: claims.boundTo.name,
            uid: claims.boundTo.uid,
          },
        }
  const account = { name: claims.name, uid: claims.uid }
  return await new SignJWT({
    'kubernetes.io': { namespace: claims.namespace, serviceaccount: account, ...bound },
  })
    .setProtectedHeader({ alg: 'ES256', kid: key.keyId })
    .setIssuer(serviceAccountIssuer)
    .setSubject(`system:serviceaccount:${claims.namespace}:${claims.name}`)
    .setAudience([...claims.audiences])
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime(claims.expiresAt)
    .setJti(randomUUID())
    .sign(key.privateKey)
}

interface KubernetesClaims {
  readonly namespace: string
  readonly serviceaccount: { readonly name: string; readonly uid: string }
  readonly pod?: { readonly name: string; readonly uid: string }
  readonly secret?: { readonly name: string; readonly uid: string }
}

/** What a token says, when it is one of ours, valid now and for the audience; undefined otherwise. */
async function verify(
  token: string,
  key: SigningKey,
  audience: string,
): Promise<KubernetesClaims | undefined> {
  try {
    const { payload } = await jwtVerify(token, key.publicKey, {
      issuer: serviceAccountIssuer,
      audience,
      algorithms: ['ES256'],
    })
    return payload['kubernetes.io'] as KubernetesClaims | undefined
  } catch (err) {
    if (err instanceof errors.JOSEError) return undefined
    throw err
  }
}

/** The user behind a token; undefined when the token, its ServiceAccount or what it is bound to is not good (any more). */
export async function serviceAccountUser(
  token: string,
  options: { readonly key: SigningKey; readonly lookup: UidLookup; readonly audience?: string },
): Promise<UserInfo | undefined> {
  if (token.split('.').length !== 3) return undefined
  const claims = await verify(token, options.key, options.audience ?? serviceAccountIssuer)
  if (claims === undefined) return undefined
  const { namespace, serviceaccount } = claims
  const bound = [
    ['serviceaccounts', serviceaccount] as const,
    ...(claims.pod === undefined ? [] : [['pods', claims.pod] as const]),
    ...(claims.secret === undefined ? [] : [['secrets', claims.secret] as const]),
  ]
  for (const [resource, ref] of bound)
    if ((await options.lookup(resource, namespace, ref.name)) !== ref.uid) return undefined
  return {
    name: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
    uid: serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  }
}

/**
 * Bearer tokens of ServiceAccounts. That the account still exists is asked each time.
 */
export const serviceAccountAuthenticator =
  (options: { readonly key: SigningKey; readonly lookup: UidLookup }): Authenticator =>
  async (request) => {
    const token = bearerToken(request)
    return token === undefined ? undefined : await serviceAccountUser(token, options)
  }
