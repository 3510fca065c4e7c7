import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isNotFound } from '#apimachinery/errors/status-error.ts'
import type { ApiObject, JsonObject, OwnerReference } from '#apimachinery/meta/object-meta.ts'
import { formatGroupResource, type GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiClient, DeleteCallOptions } from '#client/api-client.ts'
import { discoverResources } from '#client/discovery.ts'
import { clientFromKubeconfig, type KubeconfigFile, kubeconfigOf } from '#client/kubeconfig.ts'
import { createGarbageCollector } from '../../federation-controller/controllers/garbage-collector/garbage-collector.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { eventually } from '../framework/eventually.ts'

const configMaps = { group: '', version: 'v1', resource: 'configmaps' }
const secrets = { group: '', version: 'v1', resource: 'secrets' }
const definitions = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
}
const namespace = 'default'
const ref = (name: string) => ({ namespace, name })

describe.each([
  ['the federation', true],
  ['a member', false],
])('garbage collection on %s', (_, federation) => {
  let api: InProcessServer

  beforeAll(async () => {
    api = await startInProcess({ federation })
    api.run(createGarbageCollector({ client: api.client, logger: api.logger }))
  })
  afterAll(async () => api[Symbol.asyncDispose]())

  const create = (
    name: string,
    owners: OwnerReference[] = [],
    finalizers: string[] = [],
  ): Promise<ApiObject> =>
    api.client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, ownerReferences: owners, finalizers },
    })
  const owner = ({ metadata }: ApiObject, blockOwnerDeletion = false): OwnerReference => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: metadata.name,
    uid: metadata.uid ?? '',
    blockOwnerDeletion,
  })
  const remove = (
    name: string,
    propagationPolicy: NonNullable<DeleteCallOptions['propagationPolicy']>,
  ): Promise<unknown> => api.client.delete(configMaps, ref(name), { propagationPolicy })
  const exists = async (name: string): Promise<boolean> => {
    try {
      await api.client.get(configMaps, ref(name))
      return true
    } catch (err) {
      if (isNotFound(err)) return false
      throw err
    }
  }
  const untilGone = (...names: string[]): Promise<void> =>
    eventually(
      async () => {
        for (const name of names) expect(await exists(name), name).toBe(false)
      },
      { intervalMs: 20, timeoutMs: 10_000 },
    )

  it('background: dependents of any kind follow, through generations', async () => {
    const top = await create('bg')
    const middle = await create('bg-1', [owner(top)])
    await create('bg-1-1', [owner(middle)])
    const metadata = { name: 'bg-secret', namespace, ownerReferences: [owner(top)] }
    await api.client.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata })
    await remove('bg', 'Background')
    await untilGone('bg', 'bg-1', 'bg-1-1')
    await eventually(async () => {
      await expect(api.client.get(secrets, ref('bg-secret'))).rejects.toSatisfy(isNotFound)
    })
  })

  it('foreground: the owner waits for what blocks it, and goes last', async () => {
    const top = await create('fg')
    const middle = await create('fg-1', [owner(top, true)])
    await create('fg-1-1', [owner(middle, true)], ['example.test/hold'])
    await remove('fg', 'Foreground')
    await eventually(async () => {
      const held = await api.client.get(configMaps, ref('fg-1-1'))
      expect(held.metadata.deletionTimestamp).toBeDefined()
    })
    expect(await exists('fg')).toBe(true)
    expect(await exists('fg-1')).toBe(true)
    await api.client.patch(configMaps, ref('fg-1-1'), {
      type: 'merge',
      body: { metadata: { finalizers: null } },
    })
    await untilGone('fg', 'fg-1', 'fg-1-1')
  })

  it('foreground: a circle of owners that wait for each other goes', async () => {
    const first = await create('circle-1')
    const second = await create('circle-2', [owner(first, true)])
    const body = { metadata: { ownerReferences: [owner(second, true)] } }
    await api.client.patch(configMaps, ref('circle-1'), { type: 'merge', body })
    await remove('circle-1', 'Foreground')
    await untilGone('circle-1', 'circle-2')
  })

  it('foreground: what does not block goes without being waited for', async () => {
    const top = await create('fg-free')
    await create('fg-free-1', [owner(top)], ['example.test/hold'])
    await remove('fg-free', 'Foreground')
    await untilGone('fg-free')
    await eventually(async () => {
      const held = await api.client.get(configMaps, ref('fg-free-1'))
      expect(held.metadata.deletionTimestamp).toBeDefined()
    })
  })

  it('orphan: dependents stay, without the reference', async () => {
    const top = await create('orphan')
    await create('orphan-1', [owner(top)])
    await eventually(async () => {
      expect(await exists('orphan-1')).toBe(true)
    })
    await remove('orphan', 'Orphan')
    await untilGone('orphan')
    const kept = await api.client.get(configMaps, ref('orphan-1'))
    expect(kept.metadata.ownerReferences ?? []).toEqual([])
  })

  it('one of two owners: only the reference goes', async () => {
    const [first, second] = [await create('two-a'), await create('two-b')]
    await create('two', [owner(first), owner(second)])
    await remove('two-a', 'Background')
    await eventually(async () => {
      const { metadata } = await api.client.get(configMaps, ref('two'))
      expect(metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([second.metadata.uid])
    })
    await remove('two-b', 'Background')
    await untilGone('two')
  })

  it('an owner that was never there: verified, then collected', async () => {
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid: 'no-such-uid' }
    await create('stray', [reference])
    await untilGone('stray')
  })

  it('an owner with the same name but another uid is another object', async () => {
    const first = await create('twin')
    await remove('twin', 'Background')
    await untilGone('twin')
    await create('twin')
    await create('twin-1', [owner(first)])
    await untilGone('twin-1')
    expect(await exists('twin')).toBe(true)
  })

  it('an owner of a kind that nobody serves decides nothing', async () => {
    const unknown = { apiVersion: 'example.test/v1', kind: 'Unknown', name: 'x', uid: 'u' }
    await create('undecided', [unknown])
    // Collected after it was created, so the collector has looked at the first when the second is gone.
    await create('marker', [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid: 'no-such-uid' },
    ])
    await untilGone('marker')
    expect(await exists('undecided')).toBe(true)
  })
})

describe('with no rights but those of the controller manager', () => {
  const rbac = (resource: string) => ({
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    resource,
  })
  const reviews = {
    group: 'authorization.k8s.io',
    version: 'v1',
    resource: 'selfsubjectaccessreviews',
  }
  let api: InProcessServer
  let client: ApiClient

  beforeAll(async () => {
    api = await startInProcess({ federation: true })
    const config = api.server.programKubeconfigs?.controllerManager as KubeconfigFile
    client = await clientFromKubeconfig(kubeconfigOf(config))
    api.run(createGarbageCollector({ client, logger: api.logger }))
  })
  afterAll(async () => {
    await api[Symbol.asyncDispose]()
    await client[Symbol.asyncDispose]()
  })

  it('may change finalizers and owners of whatever can be deleted', async () => {
    const { resources } = await discoverResources(client, {})
    const deletable = resources.filter(
      ({ verbs, resource }) => verbs.has('delete') && verbs.has('patch') && resource !== 'events',
    )
    const isAllowed = async ({ group, resource }: GroupVersionResource): Promise<boolean> => {
      const { status } = await client.create<ApiObject>(reviews, {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        metadata: { name: '' },
        spec: { resourceAttributes: { verb: 'patch', group, resource, namespace } },
      })
      return status?.['allowed'] === true
    }
    const refused: string[] = []
    for (const each of deletable)
      if (!(await isAllowed(each))) refused.push(formatGroupResource(each))
    expect(deletable.length).toBeGreaterThan(30)
    expect(refused).toEqual([])
  })

  type Untitled = JsonObject & { apiVersion: string; kind: string }
  it.each<[string, GroupVersionResource, Untitled]>([
    [
      'a ResourceQuota',
      { group: '', version: 'v1', resource: 'resourcequotas' },
      { apiVersion: 'v1', kind: 'ResourceQuota', spec: {} },
    ],
    [
      'a Role with rights that the controllers lack',
      rbac('roles'),
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
      },
    ],
  ])('%s that is deleted in the foreground, or orphaning, goes', async (_, gvr, object) => {
    for (const propagationPolicy of ['Foreground', 'Orphan'] as const) {
      const name = `going-${propagationPolicy.toLowerCase()}`
      await api.client.create(gvr, { ...object, metadata: { name, namespace } })
      await api.client.delete(gvr, ref(name), { propagationPolicy })
      await eventually(() => expect(api.client.get(gvr, ref(name))).rejects.toSatisfy(isNotFound))
    }
  })

  it.each(['Foreground', 'Orphan'] as const)(
    'custom resources of a definition that came later: %s',
    async (propagationPolicy) => {
      const group = `${propagationPolicy.toLowerCase()}.garbage.test`
      const widgets = { group, version: 'v1', resource: 'widgets' }
      const schema = { openAPIV3Schema: { type: 'object' } }
      await api.client.create(definitions, {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `widgets.${group}` },
        spec: {
          group,
          scope: 'Namespaced',
          names: { plural: 'widgets', kind: 'Widget' },
          versions: [{ name: 'v1', served: true, storage: true, schema }],
        },
      })
      await eventually(() => api.client.list(widgets))
      const [apiVersion, kind, name] = [`${group}/v1`, 'Widget', `owner-of-${group}`]
      const { metadata } = await api.client.create<ApiObject>(widgets, {
        apiVersion,
        kind,
        metadata: { name, namespace },
      })
      const { uid = '' } = metadata
      const reference = { apiVersion, kind, name, uid, blockOwnerDeletion: true }
      const owned = { name, namespace, ownerReferences: [reference] }
      await api.client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: owned })
      await api.client.delete(widgets, ref(name), { propagationPolicy })
      const isGone = (gvr: GroupVersionResource): Promise<void> =>
        expect(api.client.get(gvr, ref(name))).rejects.toSatisfy(isNotFound)
      await eventually(() => isGone(widgets))
      if (propagationPolicy === 'Foreground') return isGone(configMaps)
      const orphan = await api.client.get(configMaps, ref(name))
      expect(orphan.metadata.ownerReferences ?? []).toEqual([])
    },
  )
})
