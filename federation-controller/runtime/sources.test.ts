import type { ApiObject, WatchEvent } from '#apimachinery/meta/object-meta.ts'
import { createApiClient } from '#client/http-api-client.ts'
import { Informer } from '#client/informer.ts'
import { sendJson, startScriptedServer } from '#client/testing/scripted-server.ts'
import type { ServerResponse } from 'node:http'
import { eventually } from '#client/testing/eventually.ts'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import {
  enqueueRequestForObject,
  enqueueRequestForOwner,
  enqueueRequestsFromMap,
} from './sources.ts'

const gvr = { group: 'apps', version: 'v1', resource: 'replicasets' }

const replicaSet = (name: string, version: number, owners: object[]): ApiObject => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name,
    namespace: 'shop',
    resourceVersion: String(version),
    ownerReferences: owners as never,
  },
})

test('requests for what is there and for what changes, of its old and new state', async () => {
  const web = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
  const api = { ...web, name: 'api' }
  const foreign = { ...web, apiVersion: 'x.test/v1', name: 'foreign' }
  let watch: ServerResponse | undefined
  await using server = await startScriptedServer(({ query, response }) => {
    if (query.has('watch')) {
      response.flushHeaders()
      watch = response
    } else
      sendJson(response, 200, {
        kind: 'ReplicaSetList',
        apiVersion: 'apps/v1',
        metadata: { resourceVersion: '1' },
        items: [replicaSet('web-1', 1, [web, foreign])],
      })
  })
  await using client = createApiClient({ server: server.url, credentials: {} })
  const informer = new Informer<ApiObject>({ client, gvr, logger: pino({ level: 'silent' }) })
  const stop = new AbortController()
  const run = informer.run(stop.signal)
  await eventually(() => expect(watch).toBeDefined())

  const seen: Record<string, string[]> = { object: [], owner: [], cluster: [], map: [] }
  const into = (name: string) => (request: string) => seen[name]?.push(request)
  const owner = { group: 'apps', kind: 'Deployment' }
  const stops = [
    enqueueRequestForObject(informer).subscribe(into('object')),
    enqueueRequestForOwner(informer, owner).subscribe(into('owner')),
    enqueueRequestForOwner(informer, { ...owner, clusterScoped: true }).subscribe(into('cluster')),
    enqueueRequestsFromMap(informer, ({ metadata }) => [
      `v${metadata.resourceVersion ?? ''}`,
    ]).subscribe(into('map')),
  ]
  const send = (event: WatchEvent): void => void watch?.write(`${JSON.stringify(event)}\n`)
  send({ type: 'MODIFIED', object: replicaSet('web-1', 2, [api]) })
  await eventually(() => expect(seen['map']).toEqual(['v1', 'v1', 'v2']))
  expect(seen).toMatchObject({
    object: ['shop/web-1', 'shop/web-1', 'shop/web-1'],
    owner: ['shop/web', 'shop/web', 'shop/api'],
    cluster: ['web', 'web', 'api'],
  })
  for (const end of stops) end()
  send({ type: 'DELETED', object: replicaSet('web-1', 3, [api]) })
  await eventually(() => expect(informer.size).toBe(0))
  expect(seen['map']).toHaveLength(3)
  stop.abort()
  await run
})
