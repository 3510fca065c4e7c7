import { describe, expect, test } from 'vitest'
import { eventConversion } from './event.ts'
import { horizontalPodAutoscalerConversion as autoscaler } from './horizontal-pod-autoscaler.ts'

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
})
const memory = {
  type: 'Resource',
  resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
}

describe('HorizontalPodAutoscaler v1 and v2', () => {
  test.each([
    ['no metrics', {}],
    ['CPU only', { metrics: [cpu(70)] }],
    ['memory and CPU', { metrics: [memory, cpu(70)] }],
    [
      'every other kind',
      {
        metrics: [
          {
            type: 'ContainerResource',
            containerResource: {
              name: 'cpu',
              container: 'c',
              target: { type: 'Utilization', averageUtilization: 5 },
            },
          },
          {
            type: 'Pods',
            pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '5' } },
          },
          {
            type: 'Object',
            object: {
              describedObject: { kind: 'Service', name: 's', apiVersion: 'v1' },
              metric: { name: 'm', selector: { matchLabels: { a: 'b' } } },
              target: { type: 'Value', value: '5' },
            },
          },
          {
            type: 'External',
            external: {
              metric: { name: 'm' },
              target: { type: 'AverageValue', averageValue: '5' },
            },
          },
        ],
      },
    ],
    [
      'memory and behaviour',
      { metrics: [memory], behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } },
    ],
  ])('%s survives both ways', (_, rest) => {
    const hub = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', annotations: { mine: 'kept' } },
      spec: { scaleTargetRef, maxReplicas: 3, ...rest },
    }
    const first = autoscaler.fromHub(structuredClone(hub))
    expect(first).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: { scaleTargetRef, maxReplicas: 3 },
    })
    expect(first.spec).not.toHaveProperty('metrics')
    expect(autoscaler.toHub(first)).toEqual(hub)
  })

  test('metrics are in their annotation as v1 has them', () => {
    const { metadata } = autoscaler.fromHub({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: { scaleTargetRef, maxReplicas: 3, metrics: [cpu(70), memory] },
    })
    expect(metadata.annotations).toEqual({
      'autoscaling.alpha.kubernetes.io/metrics':
        '[{"type":"Resource","resource":{"name":"memory","targetAverageValue":"1Gi"}}]',
    })
  })

  test('utilisation is a field in v1', () => {
    const hub = autoscaler.toHub({
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 70 },
      status: { currentReplicas: 1, desiredReplicas: 2, currentCPUUtilizationPercentage: 90 },
    })
    expect(hub.spec).toEqual({ scaleTargetRef, maxReplicas: 3, metrics: [cpu(70)] })
    expect(hub.status?.['currentMetrics']).toEqual([
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 90 } } },
    ])
  })
})

describe('Event of core and of events.k8s.io', () => {
  test('the same fields under other names', () => {
    const core = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e' },
      involvedObject: { name: 'web' },
      message: 'm',
      reason: 'r',
      count: 2,
      source: { component: 'c' },
    }
    const other = eventConversion.fromHub(structuredClone(core))
    expect(other).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      regarding: { name: 'web' },
      note: 'm',
      reason: 'r',
      deprecatedCount: 2,
      deprecatedSource: { component: 'c' },
    })
    expect(eventConversion.toHub(other)).toEqual(core)
    expect(eventConversion.fieldLabel?.('regarding.name')).toBe('involvedObject.name')
  })
})
