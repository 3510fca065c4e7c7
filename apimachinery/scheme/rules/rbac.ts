import { type FieldError, invalid, required } from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { asObject, asObjects, asText } from './read.ts'
import type { Rule } from './rules.ts'

const isEmptyList = (value: unknown): boolean => !Array.isArray(value) || value.length === 0

function policyRule(o: JsonObject, path: string): FieldError[] {
  const urls = o['nonResourceURLs']
  if (!isEmptyList(urls)) {
    if (isEmptyList(o['resources']) && isEmptyList(o['apiGroups'])) return []
    const text = 'rules cannot apply to both regular resources and non-resource URLs'
    return [invalid(`${path}.nonResourceURLs`, urls, text)]
  }
  return [
    ...(isEmptyList(o['apiGroups'])
      ? [required(`${path}.apiGroups`, 'resource rules must supply at least one api group')]
      : []),
    ...(isEmptyList(o['resources'])
      ? [required(`${path}.resources`, 'resource rules must supply at least one resource')]
      : []),
  ]
}

function namespacedRole(o: JsonObject): FieldError[] {
  return asObjects(o['rules']).flatMap((rule, i) => {
    const urls = rule['nonResourceURLs']
    const text = 'namespaced rules cannot apply to non-resource URLs'
    return isEmptyList(urls) ? [] : [invalid(`rules[${i}].nonResourceURLs`, urls, text)]
  })
}

const roleKinds =
  (...kinds: string[]): Rule =>
  (o) => {
    const kind = asText(asObject(o['roleRef'])['kind'])
    if (kinds.includes(kind)) return []
    const values = kinds.map((k) => JSON.stringify(k)).join(', ')
    const message = `Unsupported value: ${JSON.stringify(kind)}: supported values: ${values}`
    return [{ type: 'FieldValueNotSupported', field: 'roleRef.kind', message }]
  }

function namespacedSubject(o: JsonObject, path: string): FieldError[] {
  if (o['kind'] === 'ServiceAccount') return []
  const group = asText(o['apiGroup'])
  if (group === 'rbac.authorization.k8s.io') return []
  const message = `Unsupported value: ${JSON.stringify(group)}: supported values: "rbac.authorization.k8s.io"`
  return o['kind'] === 'User' || o['kind'] === 'Group'
    ? [{ type: 'FieldValueNotSupported', field: `${path}.apiGroup`, message }]
    : []
}

const rbac = 'io.k8s.api.rbac.v1.'

/** Rules of roles and bindings. */
export const rbacRules: readonly (readonly [string, Rule])[] = [
  [`${rbac}ClusterRoleBinding`, roleKinds('ClusterRole')],
  [`${rbac}PolicyRule`, policyRule],
  [`${rbac}Role`, namespacedRole],
  [`${rbac}RoleBinding`, roleKinds('Role', 'ClusterRole')],
  [`${rbac}Subject`, namespacedSubject],
]
