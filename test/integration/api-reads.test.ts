import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { type Answer, merge, send } from './api-requests.ts'

const configMaps = '/api/v1/namespaces/default/configmaps'

interface Item {
  metadata: { name: string; namespace: string; resourceVersion: string }
}

const itemsOf = (answer: Answer): Item[] => answer.body['items'] as Item[]
const names = (answer: Answer): string[] => itemsOf(answer).map((item) => item.metadata.name)
const continueOf = (answer: Answer): string =>
  (answer.body.metadata as { continue?: string }).continue ?? ''

describe('reads', () => {
  let api: InProcessServer
  const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    send(api.client, 'GET', path, { headers })

  beforeAll(async () => {
    api = await startInProcess({ federation: true })
    for (let i = 0; i < 10; i++) {
      await send(api.client, 'POST', configMaps, {
        body: {
          metadata: { name: `cm-${i}`, labels: { parity: i % 2 === 0 ? 'even' : 'odd' } },
          data: { i: String(i) },
        },
      })
    }
  })
  afterAll(async () => api[Symbol.asyncDispose]())

  test('lists are sorted, and items carry neither kind nor apiVersion', async () => {
    const list = await get(configMaps)
    expect(list.body).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' })
    expect(names(list)).toEqual(Array.from({ length: 10 }, (_, i) => `cm-${i}`))
    expect(itemsOf(list)[0]).not.toHaveProperty('kind')
    const empty = await get('/api/v1/namespaces/none/configmaps')
    expect(empty).toMatchObject({ code: 200, body: { items: [] } })
  })

  test('pages are of one moment, whatever is written between them', async () => {
    const first = await get(`${configMaps}?limit=4`)
    expect(first.body.metadata).toMatchObject({ remainingItemCount: 6 })
    const made = await send(api.client, 'POST', configMaps, {
      body: { metadata: { name: 'cm-55' } },
    })
    expect(made.code).toBe(201)
    const second = await get(`${configMaps}?limit=4&continue=${continueOf(first)}`)
    const third = await get(`${configMaps}?limit=4&continue=${continueOf(second)}`)
    expect([first, second, third].flatMap(names)).toEqual(
      Array.from({ length: 10 }, (_, i) => `cm-${i}`),
    )
    expect(third.body.metadata?.resourceVersion).toBe(first.body.metadata?.resourceVersion)
    expect(continueOf(third)).toBe('')
    expect((await send(api.client, 'DELETE', `${configMaps}/cm-55`)).code).toBe(200)
  })

  test.each([
    ['labelSelector=parity%3Deven', 5],
    ['labelSelector=parity%21%3Deven', 5],
    ['labelSelector=parity%20in%20(odd,even)', 10],
    ['labelSelector=%21parity', 0],
    ['fieldSelector=metadata.name%3Dcm-3', 1],
    ['fieldSelector=metadata.name%21%3Dcm-3', 9],
    ['fieldSelector=metadata.namespace%3Ddefault,metadata.name%3Dcm-1', 1],
    ['labelSelector=parity%3Dodd&limit=2', 2],
  ])('%s finds %i', async (query, count) => {
    expect(itemsOf(await get(`${configMaps}?${query}`))).toHaveLength(count)
  })

  test.each([
    [
      'fieldSelector=data.k%3Db',
      400,
      /"data.k" is not a known field selector: only "metadata.name", "metadata.namespace"/,
    ],
    ['labelSelector=a!!b', 400, /unable to parse requirement: found '!'/],
    ['resourceVersion=abc', 400, /invalid resource version/],
    ['limit=abc', 400, /strconv.ParseInt: parsing "abc": invalid syntax/],
    ['continue=abc', 400, /continue key is not valid/],
    ['continue=abc&resourceVersion=1', 400, /continue key is not valid/],
    [
      'resourceVersionMatch=Exact',
      422,
      /resourceVersionMatch is forbidden unless resourceVersion is provided/,
    ],
    ['resourceVersionMatch=Foo&resourceVersion=1', 422, /Unsupported value: "Foo"/],
    ['sendInitialEvents=true', 422, /sendInitialEvents is forbidden for list/],
    [
      'watch=1&sendInitialEvents=true',
      422,
      /requires setting resourceVersionMatch to NotOlderThan/,
    ],
    ['watch=1&resourceVersionMatch=NotOlderThan', 422, /unless sendInitialEvents is provided/],
  ])('?%s is refused', async (query, code, message) => {
    const answer = await get(`${configMaps}?${query}`)
    expect(answer.body.message).toMatch(message)
    expect(answer.code).toBe(code)
  })

  test('an exact old revision is answered from history', async () => {
    const before = await get(configMaps)
    const revision = before.body.metadata?.resourceVersion ?? ''
    await send(api.client, 'PATCH', `${configMaps}/cm-0`, {
      body: { data: { i: 'new' } },
      type: merge,
    })
    const old = await get(`${configMaps}?resourceVersion=${revision}&resourceVersionMatch=Exact`)
    expect(old.body['items']).toEqual(before.body['items'])
    expect(old.body.metadata?.resourceVersion).toBe(revision)
  })

  test('a revision of the future is 504 with a retry', async () => {
    const answer = await get(`${configMaps}?resourceVersion=99999999`)
    expect(answer).toMatchObject({
      code: 504,
      headers: { 'retry-after': '1' },
      body: { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
    })
  })

  test('tables and partial metadata by Accept', async () => {
    const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
    const listed = await get(configMaps, { accept: table })
    expect(listed.body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' })
    expect(listed.body['rows']).toHaveLength(10)
    const one = await get(`${configMaps}/cm-1`, { accept: table })
    expect(one.body['rows']).toHaveLength(1)
    const partial = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
    const metadata = await get(configMaps, { accept: partial })
    expect(metadata.body).toMatchObject({ kind: 'PartialObjectMetadataList' })
    expect(itemsOf(metadata)[1]).toMatchObject({ kind: 'PartialObjectMetadata' })
    expect(itemsOf(metadata)[1]).not.toHaveProperty('data')
    const unknown = await get(configMaps, { accept: 'application/json;as=Foo' })
    expect(unknown.code).toBe(406)
  })

  test.each([
    ['GET', `${configMaps}/none`, 404, 'configmaps "none" not found'],
    [
      'GET',
      '/api/v1/namespaces/default/nothings',
      404,
      'the server could not find the requested resource',
    ],
    [
      'GET',
      '/api/v1/namespaces/default/pods/x/nothing',
      404,
      'the server could not find the requested resource',
    ],
    [
      'POST',
      `${configMaps}/named`,
      405,
      'the server does not allow this method on the requested resource',
    ],
    ['PATCH', configMaps, 405, 'the server does not allow this method on the requested resource'],
    ['OPTIONS', configMaps, 405, 'the server does not allow this method on the requested resource'],
  ])('%s %s is %i', async (method, path, code, message) => {
    const answer = await send(api.client, method, path, method === 'GET' ? {} : { body: {} })
    expect(answer.body.message).toBe(message)
    expect(answer.code).toBe(code)
  })

  test('pretty and compressed answers', async () => {
    const pretty = await api.client.raw(`${configMaps}/cm-1?pretty=true`)
    expect(pretty.body.toString()).toContain('{\n  "kind": "ConfigMap"')
    const filler = 'x'.repeat(200 * 1024)
    await send(api.client, 'POST', configMaps, {
      body: { metadata: { name: 'large' }, data: { filler } },
    })
    const packed = await api.client.raw(`${configMaps}/large`, {
      headers: { 'accept-encoding': 'gzip' },
    })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(packed.body.length).toBeLessThan(10_000)
    await send(api.client, 'DELETE', `${configMaps}/large`)
  })

  test('two versions of one store: autoscaling and events', async () => {
    const scalers = (version: string) =>
      `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
    const spec = { scaleTargetRef, maxReplicas: 5, targetCPUUtilizationPercentage: 70 }
    const made = await send(api.client, 'POST', scalers('v1'), {
      body: { metadata: { name: 'web' }, spec },
    })
    expect(made).toMatchObject({ code: 201, body: { apiVersion: 'autoscaling/v1', spec } })
    const second = await get(`${scalers('v2')}/web`)
    expect(second.body).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: {
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
          },
        ],
      },
    })
    const events = '/apis/events.k8s.io/v1/namespaces/default/events'
    const body = {
      metadata: { name: 'e1' },
      regarding: { kind: 'ConfigMap', name: 'cm-1', namespace: 'default' },
      note: 'seen',
      reason: 'Seen',
      type: 'Normal',
      action: 'Look',
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'example.test/tester',
      reportingInstance: 'tester-1',
    }
    expect(await send(api.client, 'POST', events, { body })).toMatchObject({ code: 201, body })
    const selector = 'fieldSelector=involvedObject.name%3Dcm-1'
    const core = await get(`/api/v1/namespaces/default/events?${selector}`)
    expect(itemsOf(core)[0]).toMatchObject({ message: 'seen', involvedObject: { name: 'cm-1' } })
    expect(itemsOf(await get(`${events}?fieldSelector=regarding.name%3Dcm-1`))).toHaveLength(1)
  })
})
