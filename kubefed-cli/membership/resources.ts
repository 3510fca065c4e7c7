import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'

const core = (resource: string): GroupVersionResource => ({ group: '', version: 'v1', resource })
const rbac = (resource: string): GroupVersionResource => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource,
})

export const namespaces = core('namespaces')
export const secrets = core('secrets')
export const serviceAccounts = core('serviceaccounts')
export const roles = rbac('roles')
export const roleBindings = rbac('rolebindings')
export const clusterRoles = rbac('clusterroles')
export const clusterRoleBindings = rbac('clusterrolebindings')
export const accessReviews: GroupVersionResource = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'selfsubjectaccessreviews',
}
