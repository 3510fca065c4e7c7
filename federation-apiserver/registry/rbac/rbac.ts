import { invalid } from '#apimachinery/errors/field-error.ts'
import { validatePathSegment } from '#apimachinery/meta/names.ts'
import { isEqual } from '../equality.ts'
import type { Strategy } from '../strategy.ts'

/** Names as `system:node` are legal; a PUT creates, so that roles can be reconciled. */
const role = (resource: string): Strategy => ({
  group: 'rbac.authorization.k8s.io',
  resource,
  validateName: validatePathSegment,
})

const binding = (resource: string): Strategy => ({
  ...role(resource),
  validateUpdate: (object, old) =>
    isEqual(object['roleRef'], old['roleRef'])
      ? []
      : [invalid('roleRef', object['roleRef'], 'cannot change roleRef')],
})

/** Whether the writer may give these rights is judged by admission. */
export const rbacStrategies: readonly Strategy[] = [
  role('roles'),
  role('clusterroles'),
  binding('rolebindings'),
  binding('clusterrolebindings'),
]
