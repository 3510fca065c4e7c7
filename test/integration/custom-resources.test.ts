import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { eventually } from '../framework/eventually.ts'
import { type Answer, merge, send } from './api-requests.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const widgets = '/apis/example.test/v1/namespaces/default/widgets'

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1 },
        color: { type: 'string', enum: ['red', 'blue'], default: 'red' },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, port: { 'x-kubernetes-int-or-string': true } },
          },
        },
        replicas: { type: 'integer' },
        selector: { type: 'string' },
        anything: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
      'x-kubernetes-validations': [
        { rule: 'self.size <= 10 || self.color == "blue"', message: 'only blue ones are large' },
        { rule: 'self.color == oldSelf.color', message: 'color is for ever', fieldPath: '.color' },
      ],
    },
    status: {
      type: 'object',
      properties: { replicas: { type: 'integer' }, phase: { type: 'string' } },
    },
  },
}

const version = (name: string, more: JsonObject = {}) => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: { openAPIV3Schema: schema },
  subresources: {
    status: {},
    scale: {
      specReplicasPath: '.spec.replicas',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.spec.selector',
    },
  },
  additionalPrinterColumns: [
    { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 1 },
  ],
  selectableFields: [{ jsonPath: '.spec.color' }],
  ...more,
})

const definition = (more: JsonObject = {}, plural = 'widgets') => ({
  metadata: { name: `${plural}.example.test` },
  spec: {
    group: 'example.test',
    scope: 'Namespaced',
    names: { plural, singular: 'widget', kind: 'Widget', shortNames: ['wd'], categories: ['all'] },
    versions: [version('v1'), version('v1beta1', { deprecated: true })],
    ...more,
  },
})

describe('custom resources', () => {
  let api: InProcessServer
  beforeAll(async () => {
    api = await startInProcess({ federation: true })
    await send(api.client, 'POST', definitions, { body: definition() })
    await eventually(async () => {
      const { body } = await send(api.client, 'GET', `${definitions}/widgets.example.test`)
      expect(conditions(body)).toMatchObject({ NamesAccepted: 'True', Established: 'True' })
    })
  })
  afterAll(() => api[Symbol.asyncDispose]())

  const conditions = (body: Answer['body']): Record<string, string> =>
    Object.fromEntries(
      (
        ((body.status as JsonObject | undefined)?.['conditions'] as
          { type: string; status: string }[] | null) ?? []
      ).map(({ type, status }) => [type, status]),
    )
  const widget = (name: string, spec: JsonObject, more: JsonObject = {}) => ({
    apiVersion: 'example.test/v1',
    kind: 'Widget',
    metadata: { name },
    spec,
    ...more,
  })
  const create = (name: string, spec: JsonObject, more: JsonObject = {}) =>
    send(api.client, 'POST', widgets, { body: widget(name, spec, more) })

  test('are in discovery and in OpenAPI', async () => {
    const found = await send(api.client, 'GET', '/apis/example.test/v1')
    expect(found.body['resources']).toMatchObject([
      { name: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['all'] },
      { name: 'widgets/status' },
      { name: 'widgets/scale', group: 'autoscaling' },
    ])
    const group = await send(api.client, 'GET', '/apis/example.test')
    expect(group.body).toMatchObject({ preferredVersion: { version: 'v1' } })
    const document = await send(api.client, 'GET', '/openapi/v3/apis/example.test/v1')
    const text = JSON.stringify(document.body)
    expect(text).toContain('"test.example.v1.Widget"')
    expect(text).toContain('application/apply-patch+yaml')
    expect(text).not.toContain('application/strategic-merge-patch+json')
    const v2 = await send(api.client, 'GET', '/openapi/v2')
    expect(v2.body['definitions']).toHaveProperty(['test.example.v1.Widget'])
  })

  test('are defaulted and pruned, and unknown fields reported', async () => {
    const made = await create(
      'a',
      { size: 2, nothing: 1, anything: { x: 1 } },
      { status: { phase: 'x' } },
    )
    expect(made).toMatchObject({ code: 201, body: { metadata: { generation: 1 } } })
    expect(made.body.spec).toEqual({ size: 2, color: 'red', anything: { x: 1 } })
    expect(made.body).not.toHaveProperty('status')
    expect(String(made.headers['warning'])).toContain('unknown field \\"spec.nothing\\"')
    const strict = await send(api.client, 'POST', `${widgets}?fieldValidation=Strict`, {
      body: widget('strict', { size: 1, nothing: 1 }),
    })
    expect(strict).toMatchObject({ code: 400 })
  })

  test.each<[string, JsonObject, string]>([
    ['a missing field', {}, 'spec.size: Required value'],
    [
      'a wrong type',
      { size: 'x' },
      'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    ],
    [
      'a number below the minimum',
      { size: 0 },
      'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
    ],
    [
      'no value of the enum',
      { size: 1, color: 'green' },
      'spec.color: Unsupported value: "green": supported values: "red", "blue"',
    ],
    [
      'an item twice',
      { size: 1, ports: [{ name: 'a' }, { name: 'a' }] },
      'spec.ports[1]: Duplicate value: {"name":"a"}',
    ],
    ['a rule', { size: 11 }, 'spec: Invalid value: only blue ones are large'],
  ])('%s is refused', async (_, spec, message) => {
    const answer = await create('wrong', spec)
    expect(answer).toMatchObject({ code: 422, body: { reason: 'Invalid' } })
    expect(answer.body.message).toContain(message)
  })

  test('rules see what was before; versions are the same objects', async () => {
    await create('b', { size: 1 })
    const path = `${widgets}/b`
    const patch = (body: JsonObject) => send(api.client, 'PATCH', path, { body, type: merge })
    const refused = await patch({ spec: { color: 'blue' } })
    expect(refused.body.message).toContain('spec.color: Invalid value: color is for ever')
    expect((await patch({ spec: { size: 3 } })).body).toMatchObject({ metadata: { generation: 2 } })
    const old = await send(api.client, 'GET', path.replace('/v1/', '/v1beta1/'))
    expect(old.body).toMatchObject({ apiVersion: 'example.test/v1beta1', spec: { size: 3 } })
    expect(old.headers['warning']).toContain('example.test/v1beta1 Widget is deprecated')
  })

  test('have status, scale, columns and selectable fields', async () => {
    await create('c', { size: 4, replicas: 1, selector: 'a=b' })
    const path = `${widgets}/c`
    const status = await send(api.client, 'PATCH', `${path}/status`, {
      body: { spec: { size: 9 }, status: { phase: 'Up', replicas: 1 } },
      type: merge,
    })
    expect(status.body).toMatchObject({ spec: { size: 4 }, status: { phase: 'Up' } })
    const scaled = await send(api.client, 'PATCH', `${path}/scale`, {
      body: { spec: { replicas: 3 } },
      type: merge,
    })
    expect(scaled.body).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 3 },
      status: { replicas: 1, selector: 'a=b' },
    })
    const table = await send(api.client, 'GET', path, {
      headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    })
    expect(table.body).toMatchObject({
      columnDefinitions: [{ name: 'Name' }, { name: 'Size' }, { name: 'Phase', priority: 1 }],
      rows: [{ cells: ['c', 4, 'Up'] }],
    })
    const metrics = await api.client.raw('/metrics')
    expect(metrics.body.toString()).toContain('group="example.test",resource="widgets"')
    const blue = await send(api.client, 'GET', `${widgets}?fieldSelector=spec.color%3Dblue`)
    expect(blue.body['items']).toEqual([])
    const red = await send(api.client, 'GET', `${widgets}?fieldSelector=spec.color%3Dred`)
    expect((red.body['items'] as unknown[]).length).toBeGreaterThan(0)
  })

  test('are applied, with lists by their keys', async () => {
    const apply = (manager: string, ports: JsonObject[]) =>
      send(api.client, 'PATCH', `${widgets}/d?fieldManager=${manager}`, {
        body: widget('d', { ...(manager === 'one' ? { size: 1 } : {}), ports }),
        type: 'application/apply-patch+yaml',
      })
    expect((await apply('one', [{ name: 'a', port: 1 }])).code).toBe(201)
    const both = await apply('two', [{ name: 'b', port: 'x' }])
    expect(both.body.spec).toMatchObject({
      ports: [
        { name: 'a', port: 1 },
        { name: 'b', port: 'x' },
      ],
    })
    const refused = await apply('two', [{ name: 'a', port: 2 }])
    expect(refused.body.message).toContain('.spec.ports[name="a"].port')
  })

  test('a name that is taken is told, and not served', async () => {
    const body = definition(
      { names: { plural: 'others', singular: 'other', kind: 'Widget' } },
      'others',
    )
    await send(api.client, 'POST', definitions, { body })
    await eventually(async () => {
      const { body } = await send(api.client, 'GET', `${definitions}/others.example.test`)
      expect(conditions(body)).toMatchObject({ NamesAccepted: 'False', Established: 'False' })
    })
    const others = '/apis/example.test/v1/namespaces/default/others'
    expect((await send(api.client, 'GET', others)).code).toBe(404)
  })

  test.each<[string, JsonObject, string]>([
    [
      'a schema that is not structural',
      { properties: { spec: {} } },
      'spec.validation.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields',
    ],
    [
      'a rule about a field that is not there',
      {
        properties: {
          spec: {
            type: 'object',
            properties: {
              list: {
                type: 'array',
                items: { type: 'object', properties: { a: { type: 'string' } } },
              },
            },
            'x-kubernetes-validations': [{ rule: 'self.list.all(x, x.b == "")' }],
          },
        },
      },
      "undefined field 'b'",
    ],
    [
      'a rule that does not compile',
      {
        properties: {
          spec: { type: 'object', 'x-kubernetes-validations': [{ rule: 'nothing(self)' }] },
        },
      },
      'compilation failed',
    ],
    [
      'a rule of wrong types',
      {
        properties: {
          spec: {
            type: 'object',
            properties: { size: { type: 'integer' } },
            'x-kubernetes-validations': [{ rule: "self.size > 'x'" }],
          },
        },
      },
      "found no matching overload for '_>_' applied to '(int, string)'",
    ],
    [
      'a rule that may cost too much',
      {
        properties: {
          spec: {
            type: 'object',
            properties: { list: { type: 'array', items: { type: 'string' } } },
            'x-kubernetes-validations': [{ rule: 'self.list.all(a, self.list.all(b, a == b))' }],
          },
        },
      },
      'x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x',
    ],
    [
      'a default of a wrong type',
      { properties: { spec: { type: 'string', default: 1 } } },
      'properties[spec].default: Invalid value',
    ],
  ])('%s is refused', async (_, wrong, message) => {
    const one = version('v1', {
      schema: { openAPIV3Schema: { type: 'object', ...wrong } },
      subresources: {},
      additionalPrinterColumns: [],
      selectableFields: [],
    })
    const names = { plural: 'wrongs', singular: 'wrong', kind: 'Wrong' }
    const body = definition({ versions: [one], names }, 'wrongs')
    const answer = await send(api.client, 'POST', definitions, { body })
    expect(answer.code).toBe(422)
    expect(answer.body.message).toContain(message)
  })

  test('formats that mean nothing and finalizers that others might choose are warned of', async () => {
    const spec = { type: 'string', format: 'nothing' }
    const one = version('v1', {
      schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
      subresources: {},
      additionalPrinterColumns: [],
      selectableFields: [],
    })
    const names = { plural: 'formats', singular: 'format', kind: 'Format' }
    const body = definition({ versions: [one], names }, 'formats')
    const made = await send(api.client, 'POST', `${definitions}?dryRun=All`, { body })
    expect(String(made.headers['warning'])).toContain('unrecognized format \\"nothing\\"')
    const held = { metadata: { name: 'warned', finalizers: ['x.test'] }, spec: { size: 1 } }
    const answer = await send(api.client, 'POST', `${widgets}?dryRun=All`, { body: held })
    expect(String(answer.headers['warning'])).toContain('name including a path (/) to avoid')
  })

  test('a deleted definition takes its objects along, and waits for their finalizers', async () => {
    const held = widget('held', { size: 1 })
    const made = await send(api.client, 'POST', widgets, {
      body: { ...held, metadata: { name: 'held', finalizers: ['example.test/wait'] } },
    })
    expect(made.code).toBe(201)
    const path = `${definitions}/widgets.example.test`
    await send(api.client, 'DELETE', path)
    await eventually(async () => {
      const { body } = await send(api.client, 'GET', widgets)
      expect(
        (body['items'] as { metadata: { name: string } }[]).map((o) => o.metadata.name),
      ).toEqual(['held'])
    })
    expect((await create('late', { size: 1 })).code).toBe(405)
    const { body } = await send(api.client, 'GET', path)
    expect(conditions(body)).toMatchObject({ Terminating: 'True' })
    const released = { metadata: { finalizers: null } }
    await send(api.client, 'PATCH', `${widgets}/held`, { body: released, type: merge })
    await eventually(async () => {
      expect((await send(api.client, 'GET', path)).code).toBe(404)
      expect((await send(api.client, 'GET', widgets)).code).toBe(404)
    })
  })
})
