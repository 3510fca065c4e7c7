import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { type Answer, merge, send } from './api-requests.ts'

const deployments = '/apis/apps/v1/namespaces/default/deployments'
const type = 'application/apply-patch+yaml'

describe('server-side apply', () => {
  let api: InProcessServer
  beforeAll(async () => {
    api = await startInProcess({ federation: true })
  })
  afterAll(() => api[Symbol.asyncDispose]())

  const deployment = (name: string, spec: JsonObject): JsonObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec,
  })
  const whole = (name: string, replicas = 2): JsonObject =>
    deployment(name, {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'web', image: 'nginx' }] },
      },
    })
  const apply = (name: string, query: string, body: unknown): Promise<Answer> =>
    send(api.client, 'PATCH', `${deployments}/${name}?${query}`, { body, type })
  const managers = ({ body }: Answer): string[] =>
    (body.metadata?.managedFields ?? []).map(
      ({ manager, operation, subresource = '' }) =>
        `${String(manager)} ${String(operation)} ${String(subresource)}`,
    )

  test('makes what is missing, and a second time changes nothing', async () => {
    const made = await apply('a', 'fieldManager=one', whole('a'))
    expect(made.code).toBe(201)
    expect(managers(made)).toEqual(['one Apply '])
    const again = await apply('a', 'fieldManager=one', whole('a'))
    expect(again.code).toBe(200)
    expect(again.body.metadata).toEqual(made.body.metadata)
  })

  test('YAML is what it is called', async () => {
    const yaml = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: yaml }\ndata: { a: "1" }\n`
    const path = '/api/v1/namespaces/default/configmaps/yaml?fieldManager=one'
    expect(await send(api.client, 'PATCH', path, { body: yaml, type })).toMatchObject({
      code: 201,
      body: { data: { a: '1' } },
    })
  })

  test('a field of another manager is a conflict that names both, unless forced', async () => {
    await apply('b', 'fieldManager=one', whole('b'))
    const refused = await apply('b', 'fieldManager=two', deployment('b', { replicas: 3 }))
    expect(refused).toMatchObject({
      code: 409,
      body: {
        reason: 'Conflict',
        message: 'Apply failed with 1 conflict: conflict with "one": .spec.replicas',
        details: {
          causes: [
            {
              reason: 'FieldManagerConflict',
              message: 'conflict with "one"',
              field: '.spec.replicas',
            },
          ],
        },
      },
    })
    const config = deployment('b', { replicas: 3 })
    const forced = await apply('b', 'fieldManager=two&force=true', config)
    expect(forced).toMatchObject({ code: 200, body: { spec: { replicas: 3 } } })
    // The first one no longer says anything of replicas, and keeps the rest.
    const { replicas: _gone, ...spec } = whole('b')['spec'] as JsonObject
    const later = await apply('b', 'fieldManager=one', deployment('b', spec))
    expect(later).toMatchObject({ code: 200, body: { spec: { replicas: 3 } } })
  })

  test('status and scale have owners of their own', async () => {
    await apply('c', 'fieldManager=one', whole('c'))
    const path = `${deployments}/c`
    const status = { ...deployment('c', {}), spec: undefined, status: { replicas: 1 } }
    await send(api.client, 'PATCH', `${path}/status?fieldManager=kubelet`, { body: status, type })
    await send(api.client, 'PATCH', `${path}/scale?fieldManager=scaler`, {
      body: { spec: { replicas: 5 } },
      type: merge,
    })
    const read = await send(api.client, 'GET', path)
    expect(managers(read)).toEqual(['kubelet Apply status', 'one Apply ', 'scaler Update scale'])
    expect(read.body).toMatchObject({ spec: { replicas: 5 }, status: { replicas: 1 } })
    const refused = await apply('c', 'fieldManager=one', whole('c'))
    expect(refused.body.message).toBe(
      'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas',
    )
  })

  test.each([
    [
      'no manager',
      '',
      whole('d'),
      422,
      'fieldManager: Required value: is required for apply patch',
    ],
    [
      'another kind',
      'fieldManager=x',
      { apiVersion: 'v1', kind: 'Pod' },
      400,
      'invalid object type',
    ],
    [
      'an unknown field',
      'fieldManager=x',
      deployment('d', { nothing: 1 }),
      500,
      '.spec.nothing: field not declared in schema',
    ],
    [
      'managed fields',
      'fieldManager=x',
      { ...whole('d'), metadata: { name: 'd', managedFields: [] } },
      400,
      'metadata.managedFields must be nil',
    ],
    ['no YAML', 'fieldManager=x', '{', 400, 'error decoding YAML'],
    ['another name', 'fieldManager=x', whole('other'), 400, 'does not match the name on the URL'],
  ])('%s is refused', async (_, query, body, code, message) => {
    const answer = await apply('d', query, body)
    expect(answer.code).toBe(code)
    expect(answer.body.message).toContain(message)
  })
})
