import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { eventually } from '../../framework/eventually.ts'
import {
  configMap,
  configMaps,
  find,
  namespace,
  namespaces,
  rowsOf,
  secrets,
  services,
  startFederation,
  type TestFederation,
} from './federation.ts'

const names = ['eu-west', 'us-east']
const marks = 'federation.kubernetes.io'
let federation: TestFederation

beforeAll(async () => {
  federation = await startFederation(names)
  await federation.client.create(namespaces, namespace('shop'))
  await everywhere(async (name) => expect(await inMember(name, namespaces, 'shop')).toBeDefined())
})
afterAll(() => federation[Symbol.asyncDispose]())

const inMember = (name: string, gvr: typeof configMaps, key: string) =>
  find(federation.member(name).client, gvr, key)

const everywhere = async (check: (name: string) => Promise<unknown>): Promise<void> => {
  for (const name of names) await eventually(() => check(name))
}

const untilStates = (gvr: typeof configMaps, key: string, states: Record<string, string>) =>
  eventually(async () => {
    const rows = await rowsOf(federation.client, gvr, key)
    const found = Object.fromEntries(Object.entries(rows).map(([c, { state }]) => [c, state]))
    expect(found).toEqual(states)
  })

const everywhereSynced = { 'eu-west': 'Synced', 'us-east': 'Synced' }

async function edit(
  client: TestFederation['client'],
  gvr: typeof configMaps,
  key: string,
  body: object,
): Promise<ApiObject> {
  const [first = '', name] = key.split('/')
  const ref = name === undefined ? { name: first } : { namespace: first, name }
  return client.patch(gvr, ref, { type: 'merge', body })
}

describe('distribution', () => {
  it('reaches every member, with the marks of the federation, and follows changes', async () => {
    const created = await federation.client.create(configMaps, configMap('settings', { a: '1' }))
    await everywhere(async (name) => {
      const copy = await inMember(name, configMaps, 'shop/settings')
      expect(copy?.['data']).toEqual({ a: '1' })
      expect(copy?.metadata.labels).toEqual({ [`${marks}/managed`]: 'true' })
      expect(copy?.metadata.annotations?.[`${marks}/source-uid`]).toBe(created.metadata.uid)
      expect(copy?.metadata.finalizers).toBeUndefined()
      expect(copy?.metadata.ownerReferences).toBeUndefined()
    })
    await untilStates(configMaps, 'shop/settings', everywhereSynced)
    await edit(federation.client, configMaps, 'shop/settings', { data: { a: '2', b: '3' } })
    await everywhere(async (name) => {
      const copy = await inMember(name, configMaps, 'shop/settings')
      expect(copy?.['data']).toEqual({ a: '2', b: '3' })
    })
  })

  it('takes away the labels that it brought, and leaves those of the member', async () => {
    const labelled = configMap('labels', {})
    labelled.metadata.labels = { ours: 'x', stays: 'y' }
    await federation.client.create(configMaps, labelled)
    await untilStates(configMaps, 'shop/labels', everywhereSynced)
    for (const name of names) {
      const { client } = federation.member(name)
      await edit(client, configMaps, 'shop/labels', { metadata: { labels: { local: 'z' } } })
    }
    await edit(federation.client, configMaps, 'shop/labels', {
      metadata: { labels: { ours: null } },
    })
    await everywhere(async (name) => {
      const copy = await inMember(name, configMaps, 'shop/labels')
      const { [`${marks}/managed`]: _, ...labels } = copy?.metadata.labels ?? {}
      expect(labels).toEqual({ stays: 'y', local: 'z' })
    })
  })

  it('repairs what is changed or deleted in a member', async () => {
    await federation.client.create(configMaps, configMap('drift', { a: '1' }))
    await untilStates(configMaps, 'shop/drift', everywhereSynced)
    const { client } = federation.member('eu-west')
    await edit(client, configMaps, 'shop/drift', { data: { a: 'changed', more: 'x' } })
    await eventually(async () =>
      expect((await inMember('eu-west', configMaps, 'shop/drift'))?.['data']).toEqual({ a: '1' }),
    )
    const before = await inMember('eu-west', configMaps, 'shop/drift')
    await client.delete(configMaps, { namespace: 'shop', name: 'drift' })
    await eventually(async () => {
      const copy = await inMember('eu-west', configMaps, 'shop/drift')
      expect(copy?.['data']).toEqual({ a: '1' })
      expect(copy?.metadata.uid).not.toBe(before?.metadata.uid)
    })
  })

  it('reports an object that is not ours, leaves it alone, and takes its place when it goes', async () => {
    const { client } = federation.member('us-east')
    const own = await client.create(configMaps, configMap('taken', { mine: 'yes' }))
    const source = await federation.client.create(configMaps, configMap('taken', { a: '1' }))
    await untilStates(configMaps, 'shop/taken', { 'eu-west': 'Synced', 'us-east': 'Conflict' })
    const found = await inMember('us-east', configMaps, 'shop/taken')
    expect(found?.metadata.resourceVersion).toBe(own.metadata.resourceVersion)
    await client.delete(configMaps, own.metadata)
    await untilStates(configMaps, 'shop/taken', everywhereSynced)
    const copy = await inMember('us-east', configMaps, 'shop/taken')
    expect(copy?.metadata.annotations?.[`${marks}/source-uid`]).toBe(source.metadata.uid)
  })

  it('takes over what is there when that is asked for, but not from another federation', async () => {
    const { client } = federation.member('us-east')
    const nobodys = await client.create(configMaps, configMap('adoptee', { mine: 'yes' }))
    const others = configMap('others', { mine: 'yes' })
    others.metadata.annotations = { [`${marks}/federation-uid`]: 'another' }
    await client.create(configMaps, others)
    for (const name of ['adoptee', 'others']) {
      await federation.client.create(configMaps, configMap(name, { a: '1' }))
      await untilStates(configMaps, `shop/${name}`, { 'eu-west': 'Synced', 'us-east': 'Conflict' })
      const body = { metadata: { annotations: { [`${marks}/adopt`]: 'true' } } }
      const ref = { namespace: 'shop', name }
      await federation.client.patch(configMaps, ref, { type: 'merge', body })
    }
    await untilStates(configMaps, 'shop/adoptee', everywhereSynced)
    const copy = await inMember('us-east', configMaps, 'shop/adoptee')
    expect(copy?.metadata.uid).toBe(nobodys.metadata.uid)
    expect(copy?.['data']).toEqual({ a: '1' })
    expect(copy?.metadata.annotations).not.toHaveProperty([`${marks}/adopt`])
    await untilStates(configMaps, 'shop/others', { 'eu-west': 'Synced', 'us-east': 'Conflict' })
    expect((await inMember('us-east', configMaps, 'shop/others'))?.['data']).toEqual({
      mine: 'yes',
    })
    await federation.client.delete(configMaps, { namespace: 'shop', name: 'adoptee' })
    await eventually(async () =>
      expect(await find(federation.client, configMaps, 'shop/adoptee')).toBeUndefined(),
    )
    // It was not made here, so it is not deleted.
    const left = await inMember('us-east', configMaps, 'shop/adoptee')
    expect(left?.metadata.uid).toBe(nobodys.metadata.uid)
    expect(left?.metadata.annotations ?? {}).toEqual({})
  })

  it('leaves a conflict alone when ours is deleted', async () => {
    const { client } = federation.member('us-east')
    await client.create(configMaps, configMap('foreign', { mine: 'yes' }))
    await federation.client.create(configMaps, configMap('foreign', { a: '1' }))
    await untilStates(configMaps, 'shop/foreign', { 'eu-west': 'Synced', 'us-east': 'Conflict' })
    await federation.client.delete(configMaps, { namespace: 'shop', name: 'foreign' })
    await eventually(async () =>
      expect(await find(federation.client, configMaps, 'shop/foreign')).toBeUndefined(),
    )
    expect(await inMember('eu-west', configMaps, 'shop/foreign')).toBeUndefined()
    expect((await inMember('us-east', configMaps, 'shop/foreign'))?.['data']).toEqual({
      mine: 'yes',
    })
  })

  it('keeps at home what must never leave', async () => {
    const { client } = federation
    const token = { type: 'kubernetes.io/service-account-token' }
    const stay: [typeof configMaps, ApiObject][] = [
      [configMaps, configMap('openshift-service-ca.crt', { 'ca.crt': 'x' })],
      [
        secrets,
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: {
            name: 'token',
            namespace: 'shop',
            annotations: { 'kubernetes.io/service-account.name': 'default' },
          },
          ...token,
        },
      ],
      [
        configMaps,
        { ...configMap('own', {}), metadata: { name: 'own', namespace: 'federation-system' } },
      ],
    ]
    for (const [gvr, object] of stay) await client.create(gvr, object)
    // What is created after them has arrived: they would have, too.
    await client.create(configMaps, configMap('marker', {}))
    await untilStates(configMaps, 'shop/marker', everywhereSynced)
    for (const [gvr, { metadata }] of stay) {
      const key = `${metadata.namespace}/${metadata.name}`
      for (const name of names) expect(await inMember(name, gvr, key)).toBeUndefined()
      expect((await find(client, gvr, key))?.metadata.finalizers).toBeUndefined()
    }
    for (const name of names)
      expect(await inMember(name, namespaces, 'federation-system')).toBeUndefined()
  })

  it('leaves a member the addresses and ports of its Services, and sums its load balancers', async () => {
    const { client } = federation
    const ports = [{ port: 80, protocol: 'TCP' }]
    await client.create(services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { type: 'LoadBalancer', ports, selector: { app: 'web' } },
    })
    await untilStates(services, 'shop/web', everywhereSynced)
    const given = new Map<string, unknown>()
    for (const [index, name] of names.entries()) {
      const spec = (await inMember(name, services, 'shop/web'))?.spec
      expect(spec?.['clusterIP']).toMatch(/^10\./)
      expect(spec?.['ports']).toMatchObject([{ port: 80, nodePort: expect.any(Number) }])
      given.set(name, [spec?.['clusterIP'], spec?.['ports']])
      const ingress = [{ ip: `198.51.100.${9 - index}` }]
      await federation
        .member(name)
        .client.patch(
          services,
          { namespace: 'shop', name: 'web' },
          { type: 'merge', body: { status: { loadBalancer: { ingress } } } },
          { subresource: 'status' },
        )
    }
    await eventually(async () =>
      expect((await find(client, services, 'shop/web'))?.status).toMatchObject({
        loadBalancer: { ingress: [{ ip: '198.51.100.8' }, { ip: '198.51.100.9' }] },
      }),
    )
    await edit(client, services, 'shop/web', { spec: { selector: { app: 'other' } } })
    await everywhere(async (name) => {
      const spec = (await inMember(name, services, 'shop/web'))?.spec
      expect(spec?.['selector']).toEqual({ app: 'other' })
      expect([spec?.['clusterIP'], spec?.['ports']]).toEqual(given.get(name))
    })
  })
})

describe('namespaces', () => {
  it('are used when they are there, and left when ours goes', async () => {
    const { client } = federation
    const { client: member } = federation.member('eu-west')
    await member.create(namespaces, {
      ...namespace('ledger'),
      metadata: { name: 'ledger', labels: { local: 'x' } },
    })
    await client.create(namespaces, namespace('ledger'))
    await eventually(async () =>
      expect(await rowsOf(client, namespaces, 'ledger')).toMatchObject({
        'eu-west': { state: 'Synced', reason: 'Adopted' },
        'us-east': { state: 'Synced' },
      }),
    )
    await client.create(configMaps, {
      ...configMap('a', {}),
      metadata: { name: 'a', namespace: 'ledger' },
    })
    await untilStates(configMaps, 'ledger/a', everywhereSynced)
    await client.delete(namespaces, { name: 'ledger' })
    await eventually(async () => {
      expect(await find(client, namespaces, 'ledger')).toBeUndefined()
      expect(await inMember('us-east', namespaces, 'ledger')).toBeUndefined()
      expect(await inMember('eu-west', configMaps, 'ledger/a')).toBeUndefined()
    })
    const left = await inMember('eu-west', namespaces, 'ledger')
    expect(left?.metadata.deletionTimestamp).toBeUndefined()
    expect(left?.metadata.labels).toMatchObject({ local: 'x' })
    expect(Object.keys({ ...left?.metadata.labels, ...left?.metadata.annotations })).not.toContain(
      `${marks}/managed`,
    )
  })
})
