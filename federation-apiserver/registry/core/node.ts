import { specField } from '../field-label.ts'
import type { Strategy } from '../strategy.ts'

/** Nodes register with their status. */
export const nodeStrategy: Strategy = {
  group: '',
  resource: 'nodes',
  keepsStatusOnCreate: true,
  fields: {
    'spec.unschedulable': specField('unschedulable', 'false'),
  },
}
