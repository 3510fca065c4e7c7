import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Backend } from '../../federation-apiserver/storage/backend.ts'
import { MemoryBackend } from '../../federation-apiserver/storage/backends/memory/memory-backend.ts'
import { StorageError } from '../../federation-apiserver/storage/errors.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { eventually } from '../framework/eventually.ts'
import { send } from './api-requests.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const widgets = '/apis/cleanup.test/v1/namespaces/default/widgets'

/** How many deletes of widgets the backend refuses yet, and how many it has refused. */
const faults = { left: 0, refused: 0 }

function refusing(inner: Backend): Backend {
  return {
    get: (key, signal) => inner.get(key, signal),
    range: (prefix, options) => inner.range(prefix, options),
    putIf: (key, value, expected) => inner.putIf(key, value, expected),
    async deleteIf(key, expected) {
      if (!key.includes('/widgets/') || faults.left === 0) return inner.deleteIf(key, expected)
      faults.left--
      faults.refused++
      throw new StorageError('Unavailable', 'the backend is away')
    },
    watchSince: (prefix, revision, signal) => inner.watchSince(prefix, revision, signal),
    compact: (revision) => inner.compact(revision),
    currentRevision: (signal) => inner.currentRevision(signal),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
}

let api: InProcessServer
beforeAll(async () => {
  api = await startInProcess({ federation: true, backend: refusing(new MemoryBackend()) })
})
afterAll(() => api[Symbol.asyncDispose]())

test('a removal that fails is tried again, without another event', async () => {
  const names = { plural: 'widgets', singular: 'widget', kind: 'Widget' }
  const schema = { openAPIV3Schema: { type: 'object' } }
  const versions = [{ name: 'v1', served: true, storage: true, schema }]
  const spec = { group: 'cleanup.test', scope: 'Namespaced', names, versions }
  const path = `${definitions}/widgets.cleanup.test`
  const body = { metadata: { name: 'widgets.cleanup.test' }, spec }
  expect((await send(api.client, 'POST', definitions, { body })).code).toBe(201)
  await eventually(async () => {
    const widget = { apiVersion: 'cleanup.test/v1', kind: 'Widget', metadata: { name: 'a' } }
    const made = await send(api.client, 'POST', widgets, { body: widget })
    expect(made.code).toBe(201)
  })
  faults.left = 2
  expect((await send(api.client, 'DELETE', path)).code).toBe(200)
  await eventually(async () => {
    expect((await send(api.client, 'GET', path)).code).toBe(404)
    expect((await send(api.client, 'GET', widgets)).code).toBe(404)
  })
  expect(faults).toEqual({ left: 0, refused: 2 })
})
