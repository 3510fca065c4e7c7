import { statusField } from '../field-label.ts'
import type { Strategy } from '../strategy.ts'

export const replicationControllerStrategy: Strategy = {
  group: '',
  resource: 'replicationcontrollers',
  fields: { 'status.replicas': statusField('replicas', '0') },
}
