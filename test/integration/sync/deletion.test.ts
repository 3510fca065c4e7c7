import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clusters, tombstones } from '#apimachinery/schema/federation.ts'
import { eventually } from '../../framework/eventually.ts'
import {
  conditionOf,
  configMap,
  configMaps,
  find,
  namespace,
  namespaces,
  startFederation,
  type TestFederation,
  untilReady,
} from './federation.ts'

const names = ['eu-west', 'us-east']
let federation: TestFederation

beforeAll(async () => {
  federation = await startFederation(names)
  await federation.client.create(namespaces, namespace('shop'))
})
afterAll(() => federation[Symbol.asyncDispose]())

const inMember = (name: string, gvr: typeof configMaps, key: string) =>
  find(federation.member(name).client, gvr, key)

async function createEverywhere(name: string): Promise<void> {
  await federation.client.create(configMaps, configMap(name, { a: '1' }))
  for (const member of names) {
    await eventually(async () =>
      expect(await inMember(member, configMaps, `shop/${name}`)).toBeDefined(),
    )
  }
}

const untilGone = (gvr: typeof configMaps, key: string, timeoutMs = 5_000) =>
  eventually(async () => expect(await find(federation.client, gvr, key)).toBeUndefined(), {
    timeoutMs,
  })

const owed = async (): Promise<string[]> =>
  (await federation.client.list(tombstones)).items.map(
    ({ spec }) => `${String(spec?.['cluster'])} ${String(spec?.['name'])}`,
  )

const untilOffline = (name: string) =>
  eventually(async () => expect(await conditionOf(federation.client, name, 'Offline')).toBe('True'))

describe('deletion', () => {
  it('takes the copies along', async () => {
    await createEverywhere('plain')
    await federation.client.delete(configMaps, { namespace: 'shop', name: 'plain' })
    await untilGone(configMaps, 'shop/plain')
    for (const name of names) expect(await inMember(name, configMaps, 'shop/plain')).toBeUndefined()
    expect(await owed()).toEqual([])
  })

  it("leaves the copies, as nobody's, when orphans are asked for", async () => {
    await createEverywhere('orphaned')
    const ref = { namespace: 'shop', name: 'orphaned' }
    await federation.client.delete(configMaps, ref, { propagationPolicy: 'Orphan' })
    await untilGone(configMaps, 'shop/orphaned')
    for (const name of names) {
      const copy = await inMember(name, configMaps, 'shop/orphaned')
      expect(copy?.['data']).toEqual({ a: '1' })
      expect(copy?.metadata.labels ?? {}).toEqual({})
      expect(copy?.metadata.annotations ?? {}).toEqual({})
    }
  })

  it('lets an object be made again under the same name', async () => {
    await createEverywhere('again')
    await federation.client.delete(configMaps, { namespace: 'shop', name: 'again' })
    await untilGone(configMaps, 'shop/again')
    await createEverywhere('again')
  })

  it.each(['cut', 'pause'] as const)(
    'ends with a member away (%s), and is paid when it returns',
    async (how) => {
      const name = `away-${how}`
      await createEverywhere(name)
      const { gate } = federation.member('us-east')
      gate[how]()
      await federation.client.delete(configMaps, { namespace: 'shop', name })
      await untilGone(configMaps, `shop/${name}`, 20_000)
      expect(await inMember('eu-west', configMaps, `shop/${name}`)).toBeUndefined()
      expect(await owed()).toEqual([`us-east ${name}`])
      expect(await inMember('us-east', configMaps, `shop/${name}`)).toBeDefined()
      if (how === 'cut') gate.restore()
      else gate.resume()
      await eventually(async () => {
        expect(await inMember('us-east', configMaps, `shop/${name}`)).toBeUndefined()
        expect(await owed()).toEqual([])
      })
      await untilReady(federation.client, 'us-east')
    },
  )

  it('of a namespace ends with a member away, and is paid when it returns', async () => {
    await federation.client.create(namespaces, namespace('brief'))
    const inside = { ...configMap('inside', {}), metadata: { name: 'inside', namespace: 'brief' } }
    await federation.client.create(configMaps, inside)
    for (const name of names) {
      await eventually(async () =>
        expect(await inMember(name, configMaps, 'brief/inside')).toBeDefined(),
      )
    }
    const { gate } = federation.member('us-east')
    gate.cut()
    await untilOffline('us-east')
    await federation.client.delete(namespaces, { name: 'brief' })
    await untilGone(namespaces, 'brief', 20_000)
    await eventually(async () =>
      expect(await inMember('eu-west', namespaces, 'brief')).toBeUndefined(),
    )
    gate.restore()
    await eventually(async () => {
      expect(await inMember('us-east', namespaces, 'brief')).toBeUndefined()
      expect(await owed()).toEqual([])
    })
    await untilReady(federation.client, 'us-east')
  })

  it('is not owed to a cluster that has left', async () => {
    await createEverywhere('left')
    const { gate } = federation.member('us-east')
    gate.cut()
    await untilOffline('us-east')
    await federation.client.delete(configMaps, { namespace: 'shop', name: 'left' })
    await untilGone(configMaps, 'shop/left')
    expect(await owed()).toEqual(['us-east left'])
    await federation.client.delete(clusters, { name: 'us-east' })
    await eventually(async () => expect(await owed()).toEqual([]))
  })
})
