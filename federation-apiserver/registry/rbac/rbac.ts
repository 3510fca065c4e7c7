import { validatePathSegment } from '#apimachinery/meta/names.ts'
import type { Strategy } from '../strategy.ts'

/** Names as `system:node` are legal; a PUT creates, so that roles can be reconciled. */
const role = (resource: string): Strategy => ({
  group: 'rbac.authorization.k8s.io',
  resource,
  validateName: validatePathSegment,
})

/** Whether the writer may give these rights is judged by admission. */
export const rbacStrategies: readonly Strategy[] = [
  role('roles'),
  role('clusterroles'),
  role('rolebindings'),
  role('clusterrolebindings'),
]
