import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isForbidden } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { createResourceQuotaController } from '../../federation-controller/controllers/resource-quota/resource-quota-controller.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { eventually } from '../framework/eventually.ts'

const core = (resource: string) => ({ group: '', version: 'v1', resource })
const namespace = 'default'

let api: InProcessServer

beforeAll(async () => {
  api = await startInProcess({ federation: true })
  api.run(createResourceQuotaController({ client: api.client, logger: api.logger }))
})
afterAll(async () => api[Symbol.asyncDispose]())

const used = async (): Promise<string | undefined> => {
  const quota = await api.client.get(core('resourcequotas'), { namespace, name: 'q' })
  const status = quota['status'] as { used?: Record<string, string> } | undefined
  return status?.used?.['secrets']
}

const create = (name: string): Promise<ApiObject> =>
  api.client.create(core('secrets'), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name },
  })

describe('a quota of three Secrets', () => {
  it('lets three of many at once through, and not one more', async () => {
    await api.client.create(core('resourcequotas'), {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { namespace, name: 'q' },
      spec: { hard: { secrets: '3' } },
    })
    await eventually(async () => expect(await used()).toBe('0'))
    const tries = await Promise.allSettled(Array.from({ length: 12 }, (_, i) => create(`s-${i}`)))
    const refused = tries.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(9)
    for (const one of refused) expect(one).toMatchObject({ reason: expect.toSatisfy(isForbidden) })
    expect(await used()).toBe('3')
  })

  it('has room again when one is deleted', async () => {
    const { items } = await api.client.list(core('secrets'), { namespace })
    const [first] = items
    await api.client.delete(core('secrets'), { namespace, name: first?.metadata.name ?? '' })
    await eventually(async () => expect(await used()).toBe('2'))
    await create('again')
    expect(await used()).toBe('3')
  })
})
