import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { isExpired } from '#apimachinery/errors/status-error.ts'
import type { WatchEvent } from '#apimachinery/meta/object-meta.ts'
import type { WatchCallOptions } from '#client/api-client.ts'
import { clientFromKubeconfig, type KubeconfigFile, kubeconfigOf } from '#client/kubeconfig.ts'
import { MemoryBackend } from '../../federation-apiserver/storage/backends/memory/memory-backend.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { eventually } from '../framework/eventually.ts'
import { parseMetrics } from '../framework/prometheus-text.ts'
import { merge, send } from './api-requests.ts'

const configMaps = { group: '', version: 'v1', resource: 'configmaps' }
const path = '/api/v1/namespaces/default/configmaps'

type Seen = [string, string]

describe('watches', () => {
  let api: InProcessServer
  let abort = new AbortController()

  beforeAll(async () => {
    api = await startInProcess({ federation: false })
  })
  afterAll(async () => api[Symbol.asyncDispose]())
  afterEach(() => {
    abort.abort()
    abort = new AbortController()
  })

  const make = (name: string, labels: object = {}): Promise<unknown> =>
    send(api.client, 'POST', path, { body: { metadata: { name, labels } } })
  const change = (name: string, patch: object) =>
    send(api.client, 'PATCH', `${path}/${name}`, { body: patch, type: merge })
  const remove = (name: string) => send(api.client, 'DELETE', `${path}/${name}`)
  const revision = async (): Promise<string> =>
    (await api.client.list(configMaps)).metadata.resourceVersion ?? ''

  /** Collects events until the test ends. */
  function collect(options: WatchCallOptions): { events: WatchEvent[]; seen: () => Seen[] } {
    const events: WatchEvent[] = []
    const run = async (): Promise<void> => {
      for await (const event of api.client.watch(configMaps, {
        ...options,
        signal: abort.signal,
      })) {
        events.push(event)
      }
    }
    run().catch((err: unknown) => {
      if (!abort.signal.aborted) throw err
    })
    const seen = (): Seen[] =>
      events
        .filter((event) => event.type !== 'BOOKMARK')
        .map((event) => [event.type, event.object.metadata.name])
    return { events, seen }
  }

  test('given up before they are answered, are over for the server as well', async () => {
    const running = async (): Promise<number> => {
      const families = parseMetrics((await api.client.raw('/metrics')).body.toString())
      const gauge = families.get('apiserver_longrunning_requests')?.samples ?? []
      return gauge.reduce((sum, sample) => sum + sample.value, 0)
    }
    const config = kubeconfigOf(api.server.kubeconfig as KubeconfigFile)
    // Some of these are given up while their connection is made, some just opened, some when their answer is on its way.
    for (let ms = 0; ms < 20; ms++) {
      await using client = await clientFromKubeconfig(config)
      const { signal } = abort
      const watch = async (): Promise<void> => {
        for await (const _ of client.watch(configMaps, { signal }));
      }
      const all = Promise.allSettled(Array.from({ length: 10 }, watch))
      await new Promise((resolve) => setTimeout(resolve, ms))
      abort.abort()
      abort = new AbortController()
      await all
      await eventually(async () => expect(await running(), `${ms} ms`).toBe(0))
    }
  })

  test('changes after a revision, in order, and nothing before it', async () => {
    await make('before')
    const watched = collect({ namespace: 'default', resourceVersion: await revision() })
    await make('one')
    await change('one', { data: { a: 'b' } })
    await change('one', { data: { a: 'b' } })
    await remove('one')
    const expected = [
      ['ADDED', 'one'],
      ['MODIFIED', 'one'],
      ['DELETED', 'one'],
    ]
    await eventually(() => expect(watched.seen()).toEqual(expected), { intervalMs: 10 })
    const revisions = watched.events.map((event) => Number(event.object.metadata.resourceVersion))
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b))
    expect(new Set(revisions).size).toBe(3)
  })

  test('without a revision the state comes first', async () => {
    await make('state')
    const watched = collect({ namespace: 'default', fieldSelector: 'metadata.name=state' })
    await eventually(() => expect(watched.seen()).toEqual([['ADDED', 'state']]), { intervalMs: 10 })
    await remove('state')
    await eventually(() => expect(watched.seen()).toHaveLength(2), { intervalMs: 10 })
  })

  test('objects come into a selector as ADDED and leave it as DELETED with their old state', async () => {
    await make('moving', { team: 'blue' })
    const watched = collect({
      namespace: 'default',
      labelSelector: 'team=red',
      resourceVersion: await revision(),
    })
    await change('moving', { data: { unseen: 'yes' } })
    await change('moving', { metadata: { labels: { team: 'red' } } })
    await change('moving', { data: { a: 'b' } })
    const left = await change('moving', { metadata: { labels: { team: 'blue' } } })
    await remove('moving')
    const expected = [
      ['ADDED', 'moving'],
      ['MODIFIED', 'moving'],
      ['DELETED', 'moving'],
    ]
    await eventually(() => expect(watched.seen()).toEqual(expected), { intervalMs: 10 })
    const last = watched.events.at(-1)?.object.metadata
    expect(last?.labels).toEqual({ team: 'red' })
    expect(last?.resourceVersion).toBe(left.body.metadata?.resourceVersion)
  })

  const lines = async (query: string): Promise<WatchEvent[]> => {
    const { body } = await api.client.raw(`${path}?watch=true&timeoutSeconds=1&${query}`)
    return body
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as WatchEvent)
  }

  test('sendInitialEvents: the state, a marked bookmark, then changes', async () => {
    await make('initial')
    const initial = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan'
    const events = await lines(`${initial}&allowWatchBookmarks=true`)
    const last = events.at(-1)
    expect(events.slice(0, -1).every((event) => event.type === 'ADDED')).toBe(true)
    expect(last).toMatchObject({
      type: 'BOOKMARK',
      object: {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
      },
    })
    const unmarked = await lines(initial)
    expect(unmarked.map((event) => event.type)).not.toContain('BOOKMARK')
  })

  test('tables and partial metadata are streamed too', async () => {
    await make('shown')
    const query = `${path}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dshown`
    const as = async (accept: string): Promise<WatchEvent> => {
      const { body } = await api.client.raw(query, { headers: { accept } })
      return JSON.parse(body.toString().split('\n')[0] ?? '') as WatchEvent
    }
    const table = await as('application/json;as=Table;v=v1;g=meta.k8s.io')
    expect(table).toMatchObject({ type: 'ADDED', object: { kind: 'Table', rows: [{}] } })
    const partial = await as('application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io')
    expect(partial.object).toMatchObject({ kind: 'PartialObjectMetadata' })
  })

  test('a watch ends after timeoutSeconds, without an error', async () => {
    expect(await lines(`resourceVersion=${await revision()}`)).toEqual([])
  })

  test('hundred watchers of a burst of hundred changes miss nothing', async () => {
    const from = await revision()
    const watchers = Array.from({ length: 100 }, () =>
      collect({ namespace: 'default', resourceVersion: from }),
    )
    for (let i = 0; i < 100; i++) await make(`burst-${i}`)
    const expected = Array.from({ length: 100 }, (_, i) => ['ADDED', `burst-${i}`])
    await eventually(
      () => {
        for (const watcher of watchers) expect(watcher.seen()).toEqual(expected)
      },
      { intervalMs: 50 },
    )
  })

  test('history that is gone is told as 410: in the stream, and for an exact list', async () => {
    const backend = new MemoryBackend()
    for (let i = 0; i < 3; i++) {
      const { revision } = await backend.putIf(
        '/registry/core/configmaps/default/x',
        Buffer.from('{}'),
        0,
      )
      await backend.deleteIf('/registry/core/configmaps/default/x', revision)
    }
    await backend.compact(4)
    await using other = await startInProcess({ federation: false, backend })
    const gone = async () => {
      for await (const _ of other.client.watch(configMaps, { resourceVersion: '2' })) break
    }
    await expect(gone()).rejects.toSatisfy(isExpired)
    const list = await send(
      other.client,
      'GET',
      `${path}?resourceVersion=2&resourceVersionMatch=Exact`,
    )
    expect(list).toMatchObject({ code: 410, body: { reason: 'Expired' } })
  })

  test('disposal of the server ends watches cleanly', async () => {
    await using other = await startInProcess({ federation: false })
    const ended = (async () => {
      const seen: WatchEvent[] = []
      for await (const event of other.client.watch(configMaps, {})) seen.push(event)
      return seen
    })().catch((err: unknown) => {
      expect(isExpired(err)).toBe(false)
      return [] as WatchEvent[]
    })
    await send(other.client, 'GET', '/version')
    await other.server[Symbol.asyncDispose]()
    await ended
  })
})
