import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '#component-base/logger.ts'
import { MemoryBackend } from '../../federation-apiserver/storage/backends/memory/memory-backend.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { eventually } from '../framework/eventually.ts'
import { temporaryFolder } from '../framework/paths.ts'
import { jsonPatch, merge, send, strategic } from './api-requests.ts'

const secrets = '/api/v1/namespaces/default/secrets'
const configMaps = '/api/v1/namespaces/default/configmaps'

/** Writes of some keys fail as nobody expects, or take their time. */
class UnevenBackend extends MemoryBackend {
  override async putIf(key: string, value: Uint8Array, expected: number) {
    if (key.endsWith('/broken')) throw new TypeError('a defect')
    if (key.endsWith('/slow')) await new Promise((resolve) => setTimeout(resolve, 1200))
    return super.putIf(key, value, expected)
  }
}

let text = ''
const lines = (): Record<string, unknown>[] =>
  text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
const logOf = (level: 'trace' | 'info') =>
  createLogger({ program: 'test', level }, { write: (line) => void (text += line) })

const line = (message: string, name: string): Promise<Record<string, unknown>> =>
  eventually(() => {
    const found = lines().find((one) => one['msg'] === message && one['name'] === name)
    if (found === undefined) throw new Error(`no line "${message}" about ${name}`)
    return found
  })

describe('requests in the log', () => {
  let api: InProcessServer
  beforeAll(async () => {
    text = ''
    api = await startInProcess({
      federation: true,
      logger: logOf('info'),
      backend: new UnevenBackend(),
    })
  })
  afterAll(() => api[Symbol.asyncDispose]())

  const create = (name: string): Promise<unknown> =>
    send(api.client, 'POST', `${configMaps}?fieldManager=test`, {
      body: { metadata: { name } },
      headers: { 'user-agent': 'tester/1.0', 'audit-id': `audit-of-${name}` },
    })

  test('a slow one tells what it asked for, who asked, how it ended and how long it took', async () => {
    await create('slow')
    // The name of what is made is in its body.
    const slow = await eventually(() => {
      const found = lines().find(({ msg }) => msg === 'slow request')
      if (found === undefined) throw new Error('no slow request')
      return found
    })
    expect(slow).toMatchObject({
      level: 40,
      auditID: 'audit-of-slow',
      ...{ verb: 'create', resource: 'configmaps', namespace: 'default', path: configMaps },
      ...{ user: 'kubernetes-admin', userAgent: 'tester/1.0', remoteAddress: '127.0.0.1' },
      ...{ code: 201, octets: expect.any(Number) as number },
    })
    expect(slow['latencyMs']).toBeGreaterThanOrEqual(1200)
    expect(slow['latencyMs']).toBeLessThan(30_000)
  })

  test('a failed one tells why, once, and its client does not learn it', async () => {
    const path = `${configMaps}/broken`
    await send(api.client, 'GET', path)
    const answer = await send(api.client, 'PATCH', `${path}?fieldManager=a&force=true`, {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'broken' } },
      type: 'application/apply-patch+yaml',
      headers: { 'impersonate-user': 'ann', 'impersonate-group': 'system:masters' },
    })
    expect(answer).toMatchObject({ code: 500, body: { reason: 'InternalError' } })
    expect(JSON.stringify(answer.body)).not.toContain('defect')
    const failed = await line('request failed', 'broken')
    expect(failed).toMatchObject({
      level: 50,
      ...{ auditID: answer.headers['audit-id'], verb: 'patch', code: 500 },
      ...{ user: 'ann', impersonatedBy: 'kubernetes-admin' },
      err: { type: 'TypeError', message: 'a defect', stack: expect.any(String) as string },
    })
    expect(lines().filter(({ msg }) => msg === 'request failed').length).toBe(1)
  })

  test('one that was not done in its time tells what its client was told', async () => {
    const future = `${configMaps}?resourceVersion=999999999&resourceVersionMatch=NotOlderThan`
    const { code, headers, body } = await send(api.client, 'GET', `${future}&timeout=100ms`)
    expect(code).toBe(504)
    const failed = await eventually(() => {
      const found = lines().find(({ auditID }) => auditID === headers['audit-id'])
      if (found === undefined) throw new Error('no line')
      return found
    })
    expect(failed).toMatchObject({ level: 40, msg: 'request failed', verb: 'list', code: 504 })
    expect(failed['reason']).toBe(body.message)
  })

  test('quick ones that end well, refusals and watches are not worth a line', async () => {
    const before = lines().length
    await create('plain')
    await send(api.client, 'GET', `${configMaps}/none`)
    await api.client.raw(`${configMaps}?watch=true&timeoutSeconds=2`)
    expect(lines().length).toBe(before)
  })
})

test('no token and nothing of a Secret is in a log, at any level', async () => {
  text = ''
  const hidden = ['plain-7261', 'patched-7261', 'applied-7261', 'invalid-7261', 'file-token-7261']
  const folder = temporaryFolder('request-log')
  const tokenAuthFile = join(folder, 'tokens.csv')
  writeFileSync(tokenAuthFile, 'file-token-7261,bob,bob-uid,"system:masters"\n', { mode: 0o600 })
  await using api = await startInProcess({
    federation: true,
    logger: logOf('trace'),
    backend: new UnevenBackend(),
    options: { tokenAuthFile },
  })
  const { client } = api
  const secret = (name: string, value: string) => ({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name } },
    stringData: { password: value },
  })
  for (const name of ['a', 'slow', 'broken'])
    await send(client, 'POST', secrets, { body: secret(name, 'plain-7261') })
  const patch = { stringData: { password: 'patched-7261' } }
  await send(client, 'PATCH', `${secrets}/a`, { body: patch, type: strategic })
  await send(client, 'PATCH', `${secrets}/a?fieldManager=b&force=true`, {
    body: secret('a', 'applied-7261'),
    type: 'application/apply-patch+yaml',
  })
  const wrong = [
    { body: { data: { password: 'invalid-7261' } }, type: merge },
    { body: [{ op: 'test', path: '/data', value: 'invalid-7261' }], type: jsonPatch },
    { body: '{"data": invalid-7261', type: merge },
  ]
  for (const request of wrong)
    expect((await send(client, 'PATCH', `${secrets}/a`, request)).code).toBeGreaterThanOrEqual(400)
  await send(client, 'GET', secrets)
  await client.raw(`${secrets}?watch=true&resourceVersion=0&timeoutSeconds=1`)

  const accounts = '/api/v1/namespaces/default/serviceaccounts'
  await send(client, 'POST', accounts, { body: { metadata: { name: 'robot' } } })
  const { body } = await send(client, 'POST', `${accounts}/robot/token`, { body: { spec: {} } })
  const { token } = body['status'] as unknown as { token: string }
  for (const authorization of [`Bearer ${token}`, `Bearer ${token}x`, 'Bearer file-token-7261']) {
    await send(client, 'GET', secrets, { headers: { authorization } })
  }
  const review = { body: { spec: { token } } }
  await send(client, 'POST', '/apis/authentication.k8s.io/v1/tokenreviews', review)

  await eventually(() => {
    const logged = lines().filter(({ msg }) => String(msg).endsWith('request'))
    expect(logged.filter(({ resource }) => resource === 'secrets').length).toBeGreaterThan(8)
    expect(logged.some(({ resource }) => resource === 'tokenreviews')).toBe(true)
    expect(lines().some(({ msg }) => msg === 'request failed')).toBe(true)
  })
  const everyForm = [...hidden, token].flatMap((value) => [
    value,
    Buffer.from(value).toString('base64').replace(/=*$/, ''),
  ])
  for (const value of everyForm) expect(text.includes(value), value).toBe(false)
  expect(text).not.toMatch(/bearer/i)
})
