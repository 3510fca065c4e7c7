import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { isNotFound } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  endpoints,
  endpointSlices,
  nodes,
  type Pod,
  pods,
  type Service,
  services,
} from '../../deploy/playground/workloads/objects.ts'
import {
  type Deployment,
  deployments,
  type ReplicaSet,
  replicaSets,
} from '../../federation-controller/controllers/revision/workload.ts'
import { runMemberWorkloads } from '../../deploy/playground/workloads/run-member-workloads.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { eventually } from '../framework/eventually.ts'

const namespaces = { group: '', version: 'v1', resource: 'namespaces' }
const often = { intervalMs: 20, timeoutMs: 10_000 }

const deployment = (namespace: string, replicas: number, spec: object = {}): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'nginx', image: 'nginx', ports: [{ containerPort: 80 }] }] },
    },
    ...spec,
  },
})

const service = (namespace: string, name: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace, labels: { tier: 'front' } },
  spec: { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] },
})

const sorted = (values: readonly (string | undefined)[]): string[] =>
  values.map(String).sort((a, b) => (a < b ? -1 : 1))

describe('a playground member', () => {
  let api: InProcessServer
  let namespace: string
  let count = 0

  beforeAll(async () => {
    api = await startInProcess({ federation: false })
    const { client, logger } = api
    const { caCertificate } = api.server
    const options = {
      client,
      logger,
      caCertificate,
      region: 'eu-west',
      zones: ['eu-west-a', 'eu-west-b'],
      loadBalancerRange: '192.0.2.0/24',
    }
    api.run({ run: (signal) => runMemberWorkloads(options, signal) })
  })
  afterAll(async () => api[Symbol.asyncDispose]())
  beforeEach(async () => {
    namespace = `shop-${count++}`
    const metadata = { name: namespace }
    await api.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata })
  })

  const web = () => ({ namespace, name: 'web' })
  const get = () => api.client.get<Deployment>(deployments, web())
  const patch = (spec: object) =>
    api.client.patch<Deployment>(deployments, web(), { type: 'strategic', body: { spec } })
  const create = (replicas: number, spec: object = {}) =>
    api.client.create<Deployment>(deployments, deployment(namespace, replicas, spec))
  const podsOf = async (): Promise<Pod[]> =>
    (await api.client.list<Pod>(pods, { namespace, labelSelector: 'app=web' })).items
  const setsOf = async (): Promise<ReplicaSet[]> =>
    (await api.client.list<ReplicaSet>(replicaSets, { namespace })).items
  const image = (name: string) => ({
    template: { spec: { containers: [{ name: 'nginx', image: name }] } },
  })

  /** What `kubectl rollout status` waits for. */
  const untilRolledOut = (replicas: number): Promise<Deployment> =>
    eventually(async () => {
      const { metadata, status, ...rest } = await get()
      expect(status).toMatchObject({
        observedGeneration: metadata.generation,
        replicas,
        updatedReplicas: replicas,
        availableReplicas: replicas,
      })
      return { metadata, ...rest, ...(status === undefined ? {} : { status }) }
    }, often)

  it('has two Ready nodes with region, zones and room', async () => {
    const { items } = await eventually(async () => {
      const list = await api.client.list<ApiObject>(nodes)
      expect(list.items).toHaveLength(2)
      return list
    }, often)
    const zones = items.map(({ metadata }) => metadata.labels?.['topology.kubernetes.io/zone'])
    expect(zones).toEqual(['eu-west-a', 'eu-west-b'])
    for (const { status } of items) {
      expect(status?.['conditions']).toContainEqual(
        expect.objectContaining({ type: 'Ready', status: 'True' }),
      )
      expect(status?.['allocatable']).toMatchObject({ cpu: '16' })
    }
  })

  it('brings a Deployment to running pods, spread over the nodes', async () => {
    await create(4)
    const { status } = await untilRolledOut(4)
    const conditions = status?.conditions?.map((each) => `${each.type} ${each.status}`)
    expect(sorted(conditions ?? [])).toEqual(['Available True', 'Progressing True'])
    const running = await podsOf()
    expect(running.map((pod) => pod.status?.phase)).toEqual(Array(4).fill('Running'))
    expect(new Set(running.map((pod) => pod.status?.podIP)).size).toBe(4)
    const perNode = Map.groupBy(running, (pod) => pod.spec.nodeName)
    expect([...perNode.values()].map((group) => group.length)).toEqual([2, 2])
  })

  it('does so in less than a second', async () => {
    // The best of three: the machine may be busy with something else.
    const times: number[] = []
    for (let round = 0; round < 3; round++) {
      const started = performance.now()
      await create(4)
      await untilRolledOut(4)
      times.push(performance.now() - started)
      await api.client.delete(deployments, web())
      await eventually(async () => expect(await podsOf()).toEqual([]), often)
    }
    expect(Math.min(...times)).toBeLessThan(1_000)
  })

  it('scales up and down', async () => {
    await create(2)
    await untilRolledOut(2)
    await patch({ replicas: 7 })
    await untilRolledOut(7)
    await patch({ replicas: 1 })
    await untilRolledOut(1)
    await eventually(async () => expect(await podsOf()).toHaveLength(1), often)
    expect(await setsOf()).toHaveLength(1)
  })

  it('replaces a pod that was deleted', async () => {
    await create(2)
    await untilRolledOut(2)
    const [victim] = await podsOf()
    await api.client.delete(pods, { namespace, name: victim?.metadata.name ?? '' })
    await eventually(async () => {
      const now = await podsOf()
      expect(now).toHaveLength(2)
      expect(now.map(({ metadata }) => metadata.uid)).not.toContain(victim?.metadata.uid)
      expect(now.every((pod) => pod.status?.phase === 'Running')).toBe(true)
    }, often)
  })

  it('rolls to a new template and back, keeping revisions', async () => {
    await create(3)
    await untilRolledOut(3)
    await patch(image('nginx:2'))
    await untilRolledOut(3)
    const images = (await podsOf()).flatMap((pod) => pod.spec.containers?.map((c) => c.image))
    expect(new Set(images)).toEqual(new Set(['nginx:2']))
    await patch(image('nginx'))
    const { metadata } = await untilRolledOut(3)
    expect(metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3')
    const revisions = (await setsOf()).map(
      (set) => set.metadata.annotations?.['deployment.kubernetes.io/revision'],
    )
    expect(sorted(revisions)).toEqual(['2', '3'])
  })

  it('keeps maxUnavailable and maxSurge during a rollout', async () => {
    const strategy = {
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    }
    await create(4, { strategy })
    await untilRolledOut(4)
    const seen: { total: number; ready: number }[] = []
    const abort = new AbortController()
    const { metadata } = await api.client.list(replicaSets, { namespace })
    const resourceVersion = metadata.resourceVersion ?? ''
    const sets = new Map((await setsOf()).map((set) => [set.metadata.name, set]))
    const watching = (async () => {
      const { signal } = abort
      for await (const event of api.client.watch<ReplicaSet>(replicaSets, {
        namespace,
        resourceVersion,
        signal,
      })) {
        if (event.type !== 'ADDED' && event.type !== 'MODIFIED') continue
        sets.set(event.object.metadata.name, event.object)
        const sum = (of: (set: ReplicaSet) => number): number =>
          [...sets.values()].reduce((total, set) => total + of(set), 0)
        seen.push({
          total: sum((set) => set.spec.replicas ?? 0),
          ready: sum((set) => Math.min(set.spec.replicas ?? 0, set.status?.availableReplicas ?? 0)),
        })
      }
    })()
    await patch(image('nginx:2'))
    await untilRolledOut(4)
    abort.abort()
    await watching
    expect(Math.max(...seen.map(({ total }) => total))).toBe(5)
    expect(Math.min(...seen.map(({ ready }) => ready))).toBeGreaterThanOrEqual(4)
  })

  it('waits while paused, and goes on when resumed', async () => {
    await create(2)
    await untilRolledOut(2)
    await patch({ paused: true, ...image('nginx:2'), replicas: 3 })
    await eventually(async () => {
      const { status, metadata } = await get()
      expect(status).toMatchObject({ observedGeneration: metadata.generation, readyReplicas: 3 })
      expect(status?.updatedReplicas ?? 0).toBe(0)
    }, often)
    await patch({ paused: null })
    await untilRolledOut(3)
  })

  it('recreates where asked to', async () => {
    await create(2, { strategy: { type: 'Recreate' } })
    await untilRolledOut(2)
    await patch(image('nginx:2'))
    await untilRolledOut(2)
    await eventually(async () => expect(await podsOf()).toHaveLength(2), often)
  })

  it('gives Services endpoints and an address, and takes them back', async () => {
    await create(2)
    await untilRolledOut(2)
    await api.client.create(services, service(namespace, 'web'))
    const address = await eventually(async () => {
      const { status } = await api.client.get<Service>(services, web())
      const ip = status?.loadBalancer?.ingress?.[0]?.ip
      expect(ip).toMatch(/^192\.0\.2\.\d+$/)
      return ip
    }, often)
    const ips = sorted((await podsOf()).map((pod) => pod.status?.podIP))
    await eventually(async () => {
      const { subsets } = (await api.client.get(endpoints, web())) as {
        subsets?: { addresses?: { ip: string }[] }[]
      }
      expect(subsets?.[0]?.addresses?.map(({ ip }) => ip)).toEqual(ips)
      const labelSelector = 'kubernetes.io/service-name=web,tier=front'
      const slices = await api.client.list(endpointSlices, { namespace, labelSelector })
      const found = slices.items.flatMap(
        (slice) => slice['endpoints'] as { addresses: string[]; zone?: string }[],
      )
      expect(found.flatMap(({ addresses }) => addresses)).toEqual(ips)
      expect(found.every(({ zone }) => zone?.startsWith('eu-west-'))).toBe(true)
    }, often)
    await patch({ replicas: 0 })
    await eventually(async () => {
      const { subsets } = await api.client.get(endpoints, web())
      expect(subsets ?? []).toEqual([])
    }, often)
    await api.client.delete(services, web())
    await eventually(async () => {
      await expect(api.client.get(endpoints, web())).rejects.toSatisfy(isNotFound)
      const slices = await api.client.list(endpointSlices, { namespace })
      expect(slices.items).toEqual([])
    }, often)
    await api.client.create(services, service(namespace, 'again'))
    await eventually(async () => {
      const again = await api.client.get<Service>(services, { namespace, name: 'again' })
      expect(again.status?.loadBalancer?.ingress?.[0]?.ip).toBe(address)
    }, often)
  })

  it('deletes a Deployment with everything below it', async () => {
    await create(3)
    await untilRolledOut(3)
    await api.client.delete(deployments, web(), { propagationPolicy: 'Foreground' })
    await eventually(async () => {
      await expect(get()).rejects.toSatisfy(isNotFound)
      expect(await setsOf()).toEqual([])
      expect(await podsOf()).toEqual([])
    }, often)
  })

  it('adopts what an orphaning deletion left', async () => {
    await create(2)
    await untilRolledOut(2)
    const before = sorted((await podsOf()).map(({ metadata }) => metadata.uid))
    await api.client.delete(deployments, web(), { propagationPolicy: 'Orphan' })
    await eventually(async () => expect(get()).rejects.toSatisfy(isNotFound), often)
    expect(await setsOf()).toHaveLength(1)
    await create(2)
    await untilRolledOut(2)
    expect(sorted((await podsOf()).map(({ metadata }) => metadata.uid))).toEqual(before)
  })

  it('deletes a namespace full of them in seconds', async () => {
    await create(5)
    await api.client.create(services, service(namespace, 'web'))
    await untilRolledOut(5)
    const started = performance.now()
    await api.client.delete(namespaces, { name: namespace })
    await eventually(async () => {
      await expect(api.client.get(namespaces, { name: namespace })).rejects.toSatisfy(isNotFound)
    }, often)
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
