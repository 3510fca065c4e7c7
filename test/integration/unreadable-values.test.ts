import { expect, test } from 'vitest'
import { MemoryBackend } from '../../federation-apiserver/storage/backends/memory/memory-backend.ts'
import { startInProcess } from '../framework/api-server.ts'
import { send } from './api-requests.ts'

const foreign = Buffer.from('k8s\0 and more')

test('a server starts over values that it cannot read, and names them to those who ask for them', async () => {
  await using backend = new MemoryBackend()
  const keys = [
    '/registry/core/namespaces/default',
    '/registry/core/configmaps/shop/a',
    '/registry/rbac.authorization.k8s.io/clusterroles/view',
    '/registry/rbac.authorization.k8s.io/clusterrolebindings/mine',
  ]
  for (const key of keys) await backend.putIf(key, foreign, 0)
  await using server = await startInProcess({ federation: true, backend })
  const { client } = server
  const internal = (key: string | undefined) => ({
    code: 500,
    body: {
      reason: 'InternalError',
      message: expect.stringContaining(`the value of ${key}`) as string,
    },
  })

  const configMaps = '/api/v1/namespaces/shop/configmaps'
  for (const path of [configMaps, `${configMaps}/a`, '/api/v1/configmaps']) {
    expect(await send(client, 'GET', path)).toMatchObject(internal(keys[1]))
  }
  expect((await send(client, 'GET', '/api/v1/namespaces/kube-system')).code).toBe(200)
  expect((await send(client, 'GET', '/api/v1/namespaces/town/configmaps')).code).toBe(200)
  const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles'
  expect(await send(client, 'GET', `${roles}/view`)).toMatchObject(internal(keys[2]))
  expect((await send(client, 'GET', `${roles}/edit`)).code).toBe(200)

  await backend.deleteIf(keys[1] ?? '', 2)
  expect((await send(client, 'GET', '/api/v1/configmaps')).code).toBe(200)
})
