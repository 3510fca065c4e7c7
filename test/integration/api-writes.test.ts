import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { type Answer, jsonPatch, merge, send, strategic } from './api-requests.ts'

const inNamespace = '/api/v1/namespaces/default'
const deployments = '/apis/apps/v1/namespaces/default/deployments'

const deployment = (name: string, extra: object = {}): object => ({
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'web', image: 'example.test/web:1' }] },
    },
    ...extra,
  },
})

describe('writes', () => {
  let api: InProcessServer
  const call = (method: string, path: string, body?: unknown, type?: string): Promise<Answer> =>
    send(api.client, method, path, {
      ...(body === undefined ? {} : { body }),
      ...(type === undefined ? {} : { type }),
    })

  beforeAll(async () => {
    api = await startInProcess({ federation: true })
  })
  afterAll(async () => api[Symbol.asyncDispose]())

  const configMap = async (name: string, rest: object = {}): Promise<Answer> => {
    const made = await call('POST', `${inNamespace}/configmaps`, { metadata: { name }, ...rest })
    expect(made.code).toBe(201)
    return made
  }

  test('a created object has what the server gives and lacks what it takes away', async () => {
    const { body } = await configMap('made', {
      metadata: { name: 'made', uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z' },
      data: { a: 'b' },
    })
    expect(body).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { a: 'b' } })
    expect(body.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(body.metadata).not.toHaveProperty('generation')
    expect(body.metadata).toMatchObject({ namespace: 'default', name: 'made' })
    expect(Date.now() - Date.parse(body.metadata?.creationTimestamp ?? '')).toBeLessThan(60_000)
  })

  test.each([
    [
      'a bad name',
      { metadata: { name: 'Bad_Name' } },
      422,
      /ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value/,
    ],
    [
      'no name',
      { metadata: {} },
      422,
      /metadata.name: Required value: name or generateName is required/,
    ],
    ['another kind', { kind: 'Secret', apiVersion: 'v1' }, 400, /cannot be handled as a ConfigMap/],
    [
      'another namespace',
      { metadata: { name: 'x', namespace: 'other' } },
      400,
      /does not match the namespace sent/,
    ],
    [
      'a resourceVersion',
      { metadata: { name: 'x', resourceVersion: '1' } },
      500,
      /resourceVersion should not be set/,
    ],
    [
      'a wrong type',
      { metadata: { name: 'x' }, data: { a: 1 } },
      400,
      /cannot unmarshal number into Go struct field ConfigMap.data of type string/,
    ],
    ['no JSON', '{bad', 400, /the object provided is unrecognized/],
    [
      'a value above 1 MiB',
      { metadata: { name: 'x' }, data: { a: 'x'.repeat(1024 * 1024 + 1) } },
      422,
      /Too long/,
    ],
    [
      'a body above 3 MiB',
      `{"data":{"a":"${'x'.repeat(3 * 1024 * 1024)}"}}`,
      413,
      /limit is 3145728/,
    ],
    [
      'a name that is taken',
      { metadata: { name: 'made' } },
      409,
      /configmaps "made" already exists/,
    ],
  ] as const)('%s is refused', async (_, body, code, message) => {
    const answer = await call('POST', `${inNamespace}/configmaps`, body)
    expect(answer.body.message).toMatch(message)
    expect(answer).toMatchObject({ code, body: { kind: 'Status', status: 'Failure', code } })
  })

  test('unknown and duplicate fields: refused, warned about or dropped', async () => {
    const body = '{"metadata":{"name":"fields"},"bogus":1,"data":{"a":"1","a":"2"}}'
    const path = `${inNamespace}/configmaps?dryRun=All&fieldValidation=`
    const strict = await call('POST', `${path}Strict`, body)
    expect(strict.code).toBe(400)
    expect(strict.body.message).toContain(
      'strict decoding error: unknown field "bogus", duplicate field "data.a"',
    )
    const warned = await call('POST', `${path}Warn`, body)
    expect(warned).toMatchObject({ code: 201, body: { data: { a: '2' } } })
    expect(warned.body).not.toHaveProperty('bogus')
    expect(String(warned.headers['warning'])).toContain('299 - "unknown field \\"bogus\\""')
    const ignored = await call('POST', `${path}Ignore`, body)
    expect(ignored.headers).not.toHaveProperty('warning')
  })

  test('generateName makes names, each another', async () => {
    const made = await Promise.all(
      [1, 2].map(() =>
        call('POST', `${inNamespace}/configmaps`, { metadata: { generateName: 'gen-' } }),
      ),
    )
    const names = made.map((answer) => answer.body.metadata?.name ?? '')
    expect(names[0]).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    expect(names[0]).not.toBe(names[1])
  })

  test('dry run answers in full and stores nothing', async () => {
    const made = await call('POST', `${inNamespace}/configmaps?dryRun=All`, {
      metadata: { name: 'dry' },
    })
    expect(made.code).toBe(201)
    expect(made.body.metadata?.uid).toBeTypeOf('string')
    expect(made.body.metadata).not.toHaveProperty('resourceVersion')
    expect((await call('GET', `${inNamespace}/configmaps/dry`)).code).toBe(404)
    await configMap('dry-kept')
    const path = `${inNamespace}/configmaps/dry-kept?dryRun=All`
    expect((await call('PATCH', path, { data: { a: 'b' } }, merge)).body['data']).toEqual({
      a: 'b',
    })
    expect((await call('DELETE', path)).code).toBe(200)
    const kept = await call('GET', `${inNamespace}/configmaps/dry-kept`)
    expect(kept.code).toBe(200)
    expect(kept.body).not.toHaveProperty('data')
  })

  test('PUT: optimistic concurrency, and no write without a change', async () => {
    const made = await configMap('put', { data: { a: '1' } })
    const path = `${inNamespace}/configmaps/put`
    const { resourceVersion } = made.body.metadata ?? {}
    const same = await call('PUT', path, { data: { a: '1' }, metadata: { name: 'put' } })
    expect(same).toMatchObject({ code: 200, body: { metadata: { resourceVersion } } })
    const changed = await call('PUT', path, { ...made.body, data: { a: '2' } })
    expect(changed.body.metadata?.resourceVersion).not.toBe(resourceVersion)
    const stale = await call('PUT', path, { ...made.body, data: { a: '3' } })
    expect(stale).toMatchObject({ code: 409, body: { reason: 'Conflict' } })
    expect(stale.body.message).toBe(
      'Operation cannot be fulfilled on configmaps "put": the object has been modified; please apply your changes to the latest version and try again',
    )
    const renamed = await call('PUT', path, { metadata: { name: 'other' } })
    expect(renamed).toMatchObject({ code: 400 })
    const missing = await call('PUT', `${inNamespace}/configmaps/none`, {
      metadata: { name: 'none' },
    })
    expect(missing).toMatchObject({
      code: 404,
      body: { details: { name: 'none', kind: 'configmaps' } },
    })
  })

  test('PUT creates what may be created so, and leases are never overwritten blindly', async () => {
    const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases/lead'
    const lease = { metadata: { name: 'lead' }, spec: { holderIdentity: 'one' } }
    const stale = { ...lease, metadata: { name: 'lead', resourceVersion: '5' } }
    expect((await call('PUT', path, stale)).code).toBe(201)
    const blind = await call('PUT', path, lease)
    expect(blind.code).toBe(422)
    expect(blind.body.message).toContain(
      'metadata.resourceVersion: Invalid value: 0: must be specified',
    )
    const { body } = await call('GET', path)
    expect((await call('PUT', path, { ...body, spec: { holderIdentity: 'two' } })).code).toBe(200)
    expect((await call('PUT', path, { ...body, spec: { holderIdentity: 'three' } })).code).toBe(409)
  })

  test('twenty writers at one time lose nothing', async () => {
    await configMap('race')
    const path = `${inNamespace}/configmaps/race`
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        call('PATCH', path, { data: { [`key-${i}`]: 'x' } }, merge),
      ),
    )
    expect(answers.map((answer) => answer.code)).toEqual(Array(20).fill(200))
    const { body } = await call('GET', path)
    expect(Object.keys(body['data'] as object)).toHaveLength(20)
  })

  test('generation counts changes of spec, status is a subresource', async () => {
    expect((await call('POST', deployments, deployment('gen'))).body.metadata?.generation).toBe(1)
    const path = `${deployments}/gen`
    const labelled = await call('PATCH', path, { metadata: { labels: { a: 'b' } } }, merge)
    expect(labelled.body.metadata?.generation).toBe(1)
    const main = await call('PATCH', path, { status: { replicas: 9 } }, merge)
    expect(main.body.status).toEqual({})
    const status = await call(
      'PATCH',
      `${path}/status`,
      { status: { replicas: 9 }, spec: { replicas: 5 } },
      merge,
    )
    expect(status.body).toMatchObject({
      status: { replicas: 9 },
      spec: { replicas: 2 },
      metadata: { generation: 1 },
    })
    const scaled = await call('PATCH', path, { spec: { replicas: 3 } }, merge)
    expect(scaled.body).toMatchObject({ metadata: { generation: 2 }, status: { replicas: 9 } })
  })

  test('scale: read, written by PUT and PATCH, refused below zero', async () => {
    await call('POST', deployments, deployment('scaled'))
    const path = `${deployments}/scaled/scale`
    const read = await call('GET', path)
    expect(read.body).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 2 },
      status: { replicas: 0, selector: 'app=scaled' },
    })
    expect((await call('PATCH', path, { spec: { replicas: 7 } }, merge)).body.spec).toEqual({
      replicas: 7,
    })
    const stale = await call('PUT', path, read.body)
    expect(stale.code).toBe(409)
    const fresh = (await call('GET', path)).body
    expect((await call('PUT', path, { ...fresh, spec: { replicas: 1 } })).body.spec).toEqual({
      replicas: 1,
    })
    const negative = await call('PATCH', path, { spec: { replicas: -1 } }, merge)
    expect(negative).toMatchObject({ code: 422, body: { details: { kind: 'Scale' } } })
    expect((await call('GET', `${deployments}/scaled`)).body.spec).toMatchObject({ replicas: 1 })
  })

  test('a Scale is a table of what is desired and available', async () => {
    await call('POST', deployments, deployment('shown'))
    const { body } = await send(api.client, 'GET', `${deployments}/shown/scale`, {
      headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    })
    expect(body).toMatchObject({
      columnDefinitions: ['Name', 'Desired', 'Available', 'Age'].map((name) => ({ name })),
      rows: [{ cells: ['shown', 2, 0, expect.any(String)] }],
    })
  })

  test('a Job selects its pods by its own uid and name, which stay', async () => {
    const jobs = '/apis/batch/v1/namespaces/default/jobs'
    const spec = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example.test/a' }] }
    const { body: made } = await call('POST', jobs, {
      metadata: { generateName: 'once-' },
      spec: { template: { spec } },
    })
    const { name = '', uid = '' } = made.metadata ?? {}
    const labels = {
      'controller-uid': uid,
      'job-name': name,
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name,
    }
    expect(made).toMatchObject({
      metadata: { labels },
      spec: {
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
        template: { metadata: { labels } },
      },
    })
    const bare = { template: { metadata: { labels: null } } }
    const refused = await call('PATCH', `${jobs}/${name}`, { spec: bare }, merge)
    expect(refused.code).toBe(422)
    expect(refused.body.message).toContain(`labels[job-name]: Required value: must be '${name}'`)
  })

  test('selectors of workloads are immutable and match the template', async () => {
    const wrong = await call(
      'POST',
      deployments,
      deployment('wrong', { selector: { matchLabels: { app: 'x' } } }),
    )
    expect(wrong.body.message).toContain('`selector` does not match template `labels`')
    await call('POST', deployments, deployment('fixed'))
    const changed = await call(
      'PATCH',
      `${deployments}/fixed`,
      {
        spec: {
          selector: { matchLabels: { b: 'c' } },
          template: { metadata: { labels: { b: 'c' } } },
        },
      },
      merge,
    )
    expect(changed.code).toBe(422)
    expect(changed.body.message).toContain('field is immutable')
  })

  test('patches: strategic merges lists by key, JSON tests, an unknown type is 415', async () => {
    await call('POST', deployments, deployment('patched'))
    const path = `${deployments}/patched`
    const containers = [{ name: 'side', image: 'example.test/side:1' }]
    const added = await call(
      'PATCH',
      path,
      { spec: { template: { spec: { containers } } } },
      strategic,
    )
    const template = added.body.spec?.['template'] as { spec: { containers: { name: string }[] } }
    expect(template.spec.containers.map((c) => c.name)).toEqual(['side', 'web'])
    const test = [{ op: 'test', path: '/spec/replicas', value: 99 }]
    expect(await call('PATCH', path, test, jsonPatch)).toMatchObject({
      code: 422,
      body: { message: 'the server rejected our request due to an error in our request' },
    })
    expect((await call('PATCH', path, {}, 'application/json')).code).toBe(415)
    expect((await call('PATCH', path, { metadata: { name: 'b' } }, merge)).code).toBe(400)
    expect((await call('PATCH', `${deployments}/none`, {}, merge)).code).toBe(404)
  })

  test('kinds that reach no member are stored with a warning', async () => {
    const warned = await call('POST', `${inNamespace}/serviceaccounts`, {
      metadata: { name: 'sa' },
    })
    expect(String(warned.headers['warning'])).toContain('not distributed by this version')
    const made = await configMap('unwarned')
    expect(made.headers).not.toHaveProperty('warning')
  })
})
