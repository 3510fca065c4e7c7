import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ServiceDNSRecord } from '#apimachinery/schema/federation.ts'
import { createApiClient } from '#client/http-api-client.ts'
import {
  type ScriptedRequest,
  sendJson,
  startScriptedServer,
} from '../client/testing/scripted-server.ts'
import { eventually } from '../test/framework/eventually.ts'
import { type DnsServer, startDnsServer } from './server.ts'
import { type Packet, UDPClient } from 'dns2'

const logger = pino({ level: 'silent' })
const name = 'web.shop.fed.svc.example.test'

const recordOf = (address: string, resourceVersion: string): ServiceDNSRecord => ({
  apiVersion: 'federation/v1beta1',
  kind: 'ServiceDNSRecord',
  metadata: { namespace: 'shop', name: 'web', uid: 'u1', resourceVersion },
  spec: {},
  status: {
    clusters: [
      {
        cluster: 'eu',
        addresses: [address],
        readyEndpoints: 1,
        health: 'Healthy',
        since: '2026-01-01T00:00:00Z',
      },
    ],
  },
})

/** A federation's API with one resource. */
class Federation {
  records = [recordOf('192.0.2.1', '7')]
  #watches: ScriptedRequest[] = []

  answer = (request: ScriptedRequest): void => {
    if (request.query.get('watch') === null) {
      sendJson(request.response, 200, {
        apiVersion: 'federation/v1beta1',
        kind: 'ServiceDNSRecordList',
        metadata: { resourceVersion: '7' },
        items: this.records,
      })
      return
    }
    request.response.writeHead(200, { 'content-type': 'application/json' })
    request.response.flushHeaders()
    this.#watches.push(request)
  }

  send(type: string, object: ServiceDNSRecord): void {
    for (const { response } of this.#watches)
      response.write(`${JSON.stringify({ type, object })}\n`)
  }

  get watched(): boolean {
    return this.#watches.length > 0
  }
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dns-source-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

const start = (url: string, snapshotFile?: string): Promise<DnsServer> =>
  startDnsServer(
    {
      zone: 'Example.Test.',
      federationName: 'fed',
      port: 0,
      bindAddress: '127.0.0.1',
      metricsPort: 0,
      ...(snapshotFile === undefined ? {} : { snapshotFile }),
    },
    { client: createApiClient({ server: url, credentials: {} }), logger },
  )

async function ask(server: DnsServer, qname = name): Promise<{ rcode: number; answer: unknown[] }> {
  const resolve = UDPClient({ dns: '127.0.0.1', port: server.port })
  const reply: Packet = await resolve(qname, 'A')
  return {
    rcode: reply.header.rcode,
    answer: reply.answers.map((r) => r.address),
  }
}

test('records come, change and go as the federation has them', async () => {
  const federation = new Federation()
  await using api = await startScriptedServer(federation.answer)
  await using server = await start(api.url)
  await eventually(async () => expect((await ask(server)).answer).toEqual(['192.0.2.1']))
  await eventually(() => expect(federation.watched).toBe(true))

  federation.send('MODIFIED', recordOf('192.0.2.2', '9'))
  await eventually(async () => expect((await ask(server)).answer).toEqual(['192.0.2.2']))
  const metrics = await (await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)).text()
  expect(metrics).toContain('fed_dns_zone_serial 9\n')

  federation.send('DELETED', recordOf('192.0.2.2', '11'))
  await eventually(async () => expect((await ask(server)).rcode).toBe(3))
  expect((await ask(server, 'shop.fed.svc.example.test')).rcode).toBe(3)
})

test('SERVFAIL until the first answer of the federation, and its answers while it is away', async () => {
  const federation = new Federation()
  let up = false
  await using api = await startScriptedServer((request) => {
    if (up) federation.answer(request)
    else sendJson(request.response, 503, { kind: 'Status', apiVersion: 'v1', code: 503 })
  })
  await using server = await start(api.url)
  expect((await ask(server)).rcode).toBe(2)
  expect(server.isReady()).toBe(false)
  const ready = async (): Promise<number> =>
    (await fetch(`http://127.0.0.1:${server.metricsPort}/readyz`)).status
  expect(await ready()).toBe(503)
  up = true
  await eventually(async () => expect((await ask(server)).answer).toEqual(['192.0.2.1']))
  expect(await ready()).toBe(200)
  up = false
  api.cut()
  const before = api.requests.length
  await eventually(() => expect(api.requests.length).toBeGreaterThan(before))
  expect((await ask(server)).answer).toEqual(['192.0.2.1'])
})

test('a snapshot says when its data was last known to be current, changed or not', async () => {
  const snapshot = join(folder, 'zone.json')
  const timeOf = async (): Promise<number> =>
    (JSON.parse(await readFile(snapshot, 'utf8')) as { timeMs: number }).timeMs
  await using api = await startScriptedServer(new Federation().answer)
  let closing: number
  {
    await using server = await start(api.url, snapshot)
    const first = await eventually(timeOf)
    await eventually(() => expect(Date.now()).toBeGreaterThan(first))
    expect((await ask(server)).answer).toEqual(['192.0.2.1'])
    closing = Date.now()
  }
  expect(await timeOf()).toBeGreaterThanOrEqual(closing)
})

test('a restart without the federation serves from the snapshot file', async () => {
  const snapshot = join(folder, 'zone.json')
  {
    await using api = await startScriptedServer(new Federation().answer)
    await using _server = await start(api.url, snapshot)
    await eventually(async () => expect(await readFile(snapshot, 'utf8')).toContain('192.0.2.1'))
  }
  const nowhere = 'http://127.0.0.1:9'
  {
    await using server = await start(nowhere, snapshot)
    expect((await ask(server)).answer).toEqual(['192.0.2.1'])
  }
  await writeFile(snapshot, (await readFile(snapshot, 'utf8')).replace('192.0.2.1', '192.0.2.66'))
  await using server = await start(nowhere, snapshot)
  expect((await ask(server)).rcode).toBe(2)
})
