import { afterAll, beforeAll, expect, it } from 'vitest'
import { managedLabel } from '#apimachinery/schema/federation.ts'
import { eventually } from '../../framework/eventually.ts'
import {
  configMap,
  configMaps,
  find,
  namespace,
  namespaces,
  rowsOf,
  startFederation,
  type TestFederation,
} from './federation.ts'

let federation: TestFederation

beforeAll(async () => {
  federation = await startFederation(['eu-west'])
  await federation.client.create(namespaces, namespace('shop'))
})
afterAll(() => federation[Symbol.asyncDispose]())

it('copies that lose their label while they are deleted are taken back all the same', async () => {
  const { client } = federation
  const { client: member } = federation.member('eu-west')
  const names = Array.from({ length: 30 }, (_, i) => `bare-${i}`)
  await Promise.all(names.map((name) => client.create(configMaps, configMap(name, {}))))
  for (const name of names)
    await eventually(async () =>
      expect(await rowsOf(client, configMaps, `shop/${name}`)).toMatchObject({
        'eu-west': { state: 'Synced' },
      }),
    )
  const body = { metadata: { labels: { [managedLabel]: null } } }
  await Promise.all(
    names.flatMap((name) => {
      const ref = { namespace: 'shop', name }
      return [
        client.delete(configMaps, ref),
        // It may be gone before.
        member.patch(configMaps, ref, { type: 'merge', body }).catch(() => {}),
      ]
    }),
  )
  for (const name of names) {
    await eventually(async () =>
      expect(await find(client, configMaps, `shop/${name}`)).toBeUndefined(),
    )
    expect(await find(member, configMaps, `shop/${name}`)).toBeUndefined()
  }
})
