import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { forbidden } from '#apimachinery/errors/field-error.ts'
import { isEqual } from '../equality.ts'
import { specField } from '../field-label.ts'
import type { Strategy } from '../strategy.ts'

/** The first of podCIDRs is podCIDR; clients give either. */
function completePodCIDRs({ spec }: ApiObject): void {
  if (spec === undefined) return
  const { podCIDR, podCIDRs } = spec
  if (podCIDR !== undefined && podCIDRs === undefined) spec['podCIDRs'] = [podCIDR]
  if (podCIDR === undefined && Array.isArray(podCIDRs)) spec['podCIDR'] = podCIDRs[0]
}

/** Nodes register with their status. */
export const nodeStrategy: Strategy = {
  group: '',
  resource: 'nodes',
  keepsStatusOnCreate: true,
  prepareForCreate: completePodCIDRs,
  prepareForUpdate: completePodCIDRs,
  validateUpdate(object, old) {
    const fixed = { podCIDRs: 'podCIDR', providerID: 'providerID' }
    return Object.entries(fixed).flatMap(([field, name]) => {
      const before = old.spec?.[field]
      const why = `node updates may not change ${name} except from "" to valid`
      return before === undefined || isEqual(before, object.spec?.[field])
        ? []
        : [forbidden(`spec.${field}`, why)]
    })
  },
  fields: {
    'spec.unschedulable': specField('unschedulable', 'false'),
  },
}
