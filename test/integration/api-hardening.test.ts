import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { type Answer, jsonPatch, merge, send } from './api-requests.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const apiGroup = 'rbac.authorization.k8s.io'
const secrets = '/api/v1/namespaces/shop/secrets'

let api: InProcessServer

const admin = (method: string, path: string, body?: unknown, type?: string): Promise<Answer> =>
  send(api.client, method, path, {
    ...(body === undefined ? {} : { body }),
    ...(type === undefined ? {} : { type }),
  })

const as = (user: string, method: string, path: string, body?: unknown): Promise<Answer> =>
  send(api.client, method, path, {
    ...(body === undefined ? {} : { body }),
    headers: { 'impersonate-user': user },
  })

async function watched(user: string, path: string): Promise<string> {
  const { body } = await api.client.raw(path, { headers: { 'impersonate-user': user } })
  return body.toString()
}

/** Gives a user rules in the namespace shop. */
async function allow(user: string, rules: object[]): Promise<void> {
  const metadata = { name: user }
  const at = `${rbac}/namespaces/shop`
  expect((await admin('POST', `${at}/roles`, { metadata, rules })).code).toBe(201)
  const binding = {
    metadata,
    roleRef: { apiGroup, kind: 'Role', name: user },
    subjects: [{ apiGroup, kind: 'User', name: user }],
  }
  expect((await admin('POST', `${at}/rolebindings`, binding)).code).toBe(201)
}

beforeAll(async () => {
  api = await startInProcess({ federation: true })
  for (const name of ['shop', 'other']) {
    expect((await admin('POST', '/api/v1/namespaces', { metadata: { name } })).code).toBe(201)
  }
  for (const name of ['mine', 'hidden']) {
    const secret = { metadata: { name }, stringData: { value: name } }
    expect((await admin('POST', secrets, secret)).code).toBe(201)
  }
  const named = { apiGroups: [''], resources: ['secrets'], resourceNames: ['mine'] }
  await allow('reader', [{ ...named, verbs: ['get', 'list', 'watch', 'deletecollection'] }])
  await allow('owner', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }])
  await allow('updater', [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'update'] }])
})

afterAll(() => api[Symbol.asyncDispose]())

describe('rights for one name', () => {
  const limit = 'timeoutSeconds=1'
  test('a watch path with a name shows that object only', async () => {
    const events = await watched('reader', `/api/v1/watch/namespaces/shop/secrets/mine?${limit}`)
    expect(events).toContain('"name":"mine"')
    expect(events).not.toContain('hidden')
  })

  test('a watch path is for reading', async () => {
    const { code } = await as('reader', 'DELETE', '/api/v1/watch/namespaces/shop/secrets/mine')
    expect(code).toBeGreaterThanOrEqual(400)
    expect((await admin('GET', `${secrets}/hidden`)).code).toBe(200)
  })

  test.each([
    ['the name', 'metadata.name=mine', 200],
    ['a name hidden in a value', String.raw`metadata.name!=x\,metadata.name=mine`, 400],
    ['another name', 'metadata.name=hidden', 403],
    ['what is no selector', 'metadata.name=mine,=', 400],
  ])('a list by a field selector: %s', async (_, selector, code) => {
    const query = `fieldSelector=${encodeURIComponent(selector)}`
    expect(await as('reader', 'GET', `${secrets}?${query}`)).toMatchObject({ code })
    // Who may delete one may not delete a collection, however narrow.
    expect((await as('reader', 'DELETE', `${secrets}?${query}`)).code).toBe(403)
  })
})

describe('rights in one namespace', () => {
  test.each([
    ['GET', '/api/v1/namespaces/shop/namespaces'],
    ['GET', '/api/v1/namespaces/shop/namespaces?watch=true&timeoutSeconds=1'],
    ['GET', '/api/v1/namespaces/shop/namespaces/other'],
    ['DELETE', '/api/v1/namespaces/shop/namespaces/other'],
    ['POST', '/api/v1/namespaces/shop/namespaces'],
    ['GET', '/api/v1/namespaces/shop/nodes'],
    ['POST', '/apis/authentication.k8s.io/v1/namespaces/shop/tokenreviews'],
    ['POST', '/apis/authorization.k8s.io/v1/namespaces/shop/subjectaccessreviews'],
  ])('reach nothing of the whole cluster: %s %s', async (method, path) => {
    const body = method === 'POST' ? { metadata: { name: 'new' }, spec: {} } : undefined
    expect(await as('owner', method, path, body)).toMatchObject({ code: 404 })
    expect((await admin('GET', '/api/v1/namespaces/other')).body.metadata).not.toHaveProperty(
      'deletionTimestamp',
    )
  })

  test('a PUT that would create needs the right to create', async () => {
    const path = '/apis/coordination.k8s.io/v1/namespaces/shop/leases/new'
    const lease = { metadata: { name: 'new' }, spec: {} }
    expect(await as('updater', 'PUT', path, lease)).toMatchObject({ code: 403 })
    expect((await admin('GET', path)).code).toBe(404)
    expect(await as('owner', 'PUT', path, lease)).toMatchObject({ code: 201 })
  })
})

describe('what a client sends', () => {
  const configMaps = '/api/v1/namespaces/shop/configmaps'

  test('unknown fields of any spelling are warned of, within what a header may hold', async () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`unknown-${i}`, 1]))
    for (const [name, fields] of [
      ['spelling', { поле: 1, 'new\nline': 2 }],
      ['many', many],
    ] as const) {
      const { code, headers } = await admin('POST', configMaps, { metadata: { name }, ...fields })
      expect(code).toBe(201)
      expect(String(headers['warning'])).toContain('unknown field')
      expect(String(headers['warning']).length).toBeLessThan(8192)
    }
  })

  test('keys that every JavaScript object has can be removed', async () => {
    const data = { constructor: 'a', toString: 'b', kept: 'c' }
    expect((await admin('POST', configMaps, { metadata: { name: 'keys' }, data })).code).toBe(201)
    const patch = '{"data":{"constructor":null,"toString":null,"__proto__":"d"}}'
    expect((await admin('PATCH', `${configMaps}/keys`, patch, merge)).code).toBe(200)
    const without = '{"data":{"__proto__":null}}'
    expect((await admin('PATCH', `${configMaps}/keys`, without, merge)).code).toBe(200)
    const { body } = await admin('GET', `${configMaps}/keys`)
    expect(Object.keys(body['data'] as object)).toEqual(['kept'])
  })

  test('a JSON patch cannot multiply what it copies', async () => {
    const object = { metadata: { name: 'copies' }, data: { a: 'b' } }
    expect((await admin('POST', configMaps, object)).code).toBe(201)
    const operations = Array.from({ length: 40 }, (_, i) => ({
      op: 'copy',
      from: '/data',
      path: `/data/x${i}`,
    }))
    const { code } = await admin('PATCH', `${configMaps}/copies`, operations, jsonPatch)
    expect(code).toBe(422)
  })

  test('autoscaling/v1 annotations that are no metrics are refused, and spoil no list', async () => {
    const autoscalers = '/apis/autoscaling/v1/namespaces/shop/horizontalpodautoscalers'
    for (const [i, value] of ['"abc"', '[null]', '[5]', '{"a":1}', '[{"type":5}]'].entries()) {
      const { code } = await admin('POST', autoscalers, {
        metadata: {
          name: `a${i}`,
          annotations: { 'autoscaling.alpha.kubernetes.io/metrics': value },
        },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
          maxReplicas: 3,
          targetCPUUtilizationPercentage: 50,
        },
      })
      expect([400, 422], `${i}`).toContain(code)
    }
    expect((await admin('GET', autoscalers)).code).toBe(200)
  })
})
