import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, clusters } from '#apimachinery/schema/federation.ts'
import { eventually } from '../../framework/eventually.ts'
import {
  conditionOf,
  configMap,
  configMaps,
  find,
  namespace,
  namespaces,
  rowsOf,
  startFederation,
  type TestFederation,
  untilReady,
} from './federation.ts'

let federation: TestFederation

beforeAll(async () => {
  federation = await startFederation(['eu-west', 'us-east'])
  await federation.client.create(namespaces, namespace('shop'))
  await reach('eu-west', 'warm-up')
  await reach('us-east', 'warm-up')
})
afterAll(() => federation[Symbol.asyncDispose]())

const isIn = async (member: string, name: string): Promise<boolean> =>
  (await find(federation.member(member).client, configMaps, `shop/${name}`)) !== undefined

/** Milliseconds from the create (when it is not there yet) until the member has it. */
async function reach(member: string, name: string): Promise<number> {
  const started = performance.now()
  if ((await find(federation.client, configMaps, `shop/${name}`)) === undefined) {
    await federation.client.create(configMaps, configMap(name, { a: '1' }))
  }
  await eventually(async () => expect(await isIn(member, name)).toBe(true), { intervalMs: 2 })
  return performance.now() - started
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

describe('a member that hangs', () => {
  it('does not delay the others, and catches up when it returns', async () => {
    const times: Record<string, number[]> = { undisturbed: [], disturbed: [] }
    for (let i = 0; i < 20; i++) times['undisturbed']?.push(await reach('eu-west', `before-${i}`))
    const { gate } = federation.member('us-east')
    gate.pause()
    for (let i = 0; i < 20; i++) times['disturbed']?.push(await reach('eu-west', `during-${i}`))
    // Far below any deadline of a call to the one that hangs.
    expect(median(times['disturbed'] ?? [])).toBeLessThan(
      median(times['undisturbed'] ?? []) * 3 + 50,
    )
    expect(Math.max(...(times['disturbed'] ?? []))).toBeLessThan(2_000)
    await eventually(async () =>
      expect(await conditionOf(federation.client, 'us-east', 'Offline')).toBe('True'),
    )
    expect(await conditionOf(federation.client, 'eu-west', 'Ready')).toBe('True')
    // Written to when the member was silent already, and not known to be; changed when it was known.
    const change = { type: 'merge', body: { data: { a: '2' } } } as const
    await federation.client.patch(configMaps, { namespace: 'shop', name: 'before-0' }, change)
    const behind = async (name: string, message: string) =>
      expect(await rowsOf(federation.client, configMaps, `shop/${name}`)).toMatchObject({
        'eu-west': { state: 'Synced' },
        'us-east': { state: 'Pending', reason: 'ClusterNotReady', message },
      })
    await eventually(() =>
      behind('during-0', 'the cluster does not answer; nothing was written there yet'),
    )
    await eventually(() =>
      behind('before-0', 'the cluster does not answer; it has an earlier version'),
    )
    const before = await rowsOf(federation.client, configMaps, 'shop/before-1')
    expect(before).toMatchObject({ 'us-east': { state: 'Synced' } })
    gate.resume()
    await untilReady(federation.client, 'us-east')
    await eventually(async () => {
      for (let i = 0; i < 20; i++) expect(await isIn('us-east', `during-${i}`)).toBe(true)
    })
    await eventually(async () => {
      const rows = await rowsOf(federation.client, configMaps, 'shop/before-0')
      expect(rows['us-east']).toMatchObject({ state: 'Synced' })
      expect(rows['us-east']).not.toHaveProperty('message')
    })
  })
})

describe('a Cluster whose address cannot be used', () => {
  it('says so, and keeps no controller from its work, after a restart neither', async () => {
    await federation.client.create(clusters, {
      apiVersion: 'federation/v1beta1',
      kind: 'Cluster',
      metadata: { name: 'unusable' },
      spec: {
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: 'https://no host' }],
      },
    })
    await federation.stopControllers()
    federation.startControllers()
    await reach('eu-west', 'after-restart')
    await eventually(async () => {
      const { status } = await federation.client.get<Cluster>(clusters, { name: 'unusable' })
      const ready = status?.conditions?.find(({ type }) => type === 'Ready')
      expect(ready).toMatchObject({
        status: 'Unknown',
        message: expect.stringContaining('the server address is no host'),
      })
    })
    await federation.client.delete(clusters, { name: 'unusable' })
  })
})
