import { type FieldError, invalid } from '#apimachinery/errors/field-error.ts'
import { newBadRequest, newInvalid } from '#apimachinery/errors/status-error.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { UserInfo } from '../authentication/user-info.ts'
import type { ReviewHandler, ReviewHandlers, ReviewRequest } from '../registry/review.ts'
import type { Attributes, Authorizer } from './attributes.ts'
import type { PolicyRule } from './policy-rule.ts'
import { rulesOfUser } from './rbac.ts'
import type { RuleSource } from './rule-source.ts'

interface ResourceAttributes {
  readonly namespace?: string
  readonly verb?: string
  readonly group?: string
  readonly version?: string
  readonly resource?: string
  readonly subresource?: string
  readonly name?: string
}

interface NonResourceAttributes {
  readonly path?: string
  readonly verb?: string
}

interface AccessReviewSpec {
  readonly resourceAttributes?: ResourceAttributes | null
  readonly nonResourceAttributes?: NonResourceAttributes | null
  readonly user?: string
  readonly groups?: readonly string[] | null
  readonly uid?: string
  readonly extra?: Readonly<Record<string, readonly string[]>> | null
}

interface Parts {
  readonly authorizer: Authorizer
  readonly rules: RuleSource
}

const specOf = (object: ApiObject): AccessReviewSpec => object.spec ?? {}

function attributeErrors(spec: AccessReviewSpec): FieldError[] {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec
  if (resource && other) {
    const given = { Path: other.path ?? '', Verb: other.verb ?? '' }
    const why = 'cannot be specified in combination with resourceAttributes'
    return [invalid('spec.nonResourceAttributes', given, why)]
  }
  if (resource || other) return []
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
  return [invalid('spec.resourceAttributes', null, why)]
}

function subjectErrors({ user = '', groups }: AccessReviewSpec): FieldError[] {
  if (user !== '' || (groups ?? []).length > 0) return []
  return [invalid('spec.user', '', 'at least one of user or group must be specified')]
}

function localErrors(spec: AccessReviewSpec, namespace: string): FieldError[] {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec
  if (other) {
    const given = { Path: other.path ?? '', Verb: other.verb ?? '' }
    return [invalid('spec.nonResourceAttributes', given, 'disallowed on this kind of request')]
  }
  const asked = resource?.namespace ?? ''
  if (!resource || asked === namespace) return []
  return [invalid('spec.resourceAttributes.namespace', asked, 'must match metadata.namespace')]
}

/** Kubernetes names no kind here: kubectl then says `The request is invalid`. */
function refuseWhenWrong(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw newInvalid({ group: '', kind: '' }, '', errors)
}

const userOf = (spec: AccessReviewSpec): UserInfo => ({
  name: spec.user ?? '',
  groups: spec.groups ?? [],
  ...(spec.uid ? { uid: spec.uid } : {}),
  ...(spec.extra ? { extra: spec.extra } : {}),
})

function attributesOf(spec: AccessReviewSpec, user: UserInfo): Attributes {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec
  return {
    user,
    verb: resource?.verb ?? other?.verb ?? '',
    group: resource?.group ?? '',
    version: resource?.version ?? '',
    resource: resource?.resource ?? '',
    subresource: resource?.subresource ?? '',
    namespace: resource?.namespace ?? '',
    name: resource?.name ?? '',
    resourceRequest: Boolean(resource),
    path: other?.path ?? '',
  }
}

async function answer(
  { authorizer }: Parts,
  object: ApiObject,
  user: UserInfo,
): Promise<ApiObject> {
  const { allowed, reason } = await authorizer.authorize(attributesOf(specOf(object), user))
  return { ...object, status: { allowed, ...(reason === '' ? {} : { reason }) } }
}

const selfSubjectAccess =
  (parts: Parts): ReviewHandler =>
  ({ object, user }) => {
    refuseWhenWrong(attributeErrors(specOf(object)))
    return answer(parts, object, user)
  }

const subjectAccess =
  (parts: Parts): ReviewHandler =>
  ({ object }) => {
    const spec = specOf(object)
    refuseWhenWrong([...attributeErrors(spec), ...subjectErrors(spec)])
    return answer(parts, object, userOf(spec))
  }

const localSubjectAccess =
  (parts: Parts): ReviewHandler =>
  ({ object, namespace }) => {
    const spec = specOf(object)
    const errors = [...attributeErrors(spec), ...subjectErrors(spec)]
    refuseWhenWrong([...errors, ...localErrors(spec, namespace)])
    return answer(parts, object, userOf(spec))
  }

const listOrNone = (list: readonly string[] | null | undefined): readonly string[] | undefined =>
  list && list.length > 0 ? list : undefined

function ruleOf(rule: PolicyRule, lists: readonly (keyof PolicyRule)[]): JsonObject {
  const found: JsonObject = { verbs: rule.verbs ?? [] }
  for (const name of lists) {
    const list = listOrNone(rule[name])
    if (list !== undefined) found[name] = list
  }
  return found
}

const selfSubjectRules =
  ({ rules }: Parts): ReviewHandler =>
  async ({ object, user }: ReviewRequest) => {
    const namespace = object.spec?.['namespace']
    if (typeof namespace !== 'string' || namespace === '') {
      throw newBadRequest('no namespace on request')
    }
    const found = rulesOfUser(await rules.latest(), user, namespace)
    const resourceRules = found.rules
      .filter((rule) => listOrNone(rule.resources) !== undefined)
      .map((rule) => ruleOf(rule, ['apiGroups', 'resources', 'resourceNames']))
    const nonResourceRules = found.rules
      .filter((rule) => listOrNone(rule.nonResourceURLs) !== undefined)
      .map((rule) => ruleOf(rule, ['nonResourceURLs']))
    const { missing } = found
    const status = {
      resourceRules,
      nonResourceRules,
      // Rules of roles that do not exist are not unknown: there are none.
      incomplete: false,
      ...(missing.length === 0 ? {} : { evaluationError: missing.join(', ') }),
    }
    return { ...object, spec: {}, status }
  }

/** Answers about rights: kubectl auth can-i, and servers that ask on behalf of others. */
export const accessReviews = (parts: Parts): ReviewHandlers =>
  new Map([
    ['authorization.k8s.io/selfsubjectaccessreviews', selfSubjectAccess(parts)],
    ['authorization.k8s.io/subjectaccessreviews', subjectAccess(parts)],
    ['authorization.k8s.io/localsubjectaccessreviews', localSubjectAccess(parts)],
    ['authorization.k8s.io/selfsubjectrulesreviews', selfSubjectRules(parts)],
  ])
