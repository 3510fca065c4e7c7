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
  await api.client.create(core('serviceaccounts'), {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace, name: 'default' },
  })
})
afterAll(async () => api[Symbol.asyncDispose]())

const usedOf = async (name: string): Promise<Record<string, string> | undefined> => {
  const quota = await api.client.get(core('resourcequotas'), { namespace, name })
  return (quota.status as { used?: Record<string, string> } | undefined)?.used
}

const used = async (): Promise<string | undefined> => (await usedOf('q'))?.['secrets']

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

describe('a quota of Pods without a deadline', () => {
  const pod = (name: string, spec: object = {}): Promise<ApiObject> =>
    api.client.create(core('pods'), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name },
      spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
    })

  it('counts those that are there, and nothing of what is not counted by this version', async () => {
    await pod('before')
    await pod('before-ending', { activeDeadlineSeconds: 60 })
    await api.client.create(core('resourcequotas'), {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { namespace, name: 'scoped' },
      spec: { hard: { pods: '2', 'requests.cpu': '1' }, scopes: ['NotTerminating'] },
    })
    await eventually(async () => expect(await usedOf('scoped')).toEqual({ pods: '1' }))
  })

  it('lets one more of them through, and any number of others', async () => {
    await pod('a')
    await pod('ending', { activeDeadlineSeconds: 60 })
    await expect(pod('b')).rejects.toThrow('exceeded quota: scoped, requested: pods=1')
    expect(await usedOf('scoped')).toEqual({ pods: '2' })
  })

  it('has room again when one is given a deadline, or ends', async () => {
    const change = async (name: string, part: object, subresource?: 'status'): Promise<void> => {
      const found = await api.client.get(core('pods'), { namespace, name })
      await api.client.update(
        core('pods'),
        { ...found, ...part },
        subresource === undefined ? {} : { subresource },
      )
    }
    const { spec } = await api.client.get(core('pods'), { namespace, name: 'a' })
    await change('a', { spec: { ...spec, activeDeadlineSeconds: 60 } })
    await eventually(async () => expect(await usedOf('scoped')).toEqual({ pods: '1' }))
    await change('before', { status: { phase: 'Succeeded' } }, 'status')
    await eventually(async () => expect(await usedOf('scoped')).toEqual({ pods: '0' }))
    await pod('b')
    expect(await usedOf('scoped')).toEqual({ pods: '1' })
  })
})
