import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isNotFound } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { createNamespaceController } from '../../federation-controller/controllers/namespace/namespace-controller.ts'
import { createServiceAccountController } from '../../federation-controller/controllers/service-account/service-account-controller.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { eventually } from '../framework/eventually.ts'

const core = (resource: string) => ({ group: '', version: 'v1', resource })
const namespaces = core('namespaces')
const configMaps = core('configmaps')
const caCertificate = '-----BEGIN CERTIFICATE-----\ntest\n-----END CERTIFICATE-----\n'

const configMap = (namespace: string, name: string, finalizers: string[] = []): ApiObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name, finalizers },
})

describe.each([
  ['the federation', true],
  ['a member', false],
])('namespaces of %s', (_, federation) => {
  let api: InProcessServer

  beforeAll(async () => {
    api = await startInProcess({ federation })
    const { client, logger } = api
    api.run(createNamespaceController({ client, logger }))
    api.run(createServiceAccountController({ client, logger, caCertificate }))
  })
  afterAll(async () => api[Symbol.asyncDispose]())

  const create = async (name: string): Promise<void> => {
    const metadata = { name }
    await api.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata })
  }
  const get = (name: string): Promise<ApiObject> => api.client.get(namespaces, { name })
  const untilGone = (name: string): Promise<void> =>
    eventually(
      async () => {
        const err = await get(name).then(
          () => undefined,
          (caught: unknown) => caught,
        )
        expect(isNotFound(err)).toBe(true)
      },
      { intervalMs: 20, timeoutMs: 10_000 },
    )

  it('get a ServiceAccount and the certificate', async () => {
    await create('furnished')
    await eventually(async () => {
      const namespace = 'furnished'
      await api.client.get(core('serviceaccounts'), { namespace, name: 'default' })
      const map = await api.client.get(configMaps, { namespace, name: 'kube-root-ca.crt' })
      expect(map['data']).toEqual({ 'ca.crt': caCertificate })
    })
  })

  it('get back what was deleted, and the certificate put right', async () => {
    await create('kept')
    const ref = { namespace: 'kept', name: 'kube-root-ca.crt' }
    await eventually(() => api.client.get(configMaps, ref))
    await api.client.patch(configMaps, ref, { type: 'merge', body: { data: { 'ca.crt': 'x' } } })
    await eventually(async () => {
      const map = await api.client.get(configMaps, ref)
      expect(map['data']).toEqual({ 'ca.crt': caCertificate })
    })
    const account = { namespace: 'kept', name: 'default' }
    const { metadata } = await eventually(() => api.client.get(core('serviceaccounts'), account))
    await api.client.delete(core('serviceaccounts'), account)
    await eventually(async () => {
      const again = await api.client.get(core('serviceaccounts'), account)
      expect(again.metadata.uid).not.toBe(metadata.uid)
    })
  })

  it('go with all their content', async () => {
    await create('full')
    for (let i = 0; i < 20; i++) await api.client.create(configMaps, configMap('full', `c${i}`))
    await api.client.delete(namespaces, { name: 'full' })
    await untilGone('full')
    const left = await api.client.list(configMaps, { namespace: 'full' })
    expect(left.items).toEqual([])
  })

  it('wait for content that has a finalizer, say so, and go when it goes', async () => {
    await create('held')
    const ref = { namespace: 'held', name: 'c' }
    await api.client.create(configMaps, configMap('held', 'c', ['example.test/hold']))
    await api.client.delete(namespaces, { name: 'held' })
    await eventually(async () => {
      const { status } = await get('held')
      const conditions = (status?.['conditions'] ?? []) as Record<string, string>[]
      const facts = conditions.map(({ type, status: value }) => `${type} ${value}`)
      expect(facts).toContain('NamespaceFinalizersRemaining True')
      expect(facts).toContain('NamespaceContentRemaining True')
      expect(status?.['phase']).toBe('Terminating')
    })
    const started = performance.now()
    await api.client.patch(configMaps, ref, {
      type: 'merge',
      body: { metadata: { finalizers: null } },
    })
    await untilGone('held')
    // Seen at once by its watch; looking again by the clock would take 10 s.
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it('with a finalizer of their own wait for that too', async () => {
    const metadata = { name: 'own', finalizers: ['example.test/hold'] }
    await api.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata })
    await api.client.delete(namespaces, { name: 'own' })
    await eventually(async () => {
      const { spec } = await get('own')
      expect(spec?.['finalizers'] ?? []).toEqual([])
    })
    await api.client.patch(
      namespaces,
      { name: 'own' },
      { type: 'merge', body: { metadata: { finalizers: null } } },
    )
    await untilGone('own')
  })
})
