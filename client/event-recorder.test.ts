import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { eventually } from './testing/eventually.ts'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { EventRecorder } from './event-recorder.ts'
import { createApiClient } from './http-api-client.ts'
import { startScriptedServer } from './testing/scripted-server.ts'
import { StoredObjects } from './testing/stored-objects.ts'

const logger = pino({ level: 'silent' })
const object = (name: string, namespace?: string): ApiObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, uid: `uid-${name}`, ...(namespace === undefined ? {} : { namespace }) },
})
const event = (message: string) => ({ type: 'Normal' as const, reason: 'Created', message })

async function setUp() {
  const stored = new StoredObjects()
  const state = { failures: 0 }
  const server = await startScriptedServer((request) => {
    if (state.failures-- > 0) request.response.writeHead(500).end()
    else stored.answer(request)
  })
  const client = createApiClient({ server: server.url, credentials: {} })
  const recorder = new EventRecorder({ client, component: 'sync', logger })
  const stop = new AbortController()
  const run = recorder.run(stop.signal)
  return {
    stored,
    state,
    recorder,
    all: () => [...stored.objects.values()],
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await run
      await client[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

test('an event is written once and then counted', async () => {
  await using world = await setUp()
  const { recorder, all } = world
  recorder.event(object('web', 'shop'), event('in eu'))
  await eventually(() => expect(all()).toHaveLength(1))
  for (let i = 0; i < 3; i++) recorder.event(object('web', 'shop'), event('in eu'))
  recorder.event(object('node'), { ...event('in eu'), type: 'Warning' })
  await eventually(() => expect(all()).toHaveLength(2))
  expect(all()).toMatchObject([
    {
      metadata: { namespace: 'shop', name: expect.stringMatching(/^web\.[0-9a-f]{16}$/) },
      involvedObject: { kind: 'Deployment', name: 'web', namespace: 'shop', uid: 'uid-web' },
      source: { component: 'sync' },
      reason: 'Created',
      message: 'in eu',
      count: 4,
    },
    { metadata: { namespace: 'default' }, type: 'Warning', count: 1 },
  ])
})

test('failures are dropped, a vanished event is written anew', async () => {
  await using world = await setUp()
  const { recorder, all, stored, state } = world
  state.failures = 1
  recorder.event(object('a'), event('lost'))
  await eventually(() => expect(state.failures).toBe(0))
  recorder.event(object('a'), event('kept'))
  await eventually(() => expect(all().map((e) => e['message'])).toEqual(['kept']))
  stored.objects.clear()
  recorder.event(object('a'), event('kept'))
  await eventually(() => expect(all()).toMatchObject([{ message: 'kept', count: 1 }]))
})

test('too much about one object is left out, others are not hurt', async () => {
  await using world = await setUp()
  const { recorder, all } = world
  for (let i = 0; i < 100; i++) recorder.event(object('noisy'), event(`message ${i}`))
  recorder.event(object('quiet'), event('once'))
  await eventually(() => expect(all().at(-1)).toMatchObject({ message: 'once' }))
  expect(all()).toHaveLength(26)
})
