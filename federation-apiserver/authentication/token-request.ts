import { invalid, type FieldError } from '#apimachinery/errors/field-error.ts'
import {
  newBadRequest,
  newConflict,
  newInvalid,
  newNotFound,
} from '#apimachinery/errors/status-error.ts'
import { parseGroupVersion } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { now } from '#apimachinery/meta/time.ts'
import type { ReviewHandler, ReviewHandlers } from '../registry/review.ts'
import type { Pki } from './pki.ts'
import {
  type BoundLookup,
  serviceAccountIssuer,
  type ServiceAccountTokens,
  signServiceAccountToken,
  type TokenClaims,
} from './service-account.ts'

const minSeconds = 600
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

const boundResources = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' } as const

/** Names what the token is to be bound to; throws when it cannot be. */
async function boundObject(
  ref: TokenRequestSpec['boundObjectRef'],
  account: { readonly namespace: string; readonly name: string },
  lookup: BoundLookup,
): Promise<TokenClaims['bound']> {
  if (ref === undefined || ref === null) return undefined
  const { kind: boundKind = '', apiVersion = '', name = '', uid = '' } = ref
  const { group, version } = parseGroupVersion(apiVersion)
  const resource = boundResources[boundKind as keyof typeof boundResources]
  if (group !== '' || resource === undefined) {
    const given = `${group}/${version}, Kind=${boundKind}`
    throw newBadRequest(`cannot bind token to object of type ${given}`)
  }
  if (name === '') throw newBadRequest('Name parameter required.')
  const found = await lookup(resource, resource === 'nodes' ? '' : account.namespace, name)
  if (found === undefined) throw newNotFound({ group: '', resource }, name)
  const live = found.metadata.uid ?? ''
  if (uid !== '' && uid !== live) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`
    throw newConflict({ group: '', resource: boundKind }, name, why)
  }
  const bound = { [boundKind.toLowerCase()]: { name, uid: live } }
  return resource === 'pods' ? { ...bound, ...(await nodeOfPod(found, account, lookup)) } : bound
}

/** The Pod's node, when it has one; refuses a Pod that runs as another account. */
async function nodeOfPod(
  { spec = {} }: Readonly<Pick<ApiObject, 'spec'>>,
  { name }: { readonly name: string },
  lookup: BoundLookup,
): Promise<TokenClaims['bound']> {
  const { serviceAccountName, nodeName } = spec as Record<string, string | undefined>
  if (serviceAccountName !== name) {
    throw newBadRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(name)} to pod running with different serviceaccount name.`,
    )
  }
  if (!nodeName) return {}
  const node = await lookup('nodes', '', nodeName)
  return { node: { name: nodeName, uid: node?.metadata.uid ?? '' } }
}

/** POST serviceaccounts/NAME/token (authentication.k8s.io/v1 TokenRequest, KEP-1205): a token that is bound and expires. */
const tokenRequest =
  (key: Pki['serviceAccountKey'], lookup: BoundLookup): ReviewHandler =>
  async ({ object, namespace, name }) => {
    const account = await lookup('serviceaccounts', namespace, name)
    if (account === undefined) {
      const space = await lookup('namespaces', '', namespace)
      throw space === undefined
        ? newNotFound({ group: '', resource: 'namespaces' }, namespace)
        : newNotFound({ group: '', resource: 'serviceaccounts' }, name)
    }
    const given = object.metadata.name ?? ''
    if (given !== '' && given !== name) {
      const why = 'must match the service account name if specified'
      throw newInvalid(kind, name, [invalid('metadata.name', given, why)])
    }
    const spec = (object.spec ?? {}) as TokenRequestSpec
    const errors = checkSpec(spec)
    if (errors.length > 0) throw newInvalid(kind, '', errors)
    const expirationSeconds = spec.expirationSeconds ?? defaultSeconds
    const expiresAt = new Date(Math.floor(Date.now() / 1000 + expirationSeconds) * 1000)
    const audiences = spec.audiences?.length ? spec.audiences : [serviceAccountIssuer]
    const bound = await boundObject(spec.boundObjectRef, { namespace, name }, lookup)
    const uid = account.metadata.uid ?? ''
    const claims = { namespace, name, uid, audiences, expiresAt, ...(bound && { bound }) }
    const token = await signServiceAccountToken(key, claims)
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
    const audiences = spec.audiences?.length ? spec.audiences : [serviceAccountIssuer]
    const found = await tokens.read(spec.token, audiences)
    if (found !== undefined && 'user' in found) {
      const status = { authenticated: true, user: userOf(found.user), audiences: found.audiences }
      return { ...object, status }
    }
    const invalidToken = 'invalid bearer token'
    const error = found ? `[${invalidToken}, ${found.refused}]` : invalidToken
    return { ...object, status: { user: {}, error } }
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
  metadata: { creationTimestamp: now() } as ApiObject['metadata'],
  status: { userInfo: userOf(user) },
})

export const authenticationReviews = (parts: {
  readonly key: Pki['serviceAccountKey']
  readonly lookup: BoundLookup
  readonly tokens: ServiceAccountTokens
}): ReviewHandlers =>
  new Map<string, ReviewHandler>([
    ['/serviceaccounts/token', tokenRequest(parts.key, parts.lookup)],
    ['authentication.k8s.io/tokenreviews', tokenReview(parts.tokens)],
    ['authentication.k8s.io/selfsubjectreviews', selfSubjectReview],
  ])
