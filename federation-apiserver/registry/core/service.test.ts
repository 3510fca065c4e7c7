import { expect, test } from 'vitest'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { StrategyContext } from '../strategy.ts'
import { serviceStrategy } from './service.ts'

const context: StrategyContext = {
  user: { name: 'u', groups: [] },
  subresource: '',
  dryRun: false,
  group: '',
}

const service = (spec: JsonObject): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', namespace: 'default' },
  spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ...spec },
})

function changed(before: JsonObject, after: JsonObject) {
  const [object, old] = [service(after), service(before)]
  serviceStrategy.prepareForUpdate?.(object, old, context)
  const errors = serviceStrategy.validateUpdate?.(object, old, context) ?? []
  return { spec: object.spec, errors: errors.map((e) => `${e.field}: ${e.message}`) }
}

const balanced = { type: 'LoadBalancer', loadBalancerClass: 'example.test/a' }

test.each([
  [
    'the class of a load balancer stays',
    balanced,
    { ...balanced, loadBalancerClass: 'example.test/b' },
    ['spec.loadBalancerClass: Invalid value: "example.test/b": may not change once set'],
  ],
  [
    'a load balancer without a class gets none',
    { type: 'LoadBalancer' },
    balanced,
    ['spec.loadBalancerClass: Invalid value: "example.test/a": may not change once set'],
  ],
  [
    'so does the port of its health',
    { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 30001 },
    { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 30002 },
    ['spec.healthCheckNodePort: Forbidden: field is immutable'],
  ],
  [
    'and the address',
    {},
    { clusterIP: '10.0.0.2' },
    ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'],
  ],
  ['what is no address is told of by validation', {}, { clusterIP: 'x' }, []],
])('%s', (_, before, after, errors) => {
  expect(changed(before, after).errors).toEqual(errors)
})

test.each([
  ['class', balanced, { ...balanced, type: 'ClusterIP' }, 'loadBalancerClass'],
  [
    'policy of outside traffic',
    { type: 'ClusterIP', externalIPs: ['1.2.3.4'], externalTrafficPolicy: 'Cluster' },
    { type: 'ClusterIP', externalTrafficPolicy: 'Cluster' },
    'externalTrafficPolicy',
  ],
])('the %s goes with what it was for', (_, before, after, field) => {
  expect(changed(before, after).spec).not.toHaveProperty(field)
})

test('an address that is given anew becomes the first of all', () => {
  expect(changed({}, { clusterIP: '10.0.0.2' }).spec?.['clusterIPs']).toEqual(['10.0.0.2'])
})
