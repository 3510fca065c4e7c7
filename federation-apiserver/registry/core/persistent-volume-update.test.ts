import { describe, expect, test } from 'vitest'
import { volumeUpdateErrors } from './persistent-volume-update.ts'

const volume = (key: string, value = 'a') => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'p' },
  spec: {
    local: { path: '/x' },
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: [value] }] }],
      },
    },
  },
})

const beta = 'failure-domain.beta.kubernetes.io/zone'
const present = 'topology.kubernetes.io/zone'

describe('the nodes of a PersistentVolume', () => {
  test.each([
    ['stay', volume('a'), volume('a'), 0],
    [
      'may be named by the label that took the place of an old one',
      volume(present),
      volume(beta),
      0,
    ],
    ['but not by the old one again', volume(beta), volume(present), 1],
    ['may not be others', volume('a', 'b'), volume('a'), 1],
    ['nor others by the present label', volume(present, 'b'), volume(beta), 1],
  ])('%s', (_, object, old, count) => {
    expect(volumeUpdateErrors(object, old)).toHaveLength(count)
  })
})
