import { afterAll, beforeAll, expect, it } from 'vitest'
import { tombstones } from '#apimachinery/schema/federation.ts'
import { eventually } from '../../framework/eventually.ts'
import {
  configMap,
  configMaps,
  find,
  namespace,
  namespaces,
  startFederation,
  type TestFederation,
  untilReady,
} from './federation.ts'

let federation: TestFederation

beforeAll(async () => {
  federation = await startFederation(['eu-west'])
  await federation.client.create(namespaces, namespace('shop'))
  await createEverywhere('warm-up')
})
afterAll(() => federation[Symbol.asyncDispose]())

const inMember = (key: string) => find(federation.member('eu-west').client, configMaps, key)

async function createEverywhere(name: string): Promise<void> {
  await federation.client.create(configMaps, configMap(name, {}))
  await eventually(async () => expect(await inMember(`shop/${name}`)).toBeDefined())
}

const owed = async (): Promise<string[]> =>
  (await federation.client.list(tombstones)).items.map(({ spec }) => String(spec?.['name']))

/** Names of the ConfigMaps that are made in the member until `until` has resolved. */
async function addedMeanwhile(until: () => Promise<unknown>): Promise<string[]> {
  const { client } = federation.member('eu-west')
  const { resourceVersion = '' } = (await client.list(configMaps)).metadata
  const names: string[] = []
  const done = new AbortController()
  const watching = (async () => {
    const watch = { resourceVersion, signal: done.signal }
    for await (const { type, object } of client.watch(configMaps, watch))
      if (type === 'ADDED') names.push(object.metadata.name)
  })().catch((err: unknown) => {
    if (!done.signal.aborted) throw err
  })
  await until()
  done.abort()
  await watching
  return names
}

it('a create of an earlier process that arrives after the deletion is taken back', async () => {
  const { gate } = federation.member('eu-west')
  const held = gate.hold()
  await federation.client.create(configMaps, configMap('late', { filler: 'x'.repeat(100_000) }))
  await eventually(() => expect(held.length).toBeGreaterThan(100_000))
  held.seal()
  await federation.stopControllers()
  federation.startControllers()
  await untilReady(federation.client, 'eu-west')
  await federation.client.delete(configMaps, { namespace: 'shop', name: 'late' })
  await eventually(async () =>
    expect(await find(federation.client, configMaps, 'shop/late')).toBeUndefined(),
  )
  const added = await addedMeanwhile(async () => {
    held.deliver()
    await eventually(async () => expect(await inMember('shop/late')).toBeDefined())
    await eventually(async () => expect(await owed()).toEqual([]))
  })
  expect(added).toEqual(['late'])
  expect(await inMember('shop/late')).toBeUndefined()
})
