import { Agent, request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { send } from './api-requests.ts'

interface Reply {
  readonly code: number
  readonly body: Record<string, unknown> & { message?: string; status?: Record<string, unknown> }
}

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const pods = '/api/v1/namespaces/shop/pods'
const subject = (name: string) => ({
  kind: 'User',
  apiGroup: 'rbac.authorization.k8s.io',
  name,
})
const roleRef = (kind: string, name: string) => ({
  apiGroup: 'rbac.authorization.k8s.io',
  kind,
  name,
})

let api: InProcessServer
let agent: Agent

/** A request without client certificate, with these headers only. */
async function call(
  path: string,
  headers: Record<string, string | string[]> = {},
  body?: object,
): Promise<Reply> {
  const reply = await request(`${api.server.url}${path}`, {
    dispatcher: agent,
    method: body === undefined ? 'GET' : 'POST',
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await reply.body.text()
  const json = text.startsWith('{') ? (JSON.parse(text) as Reply['body']) : {}
  return { code: reply.statusCode, body: json }
}

const admin = async (method: string, path: string, body?: object): Promise<Reply> => {
  const { code, body: answer } = await send(api.client, method, path, {
    ...(body === undefined ? {} : { body }),
  })
  return { code, body: answer as unknown as Reply['body'] }
}

async function tokenFor(account: string, spec: object = {}): Promise<string> {
  const path = `/api/v1/namespaces/shop/serviceaccounts/${account}/token`
  const { code, body } = await admin('POST', path, { spec })
  expect(code).toBe(201)
  return String(body.status?.['token'])
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

beforeAll(async () => {
  api = await startInProcess({ federation: true })
  agent = new Agent({ connect: { ca: api.server.caCertificate } })
  await admin('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } })
  for (const name of ['robot', 'gone', 'writer']) {
    await admin('POST', '/api/v1/namespaces/shop/serviceaccounts', { metadata: { name } })
  }
})
afterAll(async () => {
  await agent.close()
  await api[Symbol.asyncDispose]()
})

describe('the anonymous', () => {
  test.each([
    ['/healthz', 200],
    ['/livez', 200],
    ['/readyz', 200],
    ['/version', 200],
    ['/', 403],
    ['/api', 403],
    ['/apis', 403],
    ['/metrics', 403],
    ['/openapi/v2', 403],
    ['/openid/v1/jwks', 403],
    ['/livez/ping', 403],
    ['/api/v1/pods', 403],
    ['/api/v1/namespaces/shop/secrets/x', 403],
  ])('%s is %i', async (path, code) => {
    expect((await call(path)).code).toBe(code)
  })

  test('are named in what refuses them', async () => {
    expect((await call('/api/v1/pods')).body.message).toBe(
      'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
    )
  })

  test('cannot become somebody by asking to be', async () => {
    const headers = { 'impersonate-user': 'root', 'impersonate-group': 'system:masters' }
    expect((await call('/api/v1/pods', headers)).code).toBe(403)
  })
})

describe('ServiceAccount tokens', () => {
  test('are good for their account and what it may do', async () => {
    const token = bearer(await tokenFor('robot'))
    expect((await call('/api', token)).code).toBe(200)
    expect((await call(pods, token)).body.message).toContain(
      'User "system:serviceaccount:shop:robot" cannot list resource "pods" in API group "" in the namespace "shop"',
    )
    await admin('POST', `${rbac}/namespaces/shop/rolebindings`, {
      metadata: { name: 'robots' },
      roleRef: roleRef('ClusterRole', 'view'),
      subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'shop' }],
    })
    expect((await call(pods, token)).code).toBe(200)
    expect((await call('/api/v1/namespaces/shop/secrets', token)).code).toBe(403)
    expect((await call('/api/v1/namespaces/default/pods', token)).code).toBe(403)
  })

  test('end with their account, also when it is made again', async () => {
    const token = bearer(await tokenFor('gone'))
    expect((await call('/api', token)).code).toBe(200)
    const path = '/api/v1/namespaces/shop/serviceaccounts'
    await admin('DELETE', `${path}/gone`)
    expect((await call('/api', token)).code).toBe(401)
    await admin('POST', path, { metadata: { name: 'gone' } })
    expect((await call('/api', token)).code).toBe(401)
  })

  test('for others are not good here', async () => {
    expect((await call('/api', bearer(await tokenFor('robot', { audiences: ['x'] })))).code).toBe(
      401,
    )
  })

  test('end with the Secret they are bound to', async () => {
    const secrets = '/api/v1/namespaces/shop/secrets'
    await admin('POST', secrets, { metadata: { name: 'bound' } })
    const boundObjectRef = { kind: 'Secret', apiVersion: 'v1', name: 'bound' }
    const token = bearer(await tokenFor('robot', { boundObjectRef }))
    expect((await call('/api', token)).code).toBe(200)
    await admin('DELETE', `${secrets}/bound`)
    expect((await call('/api', token)).code).toBe(401)
  })

  test.each([
    ['nonsense', 'nonsense'],
    ['three empty parts', '..'],
    [
      'one without a signature',
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(
        '{"iss":"https://kubernetes.default.svc","aud":["https://kubernetes.default.svc"],"exp":9999999999}',
      ).toString('base64url')}.`,
    ],
  ])('%s is 401, also where the anonymous may look', async (_, token) => {
    expect((await call('/healthz', bearer(token))).code).toBe(401)
  })

  test('a changed token is 401', async () => {
    const [head = '', payload = '', signature = ''] = (await tokenFor('robot')).split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const changed = Buffer.from(JSON.stringify({ ...claims, exp: 9_999_999_999 }))
    const token = `${head}.${changed.toString('base64url')}.${signature}`
    expect((await call('/api', bearer(token))).code).toBe(401)
  })

  test('last 720 hours when asked to, and at least 10 minutes', async () => {
    const path = '/api/v1/namespaces/shop/serviceaccounts/robot/token'
    const long = await admin('POST', path, { spec: { expirationSeconds: 2_592_000 } })
    const left = Date.parse(String(long.body.status?.['expirationTimestamp'])) - Date.now()
    expect(Math.round(left / 3_600_000)).toBe(720)
    const short = await admin('POST', path, { spec: { expirationSeconds: 599 } })
    expect(short).toMatchObject({ code: 422, body: { reason: 'Invalid' } })
  })
})

describe('roles', () => {
  test('are effective with the answer to the write, and gone with it', async () => {
    const token = bearer(await tokenFor('writer'))
    const path = `${rbac}/namespaces/shop/rolebindings`
    const binding = {
      metadata: { name: 'flip' },
      roleRef: roleRef('ClusterRole', 'edit'),
      subjects: [{ kind: 'ServiceAccount', name: 'writer', namespace: 'shop' }],
    }
    const seen: number[] = []
    for (let i = 0; i < 30; i++) {
      await admin('POST', path, binding)
      seen.push((await call('/api/v1/namespaces/shop/secrets', token)).code)
      await admin('DELETE', `${path}/flip`)
      seen.push((await call('/api/v1/namespaces/shop/secrets', token)).code)
    }
    expect(seen).toEqual(Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 200 : 403)))
  })

  test('aggregated ones take in what gets their label, and show it', async () => {
    await admin('POST', `${rbac}/clusterroles`, {
      metadata: {
        name: 'nodes',
        labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' },
      },
      rules: [{ apiGroups: ['example.test'], resources: ['things'], verbs: ['get'] }],
    })
    const review = await admin('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      spec: {
        user: 'system:serviceaccount:shop:robot',
        resourceAttributes: {
          namespace: 'shop',
          verb: 'get',
          group: 'example.test',
          resource: 'things',
        },
      },
    })
    expect(review.body.status).toMatchObject({ allowed: true })
    await expect
      .poll(async () => JSON.stringify(await admin('GET', `${rbac}/clusterroles/view`)))
      .toContain('example.test')
  })

  test.each(['view', 'edit', 'admin'])(
    "%s may see the federation's own kinds, and change none",
    async (role) => {
      const review = async (resource: string, verb: string): Promise<unknown> => {
        const user = `${role}er`
        const resourceAttributes = { group: 'federation', resource, verb }
        const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
        return (await admin('POST', path, { spec: { user, resourceAttributes } })).body.status?.[
          'allowed'
        ]
      }
      const kinds = ['clusters', 'placementdecisions', 'servicednsrecords', 'tombstones']
      const maySee = () => Promise.all(kinds.map((kind) => review(kind, 'list')))
      const mayChange = () => Promise.all(kinds.map((kind) => review(kind, 'patch')))
      expect(await maySee()).toEqual([false, false, false, false])
      const made = await admin('POST', `${rbac}/clusterrolebindings`, {
        metadata: { name: `${role}er` },
        roleRef: roleRef('ClusterRole', role),
        subjects: [subject(`${role}er`)],
      })
      expect(made.code).toBe(201)
      expect(await maySee()).toEqual([true, true, true, true])
      expect(await mayChange()).toEqual([false, false, false, false])
    },
  )

  test('give nobody more than their writer holds', async () => {
    await admin('POST', `${rbac}/clusterroles`, {
      metadata: { name: 'role-writer' },
      rules: [
        {
          apiGroups: ['rbac.authorization.k8s.io'],
          resources: ['clusterroles', 'clusterrolebindings'],
          verbs: ['create', 'get', 'update'],
        },
      ],
    })
    await admin('POST', `${rbac}/clusterrolebindings`, {
      metadata: { name: 'role-writers' },
      roleRef: roleRef('ClusterRole', 'role-writer'),
      subjects: [{ kind: 'ServiceAccount', name: 'writer', namespace: 'shop' }],
    })
    const token = bearer(await tokenFor('writer'))
    const up = await call(`${rbac}/clusterrolebindings`, token, {
      metadata: { name: 'up' },
      roleRef: roleRef('ClusterRole', 'cluster-admin'),
      subjects: [subject('eve')],
    })
    expect(up.code).toBe(403)
    expect(up.body.message).toContain('is attempting to grant RBAC permissions not currently held')
    const own = await call(`${rbac}/clusterroles`, token, {
      metadata: { name: 'own' },
      rules: [
        { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], verbs: ['get'] },
      ],
    })
    expect(own.code).toBe(201)
  })
})

describe('reviews', () => {
  const authorization = '/apis/authorization.k8s.io/v1'

  test('are answered and not stored', async () => {
    const token = bearer(await tokenFor('robot'))
    const path = `${authorization}/selfsubjectaccessreviews`
    const resourceAttributes = { verb: 'list', resource: 'pods', namespace: 'shop' }
    const review = await call(path, token, { spec: { resourceAttributes } })
    expect(review).toMatchObject({ code: 201, body: { status: { allowed: true } } })
    expect((await admin('GET', path)).code).toBe(405)
  })

  test('about others are for those who may ask', async () => {
    const token = bearer(await tokenFor('robot'))
    const spec = { user: 'alice', resourceAttributes: { verb: 'get', resource: 'pods' } }
    expect((await call(`${authorization}/subjectaccessreviews`, token, { spec })).code).toBe(403)
    const tokens = '/apis/authentication.k8s.io/v1/tokenreviews'
    expect((await call(tokens, token, { spec: { token: 'x' } })).code).toBe(403)
  })

  test('tell who one is', async () => {
    const token = bearer(await tokenFor('robot'))
    const { body } = await call('/apis/authentication.k8s.io/v1/selfsubjectreviews', token, {})
    expect(body.status).toMatchObject({
      userInfo: {
        username: 'system:serviceaccount:shop:robot',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
      },
    })
  })
})

test('tokens can be checked by others with the published key', async () => {
  const { createLocalJWKSet, jwtVerify } = await import('jose')
  const keys = await call('/openid/v1/jwks', bearer(await tokenFor('robot')))
  expect(keys.code).toBe(200)
  const token = await tokenFor('robot', { audiences: ['elsewhere'] })
  const set = createLocalJWKSet(keys.body as unknown as Parameters<typeof createLocalJWKSet>[0])
  const { payload } = await jwtVerify(token, set, {
    issuer: 'https://kubernetes.default.svc',
    audience: 'elsewhere',
  })
  expect(payload.sub).toBe('system:serviceaccount:shop:robot')
})
