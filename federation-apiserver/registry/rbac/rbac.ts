import { validatePathSegment } from '#apimachinery/meta/names.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Strategy } from '../strategy.ts'

/** No rules are stored as none at all: storage does not tell an empty list from an absent one. */
function withoutEmptyRules(object: ApiObject): void {
  const { rules } = object
  if (Array.isArray(rules) && rules.length === 0) object['rules'] = null
}

/** Names as `system:node` are legal; a PUT creates, so that roles can be reconciled. */
const role = (resource: string): Strategy => ({
  group: 'rbac.authorization.k8s.io',
  resource,
  validateName: validatePathSegment,
  prepareForCreate: withoutEmptyRules,
  prepareForUpdate: withoutEmptyRules,
})

/** Whether the writer may give these rights is judged by admission. */
export const rbacStrategies: readonly Strategy[] = [
  role('roles'),
  role('clusterroles'),
  role('rolebindings'),
  role('clusterrolebindings'),
]
