import { randomUUID } from 'node:crypto'
import { decodeJwt, errors, jwtVerify, type JWTPayload, SignJWT } from 'jose'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { bearerToken } from './bearer.ts'
import type { Pki } from './pki.ts'
import {
  authenticated,
  type Authenticator,
  groupServiceAccounts,
  serviceAccountUserName,
  type UserInfo,
} from './user-info.ts'

/** Who issues ServiceAccount tokens and for whom they are, when nobody asks for another audience. */
export const serviceAccountIssuer = 'https://kubernetes.default.svc'

/** What a token can live and die with, by the resource that has it. */
export type BoundResource = 'namespaces' | 'serviceaccounts' | 'secrets' | 'pods' | 'nodes'

/** The live ServiceAccount, Secret, Pod, or Namespace or Node (of namespace ''); undefined when it does not exist. */
export type BoundLookup = (
  resource: BoundResource,
  namespace: string,
  name: string,
) => Promise<Readonly<Pick<ApiObject, 'metadata' | 'spec'>> | undefined>

interface ObjectRef {
  readonly name: string
  readonly uid: string
}

export interface TokenClaims {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly audiences: readonly string[]
  readonly expiresAt: Date
  /** What the token lives and dies with besides its account; of a Pod also its Node. */
  readonly bound?: {
    readonly pod?: ObjectRef
    readonly secret?: ObjectRef
    readonly node?: ObjectRef
  }
}

type SigningKey = Pki['serviceAccountKey']

/** Signs a bound ServiceAccount token (KEP-1205): ES256, claims as Kubernetes writes them. */
export async function signServiceAccountToken(
  key: SigningKey,
  claims: TokenClaims,
): Promise<string> {
  const account = { name: claims.name, uid: claims.uid }
  return await new SignJWT({
    'kubernetes.io': { namespace: claims.namespace, serviceaccount: account, ...claims.bound },
  })
    .setProtectedHeader({ alg: 'ES256', kid: key.keyId })
    .setIssuer(serviceAccountIssuer)
    .setSubject(serviceAccountUserName(claims.namespace, claims.name))
    .setAudience([...claims.audiences])
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime(claims.expiresAt)
    .setJti(randomUUID())
    .sign(key.privateKey)
}

interface KubernetesClaims {
  readonly namespace: string
  readonly serviceaccount: ObjectRef
  readonly pod?: ObjectRef
  readonly secret?: ObjectRef
  /** Told, and checked only where the token is bound to nothing else. */
  readonly node?: ObjectRef
}

/** A token whose signature was good: what it says never changes, only whether it still holds. */
interface VerifiedToken {
  readonly user: UserInfo
  readonly audiences: readonly string[]
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** What must still exist, with these UIDs. */
  readonly bound: readonly (readonly [BoundResource, string, ObjectRef])[]
}

export interface ServiceAccountAnswer {
  readonly user: UserInfo
  /** Those of the token that were asked for. */
  readonly audiences: readonly string[]
}

/** Why a token of ours is not good, or not any more. */
export interface ServiceAccountRefusal {
  readonly refused: string
}

const maxRemembered = 2000

function verifiedToken(payload: JWTPayload): VerifiedToken | undefined {
  const claims = payload['kubernetes.io'] as KubernetesClaims | undefined
  if (claims === undefined || payload.exp === undefined) return undefined
  const { namespace, serviceaccount: account, pod, secret, node } = claims
  const extra = {
    ...(payload.jti && { 'authentication.kubernetes.io/credential-id': [`JTI=${payload.jti}`] }),
    ...(pod && {
      'authentication.kubernetes.io/pod-name': [pod.name],
      'authentication.kubernetes.io/pod-uid': [pod.uid],
    }),
    ...(node && {
      'authentication.kubernetes.io/node-name': [node.name],
      'authentication.kubernetes.io/node-uid': [node.uid],
    }),
  }
  return {
    user: authenticated({
      name: serviceAccountUserName(namespace, account.name),
      uid: account.uid,
      groups: [groupServiceAccounts, `${groupServiceAccounts}:${namespace}`],
      extra,
    }),
    audiences: [payload.aud ?? []].flat(),
    expiresAt: payload.exp * 1000,
    bound: [
      ['serviceaccounts', namespace, account],
      ...(pod ? [['pods', namespace, pod] as const] : []),
      ...(secret ? [['secrets', namespace, secret] as const] : []),
      ...(node && !pod ? [['nodes', '', node] as const] : []),
    ],
  }
}

const issuerOf = (token: string): string | undefined => {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

const quoted = (list: readonly string[]): string =>
  `[${list.map((one) => JSON.stringify(one)).join(' ')}]`

/** In Kubernetes' words: what is said of the account is said of nothing else that a token is bound to. */
function whyGone(resource: BoundResource, bound: ObjectRef, live: string | undefined): string {
  if (resource !== 'serviceaccounts') return 'service account token has been invalidated'
  return live === undefined
    ? `serviceaccounts ${JSON.stringify(bound.name)} not found`
    : `service account UID (${live}) does not match claim (${bound.uid})`
}

/** Reads ServiceAccount tokens. Signatures are checked once a token; what the token is bound to is asked for each time. */
export class ServiceAccountTokens {
  readonly #key: SigningKey
  readonly #lookup: BoundLookup
  readonly #verified = new Map<string, VerifiedToken>()

  constructor(options: { readonly key: SigningKey; readonly lookup: BoundLookup }) {
    this.#key = options.key
    this.#lookup = options.lookup
  }

  /**
   * The user behind a token, when the token is one of ours, valid now and for one of the audiences, and its ServiceAccount and what
   * it is bound to still exist; why not, when it is one of ours; undefined otherwise.
   */
  async read(
    token: string,
    audiences: readonly string[] = [serviceAccountIssuer],
  ): Promise<ServiceAccountAnswer | ServiceAccountRefusal | undefined> {
    const known = this.#verified.get(token) ?? (await this.#verify(token))
    if (known === undefined) return undefined
    if (known.expiresAt <= Date.now()) {
      this.#verified.delete(token)
      return undefined
    }
    const asked = known.audiences.filter((audience) => audiences.includes(audience))
    if (asked.length === 0) {
      const [own, wanted] = [known.audiences, audiences].map(quoted)
      return { refused: `token audiences ${own} is invalid for the target audiences ${wanted}` }
    }
    for (const [resource, namespace, { name, uid }] of known.bound) {
      const found = await this.#lookup(resource, namespace, name)
      const live = found?.metadata.uid
      if (live !== uid) return { refused: whyGone(resource, { name, uid }, live) }
    }
    return { user: known.user, audiences: asked }
  }

  async #verify(token: string): Promise<VerifiedToken | undefined> {
    if (issuerOf(token) !== serviceAccountIssuer) return undefined
    try {
      const { payload } = await jwtVerify(token, this.#key.publicKey, {
        issuer: serviceAccountIssuer,
        algorithms: ['ES256'],
      })
      const verified = verifiedToken(payload)
      if (verified === undefined) return undefined
      if (this.#verified.size >= maxRemembered) this.#verified.clear()
      this.#verified.set(token, verified)
      return verified
    } catch (err) {
      if (err instanceof errors.JOSEError) return undefined
      throw err
    }
  }
}

/** Bearer tokens of ServiceAccounts, for the API server itself. */
export const serviceAccountAuthenticator =
  (tokens: ServiceAccountTokens): Authenticator =>
  async (request) => {
    const token = bearerToken(request)
    const found = token === undefined ? undefined : await tokens.read(token)
    return found !== undefined && 'user' in found ? found.user : undefined
  }
