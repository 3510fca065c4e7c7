import type { Strategy } from './strategy.ts'

/** Resources that differ from the common rules in one or two facts only. */
export const plainStrategies: readonly Strategy[] = [
  { group: '', resource: 'endpoints', createOnUpdate: true },
  { group: '', resource: 'limitranges', createOnUpdate: true },
  { group: '', resource: 'serviceaccounts', returnsDeleted: true },
  { group: '', resource: 'resourcequotas', returnsDeleted: true },
  { group: '', resource: 'podtemplates', returnsDeleted: true, generation: true },
  {
    group: '',
    resource: 'persistentvolumes',
    returnsDeleted: true,
    initialStatus: { phase: 'Pending' },
  },
  {
    group: '',
    resource: 'persistentvolumeclaims',
    returnsDeleted: true,
    initialStatus: { phase: 'Pending' },
  },
  {
    group: 'coordination.k8s.io',
    resource: 'leases',
    createOnUpdate: true,
    needsResourceVersion: true,
  },
  {
    group: 'node.k8s.io',
    resource: 'runtimeclasses',
    createOnUpdate: true,
    needsResourceVersion: true,
  },
  {
    group: 'networking.k8s.io',
    resource: 'ingresses',
    generation: true,
    initialStatus: { loadBalancer: {} },
  },
  { group: 'networking.k8s.io', resource: 'ingressclasses', generation: true },
  { group: 'networking.k8s.io', resource: 'networkpolicies', generation: true },
  {
    group: 'policy',
    resource: 'poddisruptionbudgets',
    generation: true,
    needsResourceVersion: true,
    initialStatus: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
  },
  {
    group: 'autoscaling',
    resource: 'horizontalpodautoscalers',
    initialStatus: { desiredReplicas: 0 },
  },
  { group: 'discovery.k8s.io', resource: 'endpointslices', generation: true },
  { group: 'scheduling.k8s.io', resource: 'priorityclasses', generation: true },
  { group: 'flowcontrol.apiserver.k8s.io', resource: 'flowschemas', generation: true },
  {
    group: 'flowcontrol.apiserver.k8s.io',
    resource: 'prioritylevelconfigurations',
    generation: true,
  },
  {
    group: 'admissionregistration.k8s.io',
    resource: 'mutatingwebhookconfigurations',
    generation: true,
  },
  {
    group: 'admissionregistration.k8s.io',
    resource: 'validatingwebhookconfigurations',
    generation: true,
  },
  {
    group: 'admissionregistration.k8s.io',
    resource: 'validatingadmissionpolicies',
    generation: true,
  },
  { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', generation: true },
  { group: 'batch', resource: 'cronjobs', generation: true },
  { group: 'storage.k8s.io', resource: 'storageclasses', returnsDeleted: true },
  { group: 'storage.k8s.io', resource: 'volumeattachments', returnsDeleted: true },
  { group: 'federation', resource: 'placementdecisions', generation: true },
  { group: 'federation', resource: 'servicednsrecords', generation: true },
  { group: 'federation', resource: 'tombstones', generation: true },
]
