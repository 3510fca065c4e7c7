import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { type ServiceDNSFacts, serviceDNSRecords } from '#apimachinery/schema/federation.ts'
import { runMemberWorkloads } from '../../deploy/playground/workloads/run-member-workloads.ts'
import { eventually } from '../framework/eventually.ts'
import {
  deployments,
  find,
  namespace,
  namespaces,
  services,
  startFederation,
  type TestFederation,
} from './sync/federation.ts'

const ranges: Readonly<Record<string, string>> = {
  'eu-west': '192.0.2.0/24',
  'us-east': '198.51.100.0/24',
}
const nodes = { group: '', version: 'v1', resource: 'nodes' }
const labels = { app: 'web' }

const deployment = (replicas: number): ApiObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    replicas,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: 'nginx', image: 'nginx' }] },
    },
  },
})

const service: ApiObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { type: 'LoadBalancer', selector: labels, ports: [{ name: 'http', port: 80 }] },
}

describe('DNS facts of a federation over playground members', () => {
  let federation: TestFederation
  const abort = new AbortController()
  const running: Promise<void>[] = []

  beforeAll(async () => {
    federation = await startFederation(Object.keys(ranges))
    for (const [region, loadBalancerRange] of Object.entries(ranges)) {
      const { client } = federation.member(region)
      const logger = pino({ level: 'silent' })
      const zones = [`${region}-a`, `${region}-b`]
      const options = { client, logger, region, zones, loadBalancerRange, caCertificate: 'none' }
      running.push(runMemberWorkloads(options, abort.signal))
    }
    await eventually(async () => {
      for (const name of Object.keys(ranges)) {
        const { items } = await federation.member(name).client.list(nodes)
        expect(items).toHaveLength(2)
      }
    })
    // Controllers read the nodes of a member when they first see it; these came later.
    await federation.stopControllers()
    federation.startControllers()
    await federation.client.create(namespaces, namespace('shop'))
    await federation.client.create(deployments, deployment(4))
    await federation.client.create(services, service)
  })
  afterAll(async () => {
    abort.abort()
    await Promise.all(running)
    await federation[Symbol.asyncDispose]()
  })

  const record = () => find(federation.client, serviceDNSRecords, 'shop/web')
  const facts = async (): Promise<ServiceDNSFacts[]> =>
    ((await record())?.status?.['clusters'] ?? []) as ServiceDNSFacts[]
  const untilFacts = (expected: Record<string, Partial<ServiceDNSFacts>>) =>
    eventually(async () => {
      const byCluster = Object.fromEntries((await facts()).map((each) => [each.cluster, each]))
      expect(byCluster).toMatchObject(expected)
      return byCluster
    })
  const scale = (replicas: number) =>
    federation.client.patch(
      deployments,
      { namespace: 'shop', name: 'web' },
      { type: 'merge', body: { spec: { replicas } } },
    )

  const healthy = { readyEndpoints: 2, health: 'Healthy' } as const

  it('tell addresses, ready endpoints, region and zones of every member', async () => {
    const found = await untilFacts({
      'eu-west': {
        ...healthy,
        addresses: ['192.0.2.1'],
        region: 'eu-west',
        zones: ['eu-west-a', 'eu-west-b'],
      },
      'us-east': {
        ...healthy,
        addresses: ['198.51.100.1'],
        region: 'us-east',
        zones: ['us-east-a', 'us-east-b'],
      },
    })
    expect(Object.keys(found)).toHaveLength(2)
    expect((await record())?.spec).toEqual({
      ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
    })
    expect((await record())?.metadata.ownerReferences).toMatchObject([
      { kind: 'Service', name: 'web' },
    ])
  })

  it('are unhealthy without ready endpoints, and healthy again with them', async () => {
    await scale(0)
    await untilFacts({
      'eu-west': { readyEndpoints: 0, health: 'Unhealthy', addresses: ['192.0.2.1'] },
      'us-east': { readyEndpoints: 0, health: 'Unhealthy' },
    })
    await scale(4)
    await untilFacts({ 'eu-west': healthy, 'us-east': healthy })
  })

  it('do not change while nothing changes', async () => {
    const before = await record()
    await federation.client.patch(
      services,
      { namespace: 'shop', name: 'web' },
      { type: 'merge', body: { metadata: { annotations: { note: 'nothing to do with DNS' } } } },
    )
    await eventually(async () => {
      for (const name of Object.keys(ranges)) {
        const copy = await find(federation.member(name).client, services, 'shop/web')
        expect(copy?.metadata.annotations).toMatchObject({ note: 'nothing to do with DNS' })
      }
    })
    expect((await record())?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion)
  })

  it('are unknown, and as they were, while a member does not answer', async () => {
    const { gate } = federation.member('us-east')
    gate.pause()
    await untilFacts({
      'us-east': { readyEndpoints: 2, health: 'Unknown', addresses: ['198.51.100.1'] },
      'eu-west': healthy,
    })
    gate.resume()
    await untilFacts({ 'us-east': healthy })
  })

  it('go when the Service is no load balancer any more, and come back', async () => {
    const setType = (type: string) =>
      federation.client.patch(
        services,
        { namespace: 'shop', name: 'web' },
        { type: 'merge', body: { spec: { type } } },
      )
    await setType('ClusterIP')
    await eventually(async () => expect(await record()).toBeUndefined())
    await setType('LoadBalancer')
    await untilFacts({ 'eu-west': healthy, 'us-east': healthy })
  })

  it('go at once when the Service is deleted, though a member does not answer', async () => {
    const { gate } = federation.member('us-east')
    gate.pause()
    const started = performance.now()
    await federation.client.delete(services, { namespace: 'shop', name: 'web' })
    await eventually(async () => expect(await record()).toBeUndefined(), { intervalMs: 10 })
    expect(performance.now() - started).toBeLessThan(5_000)
    gate.resume()
    await eventually(async () => {
      const copy = await find(federation.member('us-east').client, services, 'shop/web')
      expect(copy).toBeUndefined()
    })
  })

  it('a namespace goes from the federation and its members', async () => {
    await federation.client.delete(namespaces, { name: 'shop' })
    await eventually(async () => {
      expect(await find(federation.client, namespaces, 'shop')).toBeUndefined()
      for (const name of Object.keys(ranges))
        expect(await find(federation.member(name).client, namespaces, 'shop')).toBeUndefined()
    })
  })
})
