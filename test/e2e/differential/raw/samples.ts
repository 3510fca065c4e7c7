import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { signingRequest } from './signing-request.ts'

/** The least that a real server takes for one resource, and what can be changed about it. */
export interface Sample {
  /** Without apiVersion, kind and metadata. */
  readonly body: JsonObject
  /** A JSON merge patch that an existing object takes. */
  readonly change: JsonObject
  /** A merge patch for its status subresource, where there is one. */
  readonly status?: JsonObject
  /** Where the name is not free; otherwise a DNS name. */
  readonly name?: (wish: string) => string
  /** Another part of the server writes to new objects a little later: only answers to creates are the same every time. */
  readonly unsettled?: true
}

const labels = { app: 'sample' }
const pod: JsonObject = { containers: [{ name: 'main', image: 'example.test/main' }] }
const template = { metadata: { labels }, spec: pod }
const selector = { matchLabels: labels }
const labelChange: JsonObject = { metadata: { labels: { changed: 'yes' } } }
const conditions = (type: string): JsonObject => ({
  conditions: [
    {
      type,
      status: 'True',
      reason: 'Tried',
      message: 'tried',
      lastTransitionTime: '2020-01-01T00:00:00Z',
    },
  ],
})
const time = '2020-01-01T00:00:00Z'
const webhook = {
  name: 'hook.example.test',
  clientConfig: { url: 'https://hook.example.test/' },
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
}
const matchNothing = {
  resourceRules: [
    {
      apiGroups: ['none.example.test'],
      apiVersions: ['v1'],
      operations: ['CREATE'],
      resources: ['nothing'],
    },
  ],
}
const plainSample = (body: JsonObject, change: JsonObject = labelChange): Sample => ({
  body,
  change,
})

const core: Readonly<Record<string, Sample>> = {
  configmaps: plainSample({ data: { key: 'value' } }, { data: { key: 'other' } }),
  endpoints: plainSample({
    subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 80 }] }],
  }),
  events: plainSample(
    {
      involvedObject: { kind: 'Pod', name: 'p', namespace: '{ns}' },
      reason: 'Tried',
      type: 'Normal',
      message: 'm',
    },
    { message: 'other' },
  ),
  limitranges: plainSample({ spec: { limits: [{ type: 'Container', max: { cpu: '2' } }] } }),
  namespaces: { body: {}, change: labelChange, status: { status: { phase: 'Active' } } },
  nodes: {
    body: {},
    change: { spec: { unschedulable: true } },
    status: { status: conditions('Ready') },
  },
  persistentvolumeclaims: {
    body: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    change: labelChange,
    status: { status: { phase: 'Pending' } },
  },
  persistentvolumes: {
    body: {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/data' },
      },
    },
    change: { spec: { capacity: { storage: '2Gi' } } },
    status: { status: { phase: 'Available' } },
  },
  pods: {
    body: { spec: { ...pod, serviceAccountName: 'default', automountServiceAccountToken: false } },
    change: { spec: { activeDeadlineSeconds: 100 } },
    status: { status: { phase: 'Running' } },
  },
  podtemplates: plainSample({ template }),
  replicationcontrollers: {
    body: { spec: { replicas: 1, selector: labels, template } },
    change: { spec: { replicas: 2 } },
    status: { status: { replicas: 1 } },
  },
  resourcequotas: {
    body: { spec: { hard: { pods: '10' } } },
    change: { spec: { hard: { pods: '20' } } },
    status: { status: { hard: { pods: '10' }, used: { pods: '1' } } },
  },
  secrets: plainSample({ data: { key: 'dmFsdWU=' } }, { data: { key: 'b3RoZXI=' } }),
  serviceaccounts: plainSample({}),
  services: {
    body: { spec: { ports: [{ port: 80 }], selector: labels } },
    change: { spec: { ports: [{ port: 81, protocol: 'TCP', targetPort: 80 }] } },
    status: { status: { loadBalancer: {} } },
  },
}

const workloads: Readonly<Record<string, Sample>> = {
  'apps/controllerrevisions': plainSample({ revision: 1, data: { a: 1 } }, { revision: 2 }),
  'apps/daemonsets': {
    body: { spec: { selector, template } },
    change: { spec: { minReadySeconds: 5 } },
    status: { status: { numberReady: 1 } },
  },
  'apps/deployments': {
    body: { spec: { selector, template } },
    change: { spec: { replicas: 3 } },
    status: { status: { replicas: 1, observedGeneration: 1 } },
  },
  'apps/replicasets': {
    body: { spec: { selector, template } },
    change: { spec: { replicas: 3 } },
    status: { status: { replicas: 1 } },
  },
  'apps/statefulsets': {
    body: { spec: { selector, template, serviceName: 'web' } },
    change: { spec: { replicas: 3 } },
    status: { status: { replicas: 1 } },
  },
  'autoscaling/horizontalpodautoscalers': {
    body: {
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
        maxReplicas: 5,
      },
    },
    change: { spec: { maxReplicas: 6 } },
    status: { status: { currentReplicas: 1, desiredReplicas: 2 } },
  },
  'batch/cronjobs': {
    body: {
      spec: {
        schedule: '0 * * * *',
        jobTemplate: { spec: { template: { spec: { ...pod, restartPolicy: 'Never' } } } },
      },
    },
    change: { spec: { suspend: true } },
    status: { status: { lastScheduleTime: time } },
  },
  'batch/jobs': {
    body: { spec: { template: { spec: { ...pod, restartPolicy: 'Never' } } } },
    change: { spec: { parallelism: 2 } },
    status: { status: { active: 1 } },
  },
  'policy/poddisruptionbudgets': {
    body: { spec: { minAvailable: 1, selector } },
    change: { spec: { minAvailable: '50%' } },
    status: {
      status: { currentHealthy: 1, desiredHealthy: 1, disruptionsAllowed: 0, expectedPods: 1 },
    },
  },
}

const network: Readonly<Record<string, Sample>> = {
  'discovery.k8s.io/endpointslices': plainSample({
    addressType: 'IPv4',
    endpoints: [{ addresses: ['192.0.2.1'] }],
    ports: [{ name: 'http', port: 80 }],
  }),
  'events.k8s.io/events': plainSample(
    {
      eventTime: '2020-01-01T00:00:00.000000Z',
      reportingController: 'example.test/tester',
      reportingInstance: 'one',
      action: 'Try',
      reason: 'Tried',
      type: 'Normal',
      regarding: { kind: 'Pod', name: 'p', namespace: '{ns}' },
    },
    labelChange,
  ),
  'networking.k8s.io/ingressclasses': plainSample({ spec: { controller: 'example.test/ingress' } }),
  'networking.k8s.io/ingresses': {
    body: { spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } } },
    change: { spec: { defaultBackend: { service: { name: 'other' } } } },
    status: { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
  },
  'networking.k8s.io/ipaddresses': {
    // One name in all the cluster: cases that run beside each other would meet.
    unsettled: true,
    body: {
      spec: { parentRef: { group: '', resource: 'services', name: 'web', namespace: 'default' } },
    },
    change: labelChange,
    name: (wish) => `198.51.100.${wish.charCodeAt(0)}`,
  },
  'networking.k8s.io/networkpolicies': plainSample({ spec: { podSelector: selector } }),
  'networking.k8s.io/servicecidrs': {
    unsettled: true,
    body: { spec: { cidrs: ['172.30.0.0/24'] } },
    change: labelChange,
    status: { status: conditions('Tried') },
  },
  'coordination.k8s.io/leases': plainSample(
    { spec: { holderIdentity: 'one', leaseDurationSeconds: 15 } },
    { spec: { holderIdentity: 'two' } },
  ),
}

const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] }
const roleRef = (kind: string): JsonObject => ({
  apiGroup: 'rbac.authorization.k8s.io',
  kind,
  name: 'reader',
})
const subjects = [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }]

const administration: Readonly<Record<string, Sample>> = {
  'admissionregistration.k8s.io/mutatingadmissionpolicies': plainSample({
    spec: {
      matchConstraints: matchNothing,
      reinvocationPolicy: 'Never',
      mutations: [
        { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } },
      ],
    },
  }),
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings': plainSample({
    spec: { policyName: 'nothing' },
  }),
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': plainSample({
    webhooks: [webhook],
  }),
  'admissionregistration.k8s.io/validatingadmissionpolicies': {
    body: { spec: { matchConstraints: matchNothing, validations: [{ expression: 'true' }] } },
    change: labelChange,
    status: { status: { observedGeneration: 1 } },
  },
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': plainSample({
    spec: { policyName: 'nothing', validationActions: ['Deny'] },
  }),
  'admissionregistration.k8s.io/validatingwebhookconfigurations': plainSample({
    webhooks: [webhook],
  }),
  'apiextensions.k8s.io/customresourcedefinitions': {
    unsettled: true,
    body: {
      spec: {
        group: '{ns}.example.test',
        names: { plural: 'widgets', kind: 'Widget' },
        scope: 'Namespaced',
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object' } },
          },
        ],
      },
    },
    change: labelChange,
    status: { status: { storedVersions: ['v1'] } },
    name: () => 'widgets.{ns}.example.test',
  },
  'apiregistration.k8s.io/apiservices': {
    unsettled: true,
    body: {
      spec: {
        group: '{ns}.example.test',
        version: 'v1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { name: 'metrics', namespace: 'default' },
        insecureSkipTLSVerify: true,
      },
    },
    change: labelChange,
    name: () => 'v1.{ns}.example.test',
  },
  'certificates.k8s.io/certificatesigningrequests': {
    body: {
      spec: { request: signingRequest, signerName: 'example.test/signer', usages: ['client auth'] },
    },
    change: labelChange,
    status: { status: { conditions: [] } },
  },
  'flowcontrol.apiserver.k8s.io/flowschemas': {
    unsettled: true,
    body: { spec: { priorityLevelConfiguration: { name: 'exempt' }, matchingPrecedence: 9999 } },
    change: labelChange,
    status: { status: conditions('Dangling') },
  },
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': {
    body: { spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } } },
    change: labelChange,
    status: { status: conditions('Tried') },
  },
  'rbac.authorization.k8s.io/clusterrolebindings': plainSample({
    roleRef: roleRef('ClusterRole'),
    subjects,
  }),
  'rbac.authorization.k8s.io/clusterroles': plainSample({ rules: [rule] }),
  'rbac.authorization.k8s.io/rolebindings': plainSample({ roleRef: roleRef('Role'), subjects }),
  'rbac.authorization.k8s.io/roles': plainSample({ rules: [rule] }),
  'scheduling.k8s.io/priorityclasses': plainSample({ value: 100 }, { description: 'changed' }),
}

const devices: Readonly<Record<string, Sample>> = {
  'node.k8s.io/runtimeclasses': plainSample({ handler: 'runc' }),
  'resource.k8s.io/deviceclasses': plainSample({ spec: {} }),
  'resource.k8s.io/resourceclaims': {
    body: {
      spec: { devices: { requests: [{ name: 'one', exactly: { deviceClassName: 'gpu' } }] } },
    },
    change: labelChange,
    status: { status: {} },
  },
  'resource.k8s.io/resourceclaimtemplates': plainSample({
    spec: {
      spec: { devices: { requests: [{ name: 'one', exactly: { deviceClassName: 'gpu' } }] } },
    },
  }),
  'resource.k8s.io/resourceslices': plainSample({
    spec: {
      driver: 'gpu.example.test',
      nodeName: 'node-1',
      pool: { name: 'pool', generation: 1, resourceSliceCount: 1 },
      devices: [{ name: 'device' }],
    },
  }),
  'storage.k8s.io/csidrivers': plainSample({ spec: {} }),
  'storage.k8s.io/csinodes': plainSample({ spec: { drivers: [] } }),
  'storage.k8s.io/csistoragecapacities': plainSample(
    { storageClassName: 'fast', capacity: '1Gi' },
    { capacity: '2Gi' },
  ),
  'storage.k8s.io/storageclasses': plainSample({ provisioner: 'example.test/disk' }),
  'storage.k8s.io/volumeattachments': {
    body: {
      spec: {
        attacher: 'disk.example.test',
        nodeName: 'node-1',
        source: { persistentVolumeName: 'pv' },
      },
    },
    change: labelChange,
    status: { status: { attached: true } },
  },
  'storage.k8s.io/volumeattributesclasses': plainSample({
    driverName: 'example.test',
    parameters: { a: 'b' },
  }),
}

/** By `group/resource`, without a group for core. */
export const samples: Readonly<Record<string, Sample>> = {
  ...core,
  ...workloads,
  ...network,
  ...administration,
  ...devices,
}
