import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiClient } from '#client/api-client.ts'
import { clientFromKubeconfig, type KubeconfigFile, kubeconfigOf } from '#client/kubeconfig.ts'
import {
  etcdAssets,
  EtcdServer,
  withoutEtcd,
} from '../../federation-apiserver/storage/testing/etcd-server.ts'
import type { BackendOptions } from '../../federation-apiserver/storage/factory.ts'
import { runManager } from '../../federation-controller/manager.ts'
import { defaultManagerOptions } from '../../federation-controller/options.ts'
import {
  controllerMetrics,
  countCall,
} from '../../federation-controller/runtime/controller-metrics.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { eventually } from '../framework/eventually.ts'
import { temporaryFolder } from '../framework/paths.ts'
import {
  formOf,
  kubernetesMetrics,
  type MetricFamily,
  parseMetrics,
  type Sample,
} from '../framework/prometheus-text.ts'
import { send } from './api-requests.ts'

const configMaps = '/api/v1/namespaces/default/configmaps'

/** Families in /metrics of an API server, told as kube-apiserver tells them. */
const ofServer = Object.keys(kubernetesMetrics).filter(
  (name) => !/^(workqueue|rest_client)_/.test(name) && name !== 'apiserver_storage_size_bytes',
)
const ofControllers = Object.keys(kubernetesMetrics).filter((name) =>
  /^(workqueue|rest_client)_/.test(name),
)

async function scrape(client: ApiClient): Promise<ReadonlyMap<string, MetricFamily>> {
  const { body, status, headers } = await client.raw('/metrics')
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  return parseMetrics(body.toString())
}

describe('/metrics of the API server', () => {
  let api: InProcessServer
  beforeAll(async () => {
    api = await startInProcess({ federation: true })
    const name = 'a'
    await send(api.client, 'POST', configMaps, { body: { metadata: { name } } })
    await send(api.client, 'POST', `${configMaps}?dryRun=All`, {
      body: { metadata: { name: 'b' } },
    })
    await send(api.client, 'GET', `${configMaps}/a`)
    await send(api.client, 'GET', configMaps)
    await send(api.client, 'GET', `${configMaps}?watch=true&timeoutSeconds=1&resourceVersion=0`)
    await send(api.client, 'GET', '/api/v1/endpoints')
    await send(api.client, 'DELETE', `${configMaps}/none`)
    await send(api.client, 'GET', '/readyz')
  })
  afterAll(() => api[Symbol.asyncDispose]())

  test('families have the type, the labels and the buckets that they have in Kubernetes', async () => {
    const families = await scrape(api.client)
    expect([...families.keys()]).toEqual(expect.arrayContaining(ofServer))
    for (const name of ofServer) {
      const family = families.get(name)
      expect(family && formOf(family), name).toEqual(kubernetesMetrics[name])
    }
  })

  test('requests, events and objects are counted where dashboards look', async () => {
    const families = await scrape(api.client)
    const value = (name: string, labels: Record<string, string>): number | undefined =>
      [...families.values()]
        .flatMap(({ samples }): readonly Sample[] => samples)
        .find((s) => s.name === name && Object.entries(labels).every(([k, v]) => s.labels[k] === v))
        ?.value
    const of = { group: '', resource: 'configmaps', component: 'apiserver' }
    const total = 'apiserver_request_total'
    expect(value(total, { ...of, verb: 'POST', code: '201', dry_run: '' })).toBe(1)
    expect(value(total, { ...of, verb: 'POST', code: '201', dry_run: 'All' })).toBe(1)
    expect(value(total, { ...of, verb: 'DELETE', code: '404', scope: 'resource' })).toBe(1)
    expect(value(total, { ...of, verb: 'WATCH', code: '200', scope: 'namespace' })).toBe(1)
    expect(value(total, { subresource: '/readyz', component: '', code: '200' })).toBe(1)
    expect(value('apiserver_watch_events_total', { resource: 'configmaps' })).toBe(1)
    expect(value('apiserver_resource_objects', { resource: 'configmaps' })).toBe(1)
    expect(value('apiserver_storage_objects', { resource: 'deployments.apps' })).toBe(0)
    const created = { operation: 'create', resource: 'configmaps' }
    expect(value('etcd_requests_total', created)).toBe(1)
    expect(value('apiserver_response_sizes_sum', { ...of, verb: 'LIST' })).toBeGreaterThan(100)
    expect(value('authentication_attempts', { result: 'success' })).toBeGreaterThan(5)
    expect(value('apiserver_client_certificate_expiration_seconds_count', {})).toBeGreaterThan(0)
  })

  test('no label has what a client made up', async () => {
    await send(api.client, 'GET', '/api/v1/made-up-7261/x?dryRun=made-up-7261')
    await send(api.client, 'GET', '/apis/made-up-7261')
    await send(api.client, 'GET', `${configMaps}/a/made-up-7261`)
    await send(api.client, 'POST', '/made-up-7261', { headers: { 'user-agent': 'made-up-7261' } })
    const { body } = await api.client.raw('/metrics')
    expect(body.toString()).not.toContain('made-up')
  })
})

const sizes: readonly [name: string, id: string, open: () => Promise<StorageUnderTest>][] = [
  [
    'SQLite',
    'sqlite-0',
    async () => ({ storage: { type: 'sqlite', path: join(temporaryFolder('metrics'), 'a.db') } }),
  ],
  [
    'etcd',
    'etcd-0',
    async () => {
      const etcd = await EtcdServer.start()
      return { storage: { type: 'etcd3', endpoints: [etcd.url] }, etcd }
    },
  ],
]

interface StorageUnderTest {
  readonly storage: BackendOptions
  readonly etcd?: EtcdServer
}

test.for(sizes)('the size of %s is what lies on disk', async ([, id, open], { skip }) => {
  if (id === 'etcd-0' && etcdAssets === undefined) skip(withoutEtcd)
  await using stack = new AsyncDisposableStack()
  const { storage, etcd } = await open()
  if (etcd !== undefined) stack.use(etcd)
  const api = stack.use(await startInProcess({ federation: true, options: { storage } }))
  const name = 'apiserver_storage_size_bytes'
  const size = async (): Promise<number> => {
    const family = (await scrape(api.client)).get(name)
    expect(family && formOf(family)).toEqual(kubernetesMetrics[name])
    expect(family?.samples[0]?.labels).toEqual({ storage_cluster_id: id })
    return family?.samples[0]?.value ?? 0
  }
  const before = await size()
  const body = { metadata: { name: 'big' }, data: { a: 'x'.repeat(500_000) } }
  expect((await send(api.client, 'POST', configMaps, { body })).code).toBe(201)
  // etcd puts what it is given into its file a little later.
  await eventually(async () => expect((await size()) - before).toBeGreaterThanOrEqual(500_000))
  if (etcd === undefined) return
  await etcd.stop()
  expect([...(await scrape(api.client)).keys()]).not.toContain(name)
})

test('the controllers count their queues, their calls and who leads, in the form of client-go', async () => {
  await using api = await startInProcess({ federation: true })
  const config = kubeconfigOf(api.server.kubeconfig as KubeconfigFile)
  await using client = await clientFromKubeconfig(config, undefined, { onCall: countCall })
  const stop = new AbortController()
  const options = { ...defaultManagerOptions(), leaderElect: true }
  const running = runManager(options, { client, logger: api.logger }, stop.signal)
  const valueOf = (name: string, labels: Record<string, string>): number | undefined =>
    parseMetrics(controllerMetrics.text())
      .get(name)
      ?.samples.find((s) => Object.entries(labels).every(([k, v]) => s.labels[k] === v))?.value
  const lease = { name: 'federation-controller-manager' }
  await eventually(() => {
    expect(valueOf('leader_election_master_status', lease)).toBe(1)
    expect(valueOf('workqueue_adds_total', { name: 'namespace' })).toBeGreaterThan(0)
    expect(valueOf('workqueue_depth', { name: 'namespace' })).toBe(0)
  })
  const families = parseMetrics(controllerMetrics.text())
  for (const name of ofControllers) {
    const family = families.get(name)
    expect(family && formOf(family), name).toEqual(kubernetesMetrics[name])
  }
  const { host } = new URL(client.server)
  expect(
    valueOf('rest_client_requests_total', { host, method: 'GET', code: '200' }),
  ).toBeGreaterThan(5)
  stop.abort()
  await running
  expect(valueOf('leader_election_master_status', lease)).toBe(0)
})
