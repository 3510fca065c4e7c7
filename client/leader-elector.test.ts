import { eventually } from './testing/eventually.ts'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createApiClient } from './http-api-client.ts'
import { LeaderElector } from './leader-elector.ts'
import { startScriptedServer } from './testing/scripted-server.ts'
import { StoredObjects } from './testing/stored-objects.ts'

const logger = pino({ level: 'silent' })
const times = { leaseDurationMs: 1000, renewDeadlineMs: 500, retryPeriodMs: 50 }
const path = '/apis/coordination.k8s.io/v1/namespaces/federation-system/leases/controllers'

async function setUp(given: Partial<typeof times> = {}) {
  const stored = new StoredObjects()
  const state = { isDown: false }
  const server = await startScriptedServer((request) => {
    if (!state.isDown) stored.answer(request)
  })
  const client = createApiClient({ server: server.url, credentials: {} })
  const elector = (identity: string): LeaderElector =>
    new LeaderElector({
      client,
      namespace: 'federation-system',
      name: 'controllers',
      identity,
      logger,
      ...times,
      ...given,
    })
  return {
    stored,
    state,
    elector,
    specOf: () => stored.objects.get(path)?.spec,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Runs until the signal aborts, and counts how many do. */
function worker() {
  const state = { running: 0, most: 0, begun: 0 }
  const lead = async (signal: AbortSignal): Promise<void> => {
    state.begun++
    state.running++
    state.most = Math.max(state.most, state.running)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    state.running--
  }
  return { state, lead }
}

test('one leads, the other follows at once when the lease is given back', async () => {
  // Far longer than the test may take: b must not have to wait for it.
  await using world = await setUp({ leaseDurationMs: 60_000, renewDeadlineMs: 30_000 })
  const { state, lead } = worker()
  const [a, b] = [world.elector('a'), world.elector('b')]
  const [stopA, stopB] = [new AbortController(), new AbortController()]
  const runA = a.run(stopA.signal, lead)
  await eventually(() => expect(a.isLeader).toBe(true))
  const runB = b.run(stopB.signal, lead)
  await eventually(() => expect(b.holder).toBe('a'))
  const renewed = world.specOf()?.['renewTime']
  await eventually(() => expect(world.specOf()?.['renewTime']).not.toBe(renewed))
  stopA.abort()
  await runA
  await eventually(() => expect(b.isLeader).toBe(true))
  expect(world.specOf()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 })
  stopB.abort()
  await runB
  expect(world.specOf()).toMatchObject({ holderIdentity: '' })
  expect(state).toEqual({ running: 0, most: 1, begun: 2 })
})

test('a leader that cannot renew stops within its deadline, before another may start', async () => {
  await using world = await setUp({ leaseDurationMs: 5000 })
  const { state, lead } = worker()
  const a = world.elector('a')
  const run = a.run(new AbortController().signal, lead)
  await eventually(() => expect(a.isLeader).toBe(true))
  world.state.isDown = true
  const down = performance.now()
  await expect(run).rejects.toThrow('leadership lost')
  expect(performance.now() - down).toBeLessThan(5000)
  expect(state.running).toBe(0)
})

test('a lease whose holder is gone is taken after its duration, measured here', async () => {
  await using world = await setUp()
  const { lead } = worker()
  const spec = {
    holderIdentity: 'gone',
    leaseDurationSeconds: 1,
    // The holder's clock does not matter.
    renewTime: '2001-01-01T00:00:00.000000Z',
  }
  world.stored.objects.set(path, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'controllers', namespace: 'federation-system', resourceVersion: '0' },
    spec,
  })
  const b = world.elector('b')
  const stop = new AbortController()
  const started = performance.now()
  const run = b.run(stop.signal, lead)
  await eventually(() => expect(b.isLeader).toBe(true))
  expect(performance.now() - started).toBeGreaterThan(times.leaseDurationMs)
  stop.abort()
  await run
})

test('a leader whose lease was taken by force stops', async () => {
  await using world = await setUp()
  const { lead } = worker()
  const a = world.elector('a')
  const run = a.run(new AbortController().signal, lead)
  await eventually(() => expect(a.isLeader).toBe(true))
  const lease = world.stored.objects.get(path)
  if (lease === undefined) throw new Error('no lease')
  world.stored.objects.set(path, {
    ...lease,
    metadata: { ...lease.metadata, resourceVersion: 'other' },
    spec: { ...lease.spec, holderIdentity: 'thief' },
  })
  await expect(run).rejects.toThrow('leadership lost')
})

test('ends when the work ends, and when nobody may lead', async () => {
  await using world = await setUp()
  await world.elector('a').run(new AbortController().signal, async () => {})
  expect(world.specOf()).toMatchObject({ holderIdentity: '' })
  world.state.isDown = true
  await world.elector('b').run(AbortSignal.timeout(100), async () => {
    throw new Error('led')
  })
  expect(
    () =>
      new LeaderElector({
        client: {} as never,
        namespace: '',
        name: '',
        identity: '',
        logger,
        retryPeriodMs: 60_000,
      }),
  ).toThrow(RangeError)
})
