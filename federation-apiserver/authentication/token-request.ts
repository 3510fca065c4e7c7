import { invalid, type FieldError } from '#apimachinery/errors/field-error.ts'
import {
  newBadRequest,
  newConflict,
  newInvalid,
  newNotFound,
} from '#apimachinery/errors/status-error.ts'
import { parseGroupVersion } from '#apimachinery/meta/group-version.ts'
import { now } from '#apimachinery/meta/time.ts'
import type { ReviewHandler, ReviewHandlers } from '../registry/review.ts'
import type { Pki } from './pki.ts'
import {
  serviceAccountIssuer,
  type ServiceAccountTokens,
  signServiceAccountToken,
  type TokenClaims,
  type UidLookup,
} from './service-account.ts'

const minSeconds = 600
/** Longer wishes are cut to this: joins ask for 30 days and renew at half of them. */
const maxSeconds = 90 * 86_400
const defaultSeconds = 3600

interface TokenRequestSpec {
  audiences?: string[]
  expirationSeconds?: number
  boundObjectRef?: { kind?: string; apiVersion?: string; name?: string; uid?: string } | null
}

const kind = { group: 'authentication.k8s.io', kind: 'TokenRequest' }

function checkSpec(spec: TokenRequestSpec): FieldError[] {
  const errors: FieldError[] = []
  const seconds = spec.expirationSeconds
  if (seconds !== undefined && seconds < minSeconds)
    errors.push(
      invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes'),
    )
  if (seconds !== undefined && seconds > 2 ** 32)
    errors.push(
      invalid(
        'spec.expirationSeconds',
        seconds,
        'may not specify a duration larger than 2^32 seconds',
      ),
    )
  return errors
}

async function boundTo(
  ref: TokenRequestSpec['boundObjectRef'],
  namespace: string,
  lookup: UidLookup,
): Promise<Pick<TokenClaims, 'boundTo'>> {
  if (ref === undefined || ref === null) return {}
  if (ref.apiVersion !== 'v1' || (ref.kind !== 'Pod' && ref.kind !== 'Secret')) {
    const { group, version } = parseGroupVersion(ref.apiVersion ?? '')
    throw newBadRequest(
      `cannot bind token to object of type ${group}/${version}, Kind=${ref.kind ?? ''}`,
    )
  }
  const [boundKind, resource] =
    ref.kind === 'Secret' ? (['Secret', 'secrets'] as const) : (['Pod', 'pods'] as const)
  const name = ref.name ?? ''
  const uid = await lookup(resource, namespace, name)
  if (uid === undefined) throw newNotFound({ group: '', resource }, name)
  if (ref.uid !== undefined && ref.uid !== '' && ref.uid !== uid)
    throw newConflict(
      { group: '', resource: boundKind },
      name,
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  return { boundTo: { kind: boundKind, name, uid } }
}

/** POST serviceaccounts/NAME/token (authentication.k8s.io/v1 TokenRequest, KEP-1205): a token that is bound and expires. */
const tokenRequest =
  (key: Pki['serviceAccountKey'], lookup: UidLookup): ReviewHandler =>
  async ({ object, namespace, name, dryRun }) => {
    const uid = await lookup('serviceaccounts', namespace, name)
    if (uid === undefined) throw newNotFound({ group: '', resource: 'serviceaccounts' }, name)
    const spec = (object.spec ?? {}) as TokenRequestSpec
    const errors = checkSpec(spec)
    if (errors.length > 0) throw newInvalid(kind, '', errors)
    const expirationSeconds = Math.min(spec.expirationSeconds ?? defaultSeconds, maxSeconds)
    const expiresAt = new Date(Math.floor(Date.now() / 1000 + expirationSeconds) * 1000)
    const audiences = spec.audiences?.length ? spec.audiences : [serviceAccountIssuer]
    const bound = await boundTo(spec.boundObjectRef, namespace, lookup)
    const claims = { namespace, name, uid, audiences, expiresAt, ...bound }
    const token = dryRun ? '' : await signServiceAccountToken(key, claims)
    return {
      ...object,
      metadata: { ...object.metadata, name, namespace, uid, creationTimestamp: now() },
      spec: { ...spec, audiences, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null },
      status: { token, expirationTimestamp: `${expiresAt.toISOString().slice(0, 19)}Z` },
    }
  }

/** POST tokenreviews: whose token this is, if it is anybody's here. */
const tokenReview =
  (tokens: ServiceAccountTokens): ReviewHandler =>
  async ({ object }) => {
    const spec = (object.spec ?? {}) as { token?: string; audiences?: string[] }
    if (!spec.token) throw newBadRequest('token is required for TokenReview in authentication')
    const audiences = spec.audiences?.length ? spec.audiences : undefined
    const found = await tokens.read(spec.token, audiences)
    if (found === undefined)
      return { ...object, status: { user: {}, error: 'invalid bearer token' } }
    const status = { authenticated: true, user: userOf(found.user), audiences: found.audiences }
    return { ...object, status }
  }

const userOf = (user: {
  name: string
  uid?: string
  groups: readonly string[]
  extra?: object
}): object => ({
  username: user.name,
  ...(user.uid === undefined ? {} : { uid: user.uid }),
  groups: user.groups,
  ...(user.extra === undefined ? {} : { extra: user.extra }),
})

/** POST selfsubjectreviews: who am I (`kubectl auth whoami`). */
const selfSubjectReview: ReviewHandler = ({ object, user }) => ({
  ...object,
  metadata: { ...object.metadata, creationTimestamp: now() },
  status: { userInfo: userOf(user) },
})

export const authenticationReviews = (parts: {
  readonly key: Pki['serviceAccountKey']
  readonly lookup: UidLookup
  readonly tokens: ServiceAccountTokens
}): ReviewHandlers =>
  new Map<string, ReviewHandler>([
    ['/serviceaccounts/token', tokenRequest(parts.key, parts.lookup)],
    ['authentication.k8s.io/tokenreviews', tokenReview(parts.tokens)],
    ['authentication.k8s.io/selfsubjectreviews', selfSubjectReview],
  ])
