import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { eventually } from '../framework/eventually.ts'
import { merge, send } from './api-requests.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const path = `${definitions}/widgets.versions.test`
const [first, second] = ['v1', 'v2'].map(
  (version) => `/apis/versions.test/${version}/namespaces/default/widgets`,
)

const version = (name: string, properties: JsonObject) => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties } },
    },
  },
})

const text = { type: 'string' }
const versions = (ofFirst: JsonObject, ofSecond: JsonObject) => [
  version('v1', ofFirst),
  version('v2', ofSecond),
]

let api: InProcessServer
beforeAll(async () => {
  api = await startInProcess({ federation: true })
  const names = { plural: 'widgets', singular: 'widget', kind: 'Widget' }
  const spec = {
    group: 'versions.test',
    scope: 'Namespaced',
    names,
    versions: versions({ a: text, b: text }, { a: text, c: text }),
  }
  await send(api.client, 'POST', definitions, {
    body: { metadata: { name: 'widgets.versions.test' }, spec },
  })
  await eventually(async () => {
    expect((await send(api.client, 'GET', String(first))).code).toBe(200)
  })
})
afterAll(() => api[Symbol.asyncDispose]())

const specOf = async (url: string): Promise<unknown> =>
  (await send(api.client, 'GET', url)).body.spec

const create = (name: string, spec: JsonObject, url = String(first)) =>
  send(api.client, 'POST', url, { body: { metadata: { name }, spec } })

test('a version shows what its schema knows; nothing is lost by reading', async () => {
  await create('a', { a: 'x', b: 'y' })
  expect(await specOf(`${second}/a`)).toEqual({ a: 'x' })
  const list = await send(api.client, 'GET', String(second))
  expect(list.body['items']).toMatchObject([{ apiVersion: 'versions.test/v2', spec: { a: 'x' } }])
  expect(JSON.stringify(list.body)).not.toContain('"b":"y"')
  expect(await specOf(`${first}/a`)).toEqual({ a: 'x', b: 'y' })
})

test('what the storage version does not know is not stored', async () => {
  const made = await create('b', { a: 'x', c: 'z' }, String(second))
  expect(made).toMatchObject({ code: 201, body: { spec: { a: 'x' } } })
  expect(made.body.spec).not.toHaveProperty('c')
  expect(await specOf(`${first}/b`)).toEqual({ a: 'x' })
})

test('a write through a version leaves what that version knows', async () => {
  await create('c', { a: 'x', b: 'y' })
  const body = { metadata: { labels: { l: 'm' } } }
  const patched = await send(api.client, 'PATCH', `${second}/c`, { body, type: merge })
  expect(patched.body).toMatchObject({ metadata: { labels: { l: 'm' } }, spec: { a: 'x' } })
  const again = await send(api.client, 'PATCH', `${second}/c`, { body, type: merge })
  expect(again.body).toEqual(patched.body)
})

test('watches show what the version knows', async () => {
  await create('d', { a: 'x', b: 'y' })
  const watched = { group: 'versions.test', version: 'v2', resource: 'widgets' }
  const seen = async (): Promise<unknown> => {
    const options = { resourceVersion: '0', fieldSelector: 'metadata.name=d' }
    for await (const { object } of api.client.watch(watched, options)) return object
    return undefined
  }
  expect(await seen()).toMatchObject({ metadata: { name: 'd' }, spec: { a: 'x' } })
  expect(await seen()).not.toHaveProperty('spec.b')
})

test('objects that are older than the schema are read with its defaults, and without what it forgot', async () => {
  await create('e', { a: 'x', b: 'y' })
  const changed = versions({ a: text, d: { type: 'string', default: 'new' } }, { a: text })
  await send(api.client, 'PATCH', path, { body: { spec: { versions: changed } }, type: merge })
  await eventually(async () => {
    expect(await specOf(`${first}/e`)).toEqual({ a: 'x', d: 'new' })
  })
  expect(await specOf(`${second}/e`)).toEqual({ a: 'x' })
})
