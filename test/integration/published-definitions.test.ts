import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { eventually } from '../framework/eventually.ts'
import { type Answer, send } from './api-requests.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** A project's CustomResourceDefinitions, where its Go module has them, and objects as its users write them. */
interface Published {
  readonly project: string
  readonly module: string
  readonly folder: string
  readonly files?: RegExp
  readonly objects: readonly ApiObject[]
  /** An object that its schema refuses, and what is said. */
  readonly wrong?: readonly [ApiObject, string]
}

const object = (apiVersion: string, kind: string, spec: JsonObject, name = 'x'): ApiObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'default' },
  spec,
})

const published: readonly Published[] = [
  {
    project: 'cert-manager',
    module: 'github.com/cert-manager/cert-manager@v1.16.1',
    folder: 'deploy/crds',
    objects: [
      object('cert-manager.io/v1', 'Issuer', { selfSigned: {} }),
      object('cert-manager.io/v1', 'Certificate', {
        secretName: 'tls',
        dnsNames: ['a.example.test'],
        issuerRef: { name: 'x', kind: 'Issuer' },
        privateKey: { algorithm: 'ECDSA', size: 256 },
      }),
    ],
    wrong: [
      object('cert-manager.io/v1', 'Certificate', { dnsNames: ['a'] }, 'wrong'),
      'spec.secretName: Required value',
    ],
  },
  {
    project: 'Prometheus operator',
    module: 'github.com/prometheus-operator/prometheus-operator@v0.78.2',
    folder: 'example/prometheus-operator-crd',
    objects: [
      object('monitoring.coreos.com/v1', 'ServiceMonitor', {
        selector: { matchLabels: { app: 'web' } },
        endpoints: [{ port: 'metrics', interval: '30s' }],
      }),
      object('monitoring.coreos.com/v1', 'Prometheus', {
        replicas: 2,
        serviceMonitorSelector: {},
        resources: { requests: { memory: '400Mi' } },
      }),
      object('monitoring.coreos.com/v1', 'PrometheusRule', {
        groups: [{ name: 'a', rules: [{ alert: 'Down', expr: 'up == 0', for: '5m' }] }],
      }),
    ],
    wrong: [
      object(
        'monitoring.coreos.com/v1',
        'ServiceMonitor',
        { selector: {}, endpoints: [{ interval: 'often' }] },
        'wrong',
      ),
      'spec.endpoints[0].interval in body should match',
    ],
  },
  {
    project: 'Gateway API',
    module: 'sigs.k8s.io/gateway-api@v1.2.1',
    folder: 'config/crd/standard',
    objects: [
      object('gateway.networking.k8s.io/v1', 'Gateway', {
        gatewayClassName: 'c',
        listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }],
      }),
      object('gateway.networking.k8s.io/v1', 'HTTPRoute', {
        parentRefs: [{ name: 'x' }],
        rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
      }),
    ],
    wrong: [
      object(
        'gateway.networking.k8s.io/v1',
        'Gateway',
        {
          gatewayClassName: 'c',
          listeners: [
            { name: 'a', port: 80, protocol: 'HTTP' },
            { name: 'b', port: 80, protocol: 'HTTP' },
          ],
        },
        'wrong',
      ),
      'Combination of port, protocol and hostname must be unique for each listener',
    ],
  },
  {
    project: 'the MCS API',
    module: 'sigs.k8s.io/mcs-api@v0.1.0',
    folder: 'config/crd',
    objects: [
      object('multicluster.x-k8s.io/v1alpha1', 'ServiceImport', {
        type: 'ClusterSetIP',
        ports: [{ port: 80, protocol: 'TCP' }],
      }),
    ],
  },
  {
    project: 'Argo CD',
    module: 'github.com/argoproj/argo-cd/v2@v2.13.2',
    folder: 'manifests/crds',
    files: /-crd\.yaml$/,
    objects: [
      object('argoproj.io/v1alpha1', 'Application', {
        project: 'default',
        destination: { server: 'https://kubernetes.default.svc', namespace: 'web' },
        source: { repoURL: 'https://example.test/repo.git', path: 'web', targetRevision: 'HEAD' },
        syncPolicy: { automated: { prune: true } },
      }),
    ],
  },
  {
    project: 'external-dns',
    module: 'sigs.k8s.io/external-dns@v0.15.0',
    folder: 'charts/external-dns/crds',
    objects: [
      object('externaldns.k8s.io/v1alpha1', 'DNSEndpoint', {
        endpoints: [{ dnsName: 'a.example.test', recordType: 'A', targets: ['192.0.2.1'] }],
      }),
    ],
  },
]

/** The folder of a module, fetched when it is not there; undefined where Go or its modules cannot be had. */
function moduleFolder(module: string): string | undefined {
  const { stdout, status } = spawnSync('go', ['mod', 'download', '-json', module], {
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (status !== 0) return undefined
  return (JSON.parse(stdout) as { Dir?: string }).Dir
}

/** Templates of a chart stand in labels and comments only. */
const plain = (text: string): string => text.replace(/'\{\{[^']*\}\}'/g, 'x')

function definitionsIn(folder: string, files = /\.yaml$/): ApiObject[] {
  return readdirSync(folder)
    .filter((file) => files.test(file))
    .flatMap((file) => parseAllDocuments(plain(readFileSync(join(folder, file), 'utf8'))))
    .map((document) => document.toJS() as ApiObject | null)
    .filter((one) => one !== null)
    .filter(({ kind }) => kind === 'CustomResourceDefinition')
}

describe('definitions that projects publish', () => {
  let api: InProcessServer
  beforeAll(async () => {
    api = await startInProcess({ federation: true })
  })
  afterAll(() => api[Symbol.asyncDispose]())

  const isEstablished = ({ body }: Answer): boolean =>
    (
      (body.status as { conditions?: { type: string; status: string }[] } | undefined)
        ?.conditions ?? []
    ).some(({ type, status }) => type === 'Established' && status === 'True')

  test.for(published)('$project', { timeout: 180_000 }, async (one, { skip }) => {
    const root = moduleFolder(one.module)
    if (root === undefined) return skip(`${one.module} cannot be had: Go or its proxy is missing`)
    const found = definitionsIn(join(root, one.folder), one.files)
    expect(found.length).toBeGreaterThan(0)
    for (const body of found) {
      const answer = await send(api.client, 'POST', definitions, { body })
      expect(answer.body.message).toBeUndefined()
      expect(answer.code).toBe(201)
    }
    const plurals = new Map<string, string>()
    for (const { metadata, spec } of found) {
      const { names } = spec as { names: { kind: string; plural: string } }
      plurals.set(names.kind, names.plural)
      await eventually(async () => {
        const answer = await send(api.client, 'GET', `${definitions}/${metadata.name}`)
        expect(isEstablished(answer)).toBe(true)
      })
    }
    const collectionOf = ({ apiVersion, kind }: ApiObject): string =>
      `/apis/${apiVersion}/namespaces/default/${plurals.get(kind) ?? kind}?fieldValidation=Strict`
    for (const body of one.objects) {
      const answer = await send(api.client, 'POST', collectionOf(body), { body })
      expect(answer.body.message).toBeUndefined()
      expect(answer).toMatchObject({ code: 201, body: { spec: body.spec } })
    }
    if (one.wrong === undefined) return
    const [body, message] = one.wrong
    const refused = await send(api.client, 'POST', collectionOf(body), { body })
    expect(refused.code).toBe(422)
    expect(refused.body.message).toContain(message)
  })
})
