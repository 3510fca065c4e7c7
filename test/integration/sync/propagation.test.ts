import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
  federation = await startFederation(['eu-west', 'us-east'])
  await federation.client.create(namespaces, namespace('shop'))
})
afterAll(() => federation[Symbol.asyncDispose]())

const everywhere = async (check: (name: string) => Promise<void>): Promise<void> => {
  for (const name of ['eu-west', 'us-east']) await eventually(() => check(name))
}

describe('distribution', () => {
  it('reaches every member, with the marks of the federation', async () => {
    const created = await federation.client.create(configMaps, {
      ...configMap('settings', { color: 'blue' }),
    })
    await everywhere(async (name) => {
      const copy = await find(federation.member(name).client, configMaps, 'shop/settings')
      expect(copy?.['data']).toEqual({ color: 'blue' })
      expect(copy?.metadata.annotations).toMatchObject({
        'federation.kubernetes.io/source-uid': created.metadata.uid,
      })
    })
    await eventually(async () =>
      expect(await rowsOf(federation.client, configMaps, 'shop/settings')).toMatchObject({
        'eu-west': { state: 'Synced' },
        'us-east': { state: 'Synced' },
      }),
    )
  })
})
