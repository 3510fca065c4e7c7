import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { type Answer, type Case, objectOf, type Request } from '../area.ts'

const path = (version: string, name = ''): string =>
  `/apis/autoscaling/${version}/namespaces/{ns}/horizontalpodautoscalers${name}`

const metric = { name: 'm', selector: { matchLabels: { a: 'b' } } }
const service = { apiVersion: 'v1', kind: 'Service', name: 's' }

/** One metric of every kind, with its target or its current value. */
const metrics = (side: 'target' | 'current') => {
  const amount = (type: string, value: object): object => ({
    [side]: side === 'target' ? { type, ...value } : value,
  })
  const utilization = amount('Utilization', { averageUtilization: 50 })
  const average = amount('AverageValue', { averageValue: '50Mi' })
  return [
    { type: 'Resource', resource: { name: 'cpu', ...utilization } },
    { type: 'Resource', resource: { name: 'memory', ...average } },
    {
      type: 'ContainerResource',
      containerResource: { name: 'cpu', container: 'c', ...utilization },
    },
    { type: 'Pods', pods: { metric, ...average } },
    {
      type: 'Object',
      object: { metric: { name: 'm' }, describedObject: service, ...amount('Value', { value: 5 }) },
    },
    { type: 'Object', object: { metric, describedObject: service, ...average } },
    { type: 'External', external: { metric, ...average } },
    { type: 'External', external: { metric: { name: 'm' }, ...amount('Value', { value: '5' }) } },
  ]
}

const spec = {
  scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
  minReplicas: 2,
  maxReplicas: 3,
}

const behavior = {
  scaleDown: { stabilizationWindowSeconds: 60 },
  scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 9 }], selectPolicy: 'Min' },
}

const status = {
  currentReplicas: 1,
  desiredReplicas: 2,
  currentMetrics: metrics('current'),
  conditions: [
    {
      type: 'AbleToScale',
      status: 'True',
      lastTransitionTime: '2020-01-01T00:00:00Z',
      reason: 'R',
      message: 'm',
    },
  ],
}

const withReplicas = (answer: Answer | undefined, maxReplicas: number): ApiObject => {
  const object = structuredClone(objectOf(answer))
  return { ...object, spec: { ...object.spec, maxReplicas } }
}

const merge = (request: Request): Request => ({
  method: 'PATCH',
  headers: { 'content-type': 'application/merge-patch+json' },
  ...request,
})

/** What autoscaling/v1 has no fields for is in annotations there: read, written back, and made through v1. */
export const autoscalersOfBothVersions: Case = {
  name: 'autoscalers of both versions',
  steps: [
    {
      method: 'POST',
      path: path('v2'),
      body: { metadata: { name: 'a' }, spec: { ...spec, metrics: metrics('target'), behavior } },
    },
    merge({ path: path('v2', '/a/status'), body: { status } }),
    { path: path('v1', '/a') },
    (earlier) => ({
      method: 'PUT',
      path: path('v1', '/a'),
      body: withReplicas(earlier[2], 7),
    }),
    { path: path('v2', '/a') },
    merge({
      path: path('v1', '/a'),
      body: { spec: { targetCPUUtilizationPercentage: 9 } },
    }),
    merge({ path: path('v1', '/a/status'), body: { status: { currentReplicas: 3 } } }),
    { path: path('v2', '/a') },
    (earlier) => ({
      method: 'POST',
      path: path('v1'),
      body: {
        metadata: {
          name: 'b',
          annotations: {
            ...objectOf(earlier[2]).metadata.annotations,
            'example.test/mine': 'kept',
          },
        },
        spec: { ...spec, targetCPUUtilizationPercentage: 80 },
      },
    }),
    { path: path('v2', '/b') },
    { path: path('v1') },
  ],
}
