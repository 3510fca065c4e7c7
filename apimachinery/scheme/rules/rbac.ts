import { invalid, notSupported, required as requiredError } from '../../errors/field-error.ts'
import { type Check, none, type PackageRules } from './check.ts'
import { oneOf, required, subdomain } from './checks.ts'
import { asObject, asObjects, asText } from './read.ts'

const isEmptyList = (value: unknown): boolean => !Array.isArray(value) || value.length === 0

/** Rules of namespaced roles are not about URLs. */
const policyRule: Check = (_, path, { object, up }) => {
  const urls = object['nonResourceURLs']
  if (!isEmptyList(urls)) {
    const isNamespaced = up?.definition.endsWith('.Role') === true
    const isBoth = ['resources', 'apiGroups', 'resourceNames'].some(
      (field) => !isEmptyList(object[field]),
    )
    return [
      ...(isNamespaced ? ['namespaced rules cannot apply to non-resource URLs'] : []),
      ...(isBoth ? ['rules cannot apply to both regular resources and non-resource URLs'] : []),
    ].map((text) => invalid(`${path}.nonResourceURLs`, urls, text))
  }
  return [
    ...(isEmptyList(object['apiGroups'])
      ? [requiredError(`${path}.apiGroups`, 'resource rules must supply at least one api group')]
      : none),
    ...(isEmptyList(object['resources'])
      ? [requiredError(`${path}.resources`, 'resource rules must supply at least one resource')]
      : none),
  ]
}

const roleKinds =
  (...kinds: string[]): Check =>
  (value, path) => {
    const kind = asText(asObject(value)['kind'])
    return kinds.includes(kind) ? none : [notSupported(`${path}.kind`, kind, kinds)]
  }

const group = 'rbac.authorization.k8s.io'

/** Users and groups are in a group, ServiceAccounts in a namespace. */
const subject: Check = (_, path, frame) => {
  const { object } = frame
  const apiGroup = asText(object['apiGroup'])
  if (object['kind'] === 'User' || object['kind'] === 'Group') {
    return apiGroup === group ? none : [notSupported(`${path}.apiGroup`, apiGroup, [group])]
  }
  if (object['kind'] !== 'ServiceAccount') return none
  const name = asText(object['name'])
  return [
    ...(name === '' ? none : subdomain(name, `${path}.name`, frame)),
    ...(apiGroup === '' ? none : [notSupported(`${path}.apiGroup`, apiGroup, [''])]),
  ]
}

const inNamespace: Check = (value, path) =>
  asObjects(value).flatMap((one, i) =>
    one['kind'] === 'ServiceAccount' && asText(one['namespace']) === ''
      ? [requiredError(`${path}[${i}].namespace`)]
      : [],
  )

/** Rules of roles and bindings. */
export const rbacRules: Readonly<Record<string, PackageRules>> = {
  'io.k8s.api.rbac.v1': {
    ClusterRoleBinding: { roleRef: roleKinds('ClusterRole'), subjects: inNamespace },
    RoleBinding: { roleRef: roleKinds('Role', 'ClusterRole') },
    PolicyRule: {
      verbs: required('verbs must contain at least one value'),
      '&rule': policyRule,
    },
    Subject: {
      name: required(),
      kind: oneOf('ServiceAccount', 'User', 'Group'),
      '&group': subject,
    },
  },
}
