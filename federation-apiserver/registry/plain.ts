import type { Strategy } from './strategy.ts'

/** Resources whose new objects have a status of their own, and no other rules. */
export const plainStrategies: readonly Strategy[] = [
  { group: '', resource: 'persistentvolumes', initialStatus: { phase: 'Pending' } },
  { group: '', resource: 'persistentvolumeclaims', initialStatus: { phase: 'Pending' } },
  {
    group: 'networking.k8s.io',
    resource: 'ingresses',
    initialStatus: { loadBalancer: {} },
  },
  {
    group: 'policy',
    resource: 'poddisruptionbudgets',
    initialStatus: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
  },
  {
    group: 'autoscaling',
    resource: 'horizontalpodautoscalers',
    initialStatus: { desiredReplicas: 0 },
  },
]
