import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { type Answer, merge, send } from './api-requests.ts'

const configMaps = '/api/v1/namespaces/default/configmaps'

describe('deletes', () => {
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

  const make = async (name: string, metadata: object = {}): Promise<Answer> => {
    const made = await call('POST', configMaps, { metadata: { name, ...metadata } })
    expect(made.code).toBe(201)
    return made
  }

  test('what nobody holds is gone at once', async () => {
    const { body } = await make('plain')
    const gone = await call('DELETE', `${configMaps}/plain`)
    expect(gone).toMatchObject({
      code: 200,
      body: {
        status: 'Success',
        details: { name: 'plain', kind: 'configmaps', uid: body.metadata?.uid },
      },
    })
    expect((await call('DELETE', `${configMaps}/plain`)).code).toBe(404)
  })

  test('finalizers hold an object; the last one removed lets it go', async () => {
    await make('held', { finalizers: ['example.test/hold'] })
    const path = `${configMaps}/held`
    const marked = await call('DELETE', path)
    expect(marked.body.metadata).toMatchObject({ deletionGracePeriodSeconds: 0 })
    expect(marked.body.metadata?.deletionTimestamp).toBeTypeOf('string')
    const again = await call('DELETE', path)
    expect(again.body.metadata?.resourceVersion).toBe(marked.body.metadata?.resourceVersion)
    const added = await call(
      'PATCH',
      path,
      { metadata: { finalizers: ['example.test/hold', 'example.test/more'] } },
      merge,
    )
    expect(added.code).toBe(422)
    expect(added.body.message).toContain(
      'no new finalizers can be added if the object is being deleted',
    )
    const last = await call('PATCH', path, { metadata: { finalizers: null } }, merge)
    expect(last.code).toBe(200)
    expect((await call('GET', path)).code).toBe(404)
  })

  test.each([
    ['Foreground', ['foregroundDeletion']],
    ['Orphan', ['orphan']],
  ])(
    'propagationPolicy %s is left to the garbage collector',
    async (propagationPolicy, finalizers) => {
      const name = propagationPolicy.toLowerCase()
      await make(name)
      const marked = await call('DELETE', `${configMaps}/${name}`, { propagationPolicy })
      expect(marked.body.metadata?.finalizers).toEqual(finalizers)
    },
  )

  test('preconditions and options that mean nothing', async () => {
    await make('careful')
    const path = `${configMaps}/careful`
    const uid = await call('DELETE', path, { preconditions: { uid: 'other' } })
    expect(uid).toMatchObject({ code: 409, body: { reason: 'Conflict' } })
    expect(uid.body.message).toContain('the UID in the precondition (other) does not match')
    expect((await call('DELETE', path, { preconditions: { resourceVersion: '1' } })).code).toBe(409)
    expect((await call('DELETE', path, { propagationPolicy: 'Foo' })).code).toBe(422)
    expect((await call('DELETE', `${path}?dryRun=Some`)).code).toBe(422)
    expect((await call('GET', path)).code).toBe(200)
  })

  test('a collection goes by selector, and is listed in the answer', async () => {
    await Promise.all([1, 2, 3].map((i) => make(`many-${i}`, { labels: { many: 'yes' } })))
    await make('many-not')
    const gone = await call('DELETE', `${configMaps}?labelSelector=many%3Dyes`)
    expect(gone.body['items']).toHaveLength(3)
    const left = (await call('GET', configMaps)).body['items'] as { metadata: { name: string } }[]
    const names = left.map((item) => item.metadata.name)
    expect(names).toContain('many-not')
    expect(names).not.toContain('many-1')
  })

  test('namespaces: protected ones, and terminating ones take nothing new', async () => {
    const refused = await call('DELETE', '/api/v1/namespaces/federation-system')
    expect(refused).toMatchObject({ code: 403, body: { reason: 'Forbidden' } })
    expect(refused.body.message).toBe(
      'namespaces "federation-system" is forbidden: this namespace may not be deleted',
    )
    expect((await call('DELETE', '/api/v1/namespaces')).code).toBe(405)
    await call('POST', '/api/v1/namespaces', { metadata: { name: 'going' } })
    const going = await call('DELETE', '/api/v1/namespaces/going')
    expect(going.body).toMatchObject({
      status: { phase: 'Terminating' },
      spec: { finalizers: ['kubernetes'] },
    })
    const late = await call('POST', '/api/v1/namespaces/going/configmaps', {
      metadata: { name: 'late' },
    })
    expect(late).toMatchObject({
      code: 403,
      body: { details: { causes: [{ reason: 'NamespaceTerminating' }] } },
    })
    const none = await call('POST', '/api/v1/namespaces/none/configmaps', {
      metadata: { name: 'x' },
    })
    expect(none).toMatchObject({
      code: 404,
      body: { details: { name: 'none', kind: 'namespaces' } },
    })
    const finalize = { ...going.body, spec: {} }
    expect((await call('PUT', '/api/v1/namespaces/going/finalize', finalize)).code).toBe(200)
    expect((await call('GET', '/api/v1/namespaces/going')).code).toBe(404)
  })
})
