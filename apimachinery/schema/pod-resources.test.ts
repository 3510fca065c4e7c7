import { expect, test } from 'vitest'
import type { JsonObject } from '../meta/object-meta.ts'
import { requestForWholePod } from './pod-resources.ts'

const asking = (cpu: string, more: object = {}): object => ({
  resources: { requests: { cpu } },
  ...more,
})
const limits = { cpu: '4', memory: '1Gi' }

test.each<[string, JsonObject, object | undefined]>([
  ['no limits', { resources: {}, containers: [asking('1')] }, undefined],
  ['nobody says', { resources: { limits }, containers: [{}] }, limits],
  [
    'containers say',
    { resources: { limits }, containers: [asking('1'), asking('500m')] },
    { cpu: '1500m', memory: '1Gi' },
  ],
  [
    'the Pod says',
    { resources: { limits, requests: { cpu: '2' } }, containers: [asking('1')] },
    { cpu: '2', memory: '1Gi' },
  ],
  [
    'an init container needs most',
    { resources: { limits }, containers: [asking('1')], initContainers: [asking('3')] },
    { cpu: '3', memory: '1Gi' },
  ],
  [
    'a sidecar runs all the time',
    {
      resources: { limits },
      containers: [asking('1')],
      initContainers: [asking('1', { restartPolicy: 'Always' }), asking('1500m')],
    },
    { cpu: '2500m', memory: '1Gi' },
  ],
  ['values of a wrong type', { resources: { limits: 'a' }, containers: [null] }, undefined],
])('what a Pod requests as a whole: %s', (_, spec, expected) => {
  requestForWholePod(spec)
  expect((spec['resources'] as JsonObject)['requests']).toEqual(expected)
})
