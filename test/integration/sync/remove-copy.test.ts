import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { federationUIDAnnotation, sourceUIDAnnotation } from '#apimachinery/schema/federation.ts'
import { configMap as type } from '../../../federation-controller/federated-types/config-map.ts'
import { removeCopy } from '../../../federation-controller/federation/federated-updater.ts'
import { type InProcessServer, startInProcess } from '../../framework/api-server.ts'
import { find } from './federation.ts'

let member: InProcessServer

beforeAll(async () => {
  member = await startInProcess({ federation: false, name: 'eu-west' })
})
afterAll(() => member[Symbol.asyncDispose]())

const copyOf = (name: string, sourceUID: string): ApiObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name,
    namespace: 'default',
    annotations: { [federationUIDAnnotation]: 'fed', [sourceUIDAnnotation]: sourceUID },
  },
})

const remove = (copy: ApiObject): Promise<unknown> => {
  const { signal } = new AbortController()
  const options = { type, client: member.client, federationUID: 'fed', signal, orphan: false }
  return removeCopy({ ...options, sourceUID: 'first' }, copy)
}

it('leaves a copy alone that became that of another source since it was read', async () => {
  const { client } = member
  const read = await client.create(type, copyOf('taken-over', 'first'))
  const { resourceVersion = '', uid = '' } = read.metadata
  const next = copyOf('taken-over', 'second')
  await client.update(type, { ...next, metadata: { ...next.metadata, resourceVersion, uid } })
  expect(await remove(read)).toBe('gone')
  expect(await find(client, type, 'default/taken-over')).toBeDefined()
})

it('takes a copy back that has only changed', async () => {
  const { client } = member
  const read = await client.create(type, copyOf('changed', 'first'))
  const body = { data: { a: '1' } }
  await client.patch(type, read.metadata, { type: 'merge', body })
  expect(await remove(read)).toBe('gone')
  expect(await find(client, type, 'default/changed')).toBeUndefined()
})
