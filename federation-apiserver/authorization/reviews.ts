import { type FieldError, invalid } from '#apimachinery/errors/field-error.ts'
import { newBadRequest, newInvalid } from '#apimachinery/errors/status-error.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { parseGroupVersion } from '#apimachinery/meta/group-version.ts'
import { validateFields } from '#apimachinery/scheme/fields.ts'
import type { Scheme } from '#apimachinery/scheme/scheme.ts'
import { parseFieldSelector } from '#apimachinery/selectors/fields.ts'
import { parseLabelSelector } from '#apimachinery/selectors/labels.ts'
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
  readonly fieldSelector?: { readonly rawSelector?: string } | null
  readonly labelSelector?: { readonly rawSelector?: string } | null
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
  readonly scheme: Scheme
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
  const asked = resource?.namespace ?? ''
  const errors: FieldError[] = []
  if (resource && asked !== namespace)
    errors.push(
      invalid('spec.resourceAttributes.namespace', asked, 'must match metadata.namespace'),
    )
  if (other) {
    const given = { Path: other.path ?? '', Verb: other.verb ?? '' }
    errors.push(invalid('spec.nonResourceAttributes', given, 'disallowed on this kind of request'))
  }
  return errors
}

/** A question has no name; that its sender wrote it is said all the same. */
function metadataErrors({ metadata }: ApiObject): FieldError[] {
  const { namespace: _, managedFields: __, ...rest } = metadata
  return Object.keys(rest).length === 0 ? [] : [invalid('metadata', metadata, 'must be empty')]
}

/** Kubernetes names no kind here. */
function refuseWhenWrong(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw newInvalid({ group: 'authorization.k8s.io', kind: '' }, '', errors)
}

/** Operators that are not known here may be known to another server. */
const isOperator = ({ field }: FieldError): boolean =>
  /\.labelSelector\.requirements\[\d+\]\.operator$/.test(field)

function selectorErrors({ scheme }: Parts, object: ApiObject): FieldError[] {
  const gvk = { ...parseGroupVersion(object.apiVersion), kind: object.kind }
  return validateFields(scheme, gvk, object).filter((error) => !isOperator(error))
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

function isSelector(parse: (text: string) => unknown, text = ''): boolean {
  try {
    parse(text)
    return true
  } catch {
    return false
  }
}

/** Selectors narrow nothing here; those that are none are told of. */
function evaluationErrors({ resourceAttributes: asked }: AccessReviewSpec): string[] {
  const { fieldSelector, labelSelector } = asked ?? {}
  const ignored = (name: string) => `spec.resourceAttributes.${name} ignored due to parse error`
  return [
    ...(isSelector(parseFieldSelector, fieldSelector?.rawSelector) ? [] : ['fieldSelector']),
    ...(isSelector(parseLabelSelector, labelSelector?.rawSelector) ? [] : ['labelSelector']),
  ].map(ignored)
}

async function answer(
  { authorizer }: Parts,
  object: ApiObject,
  user: UserInfo,
): Promise<ApiObject> {
  const spec = specOf(object)
  const { allowed, reason } = await authorizer.authorize(attributesOf(spec, user))
  const problems = evaluationErrors(spec)
  const status = {
    allowed,
    ...(reason !== '' && { reason }),
    ...(problems.length > 0 && { evaluationError: problems.join('; ') }),
  }
  return { ...object, status }
}

const selfSubjectAccess =
  (parts: Parts): ReviewHandler =>
  ({ object, user }) => {
    refuseWhenWrong([
      ...attributeErrors(specOf(object)),
      ...selectorErrors(parts, object),
      ...metadataErrors(object),
    ])
    return answer(parts, object, user)
  }

const subjectAccess =
  (parts: Parts): ReviewHandler =>
  ({ object }) => {
    const spec = specOf(object)
    refuseWhenWrong([
      ...attributeErrors(spec),
      ...subjectErrors(spec),
      ...selectorErrors(parts, object),
      ...metadataErrors(object),
    ])
    return answer(parts, object, userOf(spec))
  }

const localSubjectAccess =
  (parts: Parts): ReviewHandler =>
  ({ object, namespace }) => {
    const spec = specOf(object)
    refuseWhenWrong([
      ...attributeErrors(spec),
      ...subjectErrors(spec),
      ...selectorErrors(parts, object),
      ...metadataErrors(object),
      ...localErrors(spec, namespace),
    ])
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
    return { ...object, metadata: {} as ApiObject['metadata'], spec: {}, status }
  }

/** Answers about rights: kubectl auth can-i, and servers that ask on behalf of others. */
export const accessReviews = (parts: Parts): ReviewHandlers =>
  new Map([
    ['authorization.k8s.io/selfsubjectaccessreviews', selfSubjectAccess(parts)],
    ['authorization.k8s.io/subjectaccessreviews', subjectAccess(parts)],
    ['authorization.k8s.io/localsubjectaccessreviews', localSubjectAccess(parts)],
    ['authorization.k8s.io/selfsubjectrulesreviews', selfSubjectRules(parts)],
  ])
