import { forbidden } from '#apimachinery/errors/field-error.ts'
import { isEqual } from '../equality.ts'
import { specField } from '../field-label.ts'
import type { Strategy } from '../strategy.ts'

/** Nodes register with their status. */
export const nodeStrategy: Strategy = {
  group: '',
  resource: 'nodes',
  keepsStatusOnCreate: true,
  validateUpdate(object, old) {
    const fixed = { podCIDRs: 'podCIDR', providerID: 'providerID' }
    const errors = isEqual(old.spec?.['externalID'], object.spec?.['externalID'])
      ? []
      : [forbidden('spec.externalID', 'may not be updated')]
    const changed = Object.entries(fixed).flatMap(([field, name]) => {
      const before = old.spec?.[field]
      const why = `node updates may not change ${name} except from "" to valid`
      return before === undefined || isEqual(before, object.spec?.[field])
        ? []
        : [forbidden(`spec.${field}`, why)]
    })
    return [...changed, ...errors]
  },
  fields: {
    'spec.unschedulable': specField('unschedulable', 'false'),
  },
}
