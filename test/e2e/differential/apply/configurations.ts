import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { Random } from './random.ts'

/** A kind of which random parts are applied. */
export interface Kind {
  readonly apiVersion: string
  readonly kind: string
  readonly collection: string
  /** A whole, valid object, but for metadata. */
  readonly base: JsonObject
  /** Random parts of one. */
  readonly part: (random: Random) => JsonObject
  /** A random status. */
  readonly status?: (random: Random) => JsonObject
  readonly scales?: true
}

/** Without the fields that are undefined. */
const given = (fields: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const maybe = <T>(random: Random, value: () => T): T | undefined =>
  random.chance(0.5) ? value() : undefined

const textMap = (random: Random): JsonObject =>
  Object.fromEntries(random.some(['a', 'b', 'c'], 0.5).map((key) => [key, random.one(['1', '2'])]))

const port = (random: Random): JsonObject =>
  given({
    containerPort: random.one([80, 443]),
    name: maybe(random, () => random.one(['web', 'tls'])),
    protocol: maybe(random, () => random.one(['TCP', 'UDP'])),
  })

const variable = (random: Random, name: string): JsonObject => ({
  name,
  value: random.one(['1', '2']),
})

const container = (random: Random, name: string): JsonObject =>
  given({
    name,
    image: random.one(['nginx:1', 'nginx:2']),
    command: maybe(random, () => random.some(['sh', '-c', 'true'], 0.6)),
    env: maybe(random, () => random.some(['A', 'B', 'C'], 0.5).map((n) => variable(random, n))),
    ports: maybe(random, () => (random.chance(0.7) ? [port(random)] : [])),
    resources: maybe(random, () => ({ limits: { cpu: random.one(['1', '500m', '2']) } })),
    securityContext: maybe(random, () => ({
      capabilities: { add: random.some(['NET_ADMIN', 'SYS_TIME'], 0.5) },
    })),
  })

const podSpec = (random: Random): JsonObject =>
  given({
    containers: maybe(random, () =>
      random.some(['one', 'two', 'three'], 0.5).map((name) => container(random, name)),
    ),
    volumes: maybe(random, () =>
      random
        .some(['v1', 'v2'], 0.5)
        .map((name) =>
          random.chance(0.5) ? { name, emptyDir: {} } : { name, configMap: { name: 'c' } },
        ),
    ),
    nodeSelector: maybe(random, () => textMap(random)),
    tolerations: maybe(random, () => [{ key: random.one(['x', 'y']), operator: 'Exists' }]),
    imagePullSecrets: maybe(random, () => random.some(['p', 'q'], 0.5).map((name) => ({ name }))),
    terminationGracePeriodSeconds: maybe(random, () => random.one([0, 10])),
    hostAliases: maybe(random, () => [{ ip: '127.0.0.1', hostnames: ['h'] }]),
  })

const webPodSpec = { containers: [{ name: 'one', image: 'nginx:1' }] }

export const kinds: readonly Kind[] = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    collection: '/apis/apps/v1/namespaces/{ns}/deployments',
    base: {
      spec: {
        selector: { matchLabels: { app: 'x' } },
        template: { metadata: { labels: { app: 'x' } }, spec: webPodSpec },
      },
    },
    part: (random) => ({
      spec: given({
        replicas: maybe(random, () => random.one([1, 2, 3])),
        paused: maybe(random, () => random.chance(0.5)),
        strategy: maybe(random, () =>
          random.one<JsonObject>([
            { type: 'Recreate', rollingUpdate: null },
            { type: 'RollingUpdate', rollingUpdate: { maxSurge: random.one<unknown>([1, '30%']) } },
          ]),
        ),
        template: maybe(random, () =>
          given({
            metadata: maybe(random, () => ({ annotations: textMap(random) })),
            spec: maybe(random, () => podSpec(random)),
          }),
        ),
      }),
    }),
    status: (random) => ({
      status: given({
        replicas: random.one([0, 1, 2]),
        conditions: maybe(random, () =>
          random.some(['Available', 'Progressing'], 0.6).map((type) => ({
            type,
            status: random.one(['True', 'False']),
          })),
        ),
      }),
    }),
    scales: true,
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    collection: '/api/v1/namespaces/{ns}/configmaps',
    base: { data: { base: '1' } },
    part: (random) =>
      given({
        data: maybe(random, () => textMap(random)),
        binaryData: maybe(random, () => ({ x: random.one(['AA==', 'AQ==']) })),
        immutable: random.chance(0.05) ? false : undefined,
      }),
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    collection: '/api/v1/namespaces/{ns}/services',
    // Without a selector, a headless Service is given two IP families, and no update is valid.
    base: { spec: { clusterIP: 'None', selector: { a: '1' }, ports: [{ name: 'base', port: 9 }] } },
    part: (random) => ({
      spec: given({
        selector: { a: random.one(['1', '2']), ...textMap(random) },
        ports: maybe(random, () =>
          random.some([80, 443, 53], 0.5).map((number) =>
            given({
              name: `p${number}`,
              port: number,
              protocol: maybe(random, () => random.one(['TCP', 'UDP'])),
              targetPort: maybe(random, () => random.one<unknown>([8080, 'web'])),
            }),
          ),
        ),
        publishNotReadyAddresses: maybe(random, () => random.chance(0.5)),
      }),
    }),
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    collection: '/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers',
    base: {
      spec: {
        maxReplicas: 5,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' },
      },
    },
    part: (random) => ({
      spec: given({
        minReplicas: maybe(random, () => random.one([1, 2])),
        maxReplicas: maybe(random, () => random.one([5, 6])),
        behavior: maybe(random, () => ({
          scaleDown: { stabilizationWindowSeconds: random.one([10, 20]) },
        })),
      }),
    }),
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    collection: '/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses',
    base: { spec: { defaultBackend: { service: { name: 'x', port: { number: 80 } } } } },
    part: (random) => ({
      spec: given({
        ingressClassName: maybe(random, () => random.one(['a', 'b'])),
        rules: maybe(random, () =>
          random.some(['a.test', 'b.test'], 0.6).map((host) => ({ host })),
        ),
        tls: maybe(random, () => [{ hosts: random.some(['a.test', 'b.test'], 0.6) }]),
      }),
    }),
  },
]

export const metadataPart = (random: Random): JsonObject =>
  given({
    labels: maybe(random, () => textMap(random)),
    annotations: maybe(random, () => textMap(random)),
    finalizers: random.chance(0.15)
      ? random.some(['example.test/a', 'example.test/b'], 0.6)
      : undefined,
  })
