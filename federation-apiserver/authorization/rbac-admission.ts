import { newForbidden, newNotFound } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { groupMasters } from '../authentication/user-info.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../registry/admission.ts'
import { isEqual } from '../registry/equality.ts'
import type { Authorizer } from './attributes.ts'
import { coversAll, escalationProblem } from './escalation.ts'
import type { PolicyRule } from './policy-rule.ts'
import { rulesOfUser } from './rbac.ts'
import { type RoleRef, rulesOf, selectorsOf } from './role-set.ts'
import type { RuleSource } from './rule-source.ts'

const rbacGroup = 'rbac.authorization.k8s.io'
const roleResources = new Set(['roles', 'clusterroles'])
const bindingResources = new Set(['rolebindings', 'clusterrolebindings'])

const everything: readonly PolicyRule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
]

interface Parts {
  readonly authorizer: Authorizer
  readonly rules: RuleSource
}

/** Only what the garbage collector changes is different. */
function onlyOwnershipChanged(object: ApiObject, old: Readonly<ApiObject> | undefined): boolean {
  if (old === undefined) return false
  const plain = ({ metadata, ...rest }: Readonly<ApiObject>): object => {
    const {
      ownerReferences: _owners,
      finalizers: _finalizers,
      managedFields: _managed,
      resourceVersion: _version,
      ...meta
    } = metadata
    return { ...rest, metadata: meta }
  }
  return isEqual(plain(object), plain(old))
}

const refusal = (attributes: AdmissionAttributes, why: string): Error =>
  newForbidden(attributes.resource, attributes.object?.metadata.name ?? attributes.name, why)

async function mayGive(
  { authorizer }: Parts,
  { user, namespace }: AdmissionAttributes,
  asked: { verb: 'escalate' | 'bind'; resource: string; name: string },
): Promise<boolean> {
  const { allowed } = await authorizer.authorize({
    user,
    ...asked,
    group: rbacGroup,
    version: '*',
    subresource: '',
    namespace,
    resourceRequest: true,
    path: '',
  })
  return allowed
}

async function mustHold(
  parts: Parts,
  attributes: AdmissionAttributes,
  wanted: readonly PolicyRule[],
): Promise<void> {
  const { user, namespace } = attributes
  const held = rulesOfUser(await parts.rules.latest(), user, namespace)
  const problem = escalationProblem(user, held, wanted)
  if (problem !== undefined) throw refusal(attributes, problem)
}

async function checkRole(
  parts: Parts,
  attributes: AdmissionAttributes,
  role: ApiObject,
): Promise<void> {
  const { resource } = attributes.resource
  // What is made by POST has no name yet when its right is asked for.
  const name = attributes.verb === 'create' ? '' : role.metadata.name
  if (await mayGive(parts, attributes, { verb: 'escalate', resource, name })) return
  const selectors = selectorsOf(role)
  if (selectors.length > 0 && !isEqual(selectors, selectorsOf(attributes.old ?? {}))) {
    const held = rulesOfUser(await parts.rules.latest(), attributes.user, '')
    if (!coversAll(held.rules, everything)) {
      const why = 'must have cluster-admin privileges to use the aggregationRule'
      throw refusal(attributes, why)
    }
  }
  await mustHold(parts, attributes, rulesOf(role))
}

async function checkBinding(
  parts: Parts,
  attributes: AdmissionAttributes,
  binding: ApiObject,
): Promise<void> {
  const ref = binding['roleRef'] as RoleRef | undefined
  // What is no role reference is refused by validation.
  if (ref === undefined) return
  const resource = ref.kind === 'ClusterRole' ? 'clusterroles' : 'roles'
  if (await mayGive(parts, attributes, { verb: 'bind', resource, name: ref.name })) return
  const set = await parts.rules.latest()
  const wanted = set.rulesFor(ref, attributes.namespace)
  // Kubernetes names the resource that is written here, not the one that is missing.
  if (wanted === undefined) throw newNotFound(attributes.resource, ref.name)
  await mustHold(parts, attributes, wanted)
}

/**
 * Nobody gives away more than they hold: writes of roles need every right in them, or `escalate`; writes of bindings every right of the
 * role, or `bind`. system:masters is not asked.
 */
export const rbacEscalation = (parts: Parts): AdmissionPlugin => ({
  name: 'RBACEscalation',
  concerns: ({ resource, subresource, operation }) =>
    resource.group === rbacGroup && subresource === '' && operation !== 'DELETE',
  async validate(attributes) {
    const { resource, object, old, user } = attributes
    if (object === undefined) return
    if (user.groups.includes(groupMasters) || onlyOwnershipChanged(object, old)) return
    if (roleResources.has(resource.resource)) await checkRole(parts, attributes, object)
    else if (bindingResources.has(resource.resource)) await checkBinding(parts, attributes, object)
  },
})
