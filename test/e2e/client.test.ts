import {
  isAlreadyExists,
  isConflict,
  isInvalid,
  isNotFound,
} from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { type ApiClient, ConnectionError } from '#client/api-client.ts'
import { Informer } from '#client/informer.ts'
import { clientFromKubeconfig, loadKubeconfig } from '#client/kubeconfig.ts'
import { LeaderElector } from '#client/leader-elector.ts'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noMembers, RealMember } from '../framework/envtest.ts'
import { eventually } from '../framework/eventually.ts'
import { temporaryFolder } from '../framework/paths.ts'

const why = noMembers === undefined ? '' : ` (skipped: ${noMembers})`
const logger = pino({ level: 'silent' })
const gvr = { group: '', version: 'v1', resource: 'configmaps' }
const namespace = 'default'
const configMap = (name: string, data: Record<string, string> = {}): ApiObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
})
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe.skipIf(noMembers !== undefined)(`the client and a real kube-apiserver${why}`, () => {
  const stack = new AsyncDisposableStack()
  let member: RealMember
  let client: ApiClient

  const connect = async (options = {}): Promise<ApiClient> => {
    const config = await loadKubeconfig([member.kubeconfig])
    return stack.use(await clientFromKubeconfig(config, undefined, options))
  }

  beforeAll(async () => {
    member = stack.use(await RealMember.up('client', temporaryFolder('client'), { pods: false }))
    client = await connect()
  }, 90_000)
  afterAll(() => stack[Symbol.asyncDispose](), 60_000)

  test('the verbs, and failures as the server words them', async () => {
    const created = await client.create(gvr, configMap('verbs', { a: '1' }))
    expect(created.metadata.resourceVersion).toMatch(/^\d+$/)
    expect(isAlreadyExists(await caught(client.create(gvr, configMap('verbs'))))).toBe(true)
    const updated = await client.update(gvr, { ...created, data: { a: '2' } })
    expect(isConflict(await caught(client.update(gvr, created)))).toBe(true)
    const patch = { type: 'strategic' as const, body: { data: { b: '3' } } }
    const patched = await client.patch(gvr, { namespace, name: 'verbs' }, patch)
    expect(patched['data']).toEqual({ a: '2', b: '3' })
    expect(updated['data']).toEqual({ a: '2' })
    const applied = await client.patch(
      gvr,
      { namespace, name: 'verbs' },
      { type: 'apply', body: { apiVersion: 'v1', kind: 'ConfigMap', data: { c: '4' } } },
      { fieldManager: 'test', force: true },
    )
    expect(applied['data']).toEqual({ a: '2', b: '3', c: '4' })
    expect(isInvalid(await caught(client.create(gvr, configMap('No_Name'))))).toBe(true)
    await client.delete(gvr, { namespace, name: 'verbs' })
    const error = await caught(client.get(gvr, { namespace, name: 'verbs' }))
    expect(isNotFound(error)).toBe(true)
    expect(error).toMatchObject({ message: 'configmaps "verbs" not found' })
  })

  test('an informer keeps up through a cut, a pause and a new start of the server', async () => {
    const restless = await connect({ timeoutMs: 2_000, watchIdleMs: 3_000 })
    const informer = new Informer<ApiObject>({
      client: restless,
      gvr,
      namespace,
      logger,
      backOff: { initialMs: 100, maxMs: 500, jitter: 0.5 },
    })
    const stop = new AbortController()
    const run = informer.run(stop.signal)
    await informer.synced
    for (let i = 0; i < 100; i++) await client.create(gvr, configMap(`o${i}`))
    await eventually(() => expect(informer.get(`${namespace}/o99`)).toBeDefined())
    await member.fault('pause')
    const contact = informer.lastContact
    expect(await caught(restless.get(gvr, { namespace, name: 'o1' }))).toMatchObject({
      name: 'ConnectionError',
      timeout: true,
    })
    await eventually(() => expect(informer.lastError).toBeInstanceOf(ConnectionError))
    expect(informer.lastContact).toBe(contact)
    await member.fault('resume')
    await client.update(gvr, configMap('o1', { after: 'pause' }))
    await eventually(() =>
      expect(informer.get(`${namespace}/o1`)?.['data']).toEqual({ after: 'pause' }),
    )
    await member.fault('kill')
    await member.fault('revive')
    await eventually(() => client.delete(gvr, { namespace, name: 'o2' }))
    await eventually(() => expect(informer.get(`${namespace}/o2`)).toBeUndefined())
    const { items } = await client.list(gvr, { namespace })
    const versions = (objects: ApiObject[]): Set<string | undefined> =>
      new Set(objects.map(({ metadata }) => metadata.resourceVersion))
    await eventually(() => expect(versions(informer.list())).toEqual(versions(items)))
    stop.abort()
    await run
  }, 120_000)

  test('one leader at a time', async () => {
    const elector = (identity: string): LeaderElector =>
      new LeaderElector({ client, namespace, name: 'test', identity, logger, retryPeriodMs: 100 })
    const [a, b] = [elector('a'), elector('b')]
    const [stopA, stopB] = [new AbortController(), new AbortController()]
    const untilAborted = (signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    const runA = a.run(stopA.signal, untilAborted)
    await eventually(() => expect(a.isLeader).toBe(true))
    const runB = b.run(stopB.signal, untilAborted)
    await eventually(() => expect(b.holder).toBe('a'))
    stopA.abort()
    await runA
    await eventually(() => expect(b.isLeader).toBe(true))
    stopB.abort()
    await runB
  })
})
