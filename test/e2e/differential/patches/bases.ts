import type { JsonObject } from '#apimachinery/meta/object-meta.ts'

/** A kind that patches are tried on: an object with something in each sort of list. */
export interface Base {
  readonly resource: string
  readonly apiVersion: string
  readonly kind: string
  readonly object: JsonObject
}

const metadata: JsonObject = {
  name: 'x',
  labels: { app: 'x', tier: 'a' },
  annotations: { note: 'one', more: 'two' },
  finalizers: ['example.test/one', 'example.test/two'],
  ownerReferences: [
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'a-a' },
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'b', uid: 'b-b' },
  ],
}

const podSpec: JsonObject = {
  containers: [
    {
      name: 'main',
      image: 'example.test/main:1',
      args: ['a', 'b'],
      env: [
        { name: 'A', value: 'a' },
        { name: 'B', value: 'b' },
        { name: 'FROM', valueFrom: { configMapKeyRef: { name: 'config', key: 'k' } } },
      ],
      ports: [
        { containerPort: 80, name: 'web' },
        { containerPort: 53, protocol: 'UDP' },
        { containerPort: 54, protocol: 'TCP' },
      ],
      volumeMounts: [
        { name: 'v', mountPath: '/v' },
        { name: 'w', mountPath: '/w' },
      ],
      resources: { requests: { cpu: '100m', memory: '10Mi' } },
    },
    { name: 'side', image: 'example.test/side:1' },
  ],
  initContainers: [{ name: 'init', image: 'example.test/init:1' }],
  imagePullSecrets: [{ name: 'one' }, { name: 'two' }],
  hostAliases: [
    { ip: '10.0.0.1', hostnames: ['a', 'b'] },
    { ip: '10.0.0.2', hostnames: ['c'] },
  ],
  nodeSelector: { disk: 'fast', zone: 'a' },
  tolerations: [{ key: 'k', operator: 'Exists' }],
  volumes: [
    { name: 'v', emptyDir: {} },
    { name: 'w', configMap: { name: 'config' } },
  ],
}

const template: JsonObject = { metadata: { labels: { app: 'x' } }, spec: podSpec }
const selector: JsonObject = { matchLabels: { app: 'x' } }

const base = (apiVersion: string, kind: string, resource: string, rest: JsonObject): Base => ({
  apiVersion,
  kind,
  resource,
  object: { apiVersion, kind, metadata, ...rest },
})

export const bases: readonly Base[] = [
  base('apps/v1', 'Deployment', 'deployments', { spec: { selector, template } }),
  base('v1', 'ConfigMap', 'configmaps', { data: { a: '1', b: '2' } }),
  base('v1', 'Pod', 'pods', { spec: { ...podSpec, automountServiceAccountToken: false } }),
  base('v1', 'Service', 'services', {
    spec: {
      clusterIP: 'None',
      selector: { app: 'x' },
      ports: [
        { name: 'tcp', port: 53, protocol: 'TCP' },
        { name: 'udp', port: 53, protocol: 'UDP' },
        { name: 'web', port: 80 },
      ],
    },
  }),
  base('v1', 'ServiceAccount', 'serviceaccounts', {
    secrets: [{ name: 'a' }, { name: 'b' }],
    imagePullSecrets: [{ name: 'a' }, { name: 'b' }],
  }),
  base('apps/v1', 'StatefulSet', 'statefulsets', {
    spec: { serviceName: 's', selector, template },
  }),
  base('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', {
    spec: {
      minReplicas: 1,
      maxReplicas: 5,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' },
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
        },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 10 } },
    },
  }),
  base('networking.k8s.io/v1', 'Ingress', 'ingresses', {
    spec: {
      tls: [{ hosts: ['a.test'], secretName: 't' }],
      rules: [
        {
          host: 'a.test',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: 's', port: { number: 80 } } },
              },
            ],
          },
        },
      ],
    },
  }),
  base('batch/v1', 'CronJob', 'cronjobs', {
    spec: {
      schedule: '* * * * *',
      jobTemplate: {
        spec: { template: { ...template, spec: { ...podSpec, restartPolicy: 'Never' } } },
      },
    },
  }),
  base('v1', 'Secret', 'secrets', { type: 'Opaque', data: { a: 'YQ==', b: 'Yg==' } }),
]

/** Where a case's object of a kind is. */
export const collectionOf = ({ apiVersion, resource }: Base): string =>
  `${apiVersion.includes('/') ? '/apis' : '/api'}/${apiVersion}/namespaces/{ns}/${resource}`
