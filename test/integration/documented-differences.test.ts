import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApiServer } from '../../federation-apiserver/server.ts'
import { clientFromKubeconfig, type KubeconfigFile, kubeconfigOf } from '#client/kubeconfig.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { temporaryFolder } from '../framework/paths.ts'
import { type Answer, merge, send } from './api-requests.ts'

const apply = 'application/apply-patch+yaml'
const configMaps = '/api/v1/namespaces/default/configmaps'
const pods = '/api/v1/namespaces/default/pods'
const definition = {
  metadata: { name: 'foos.example.test' },
  spec: {
    group: 'example.test',
    scope: 'Namespaced',
    names: { plural: 'foos', singular: 'foo', kind: 'Foo' },
    versions: [
      { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
    ],
  },
}

const webhook = {
  name: 'a.example.test',
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  failurePolicy: 'Fail',
  clientConfig: { url: 'https://192.0.2.1/' },
  rules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }],
}
const matchConstraints = {
  resourceRules: [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
  ],
}
const admission = 'admissionregistration.k8s.io'
const flowControl = 'flowcontrol.apiserver.k8s.io'

/** Kinds that are stored and not acted on, with what is said of them. */
const inert = [
  {
    ...{ group: admission, resource: 'validatingwebhookconfigurations' },
    spec: { webhooks: [webhook] },
    warns: `validatingwebhookconfigurations.${admission} are stored, but not called by this version; failurePolicy Fail is not enforced for "a.example.test"`,
  },
  {
    ...{ group: admission, resource: 'mutatingwebhookconfigurations' },
    spec: { webhooks: [webhook, { ...webhook, name: 'b.example.test', failurePolicy: 'Ignore' }] },
    warns: `mutatingwebhookconfigurations.${admission} are stored, but not called by this version; failurePolicy Fail is not enforced for "a.example.test"`,
  },
  {
    ...{ group: admission, resource: 'validatingadmissionpolicies' },
    spec: { spec: { matchConstraints, validations: [{ expression: 'false' }] } },
    warns: `validatingadmissionpolicies.${admission} are stored, but not evaluated by this version; failurePolicy Fail is not enforced`,
  },
  {
    ...{ group: admission, resource: 'validatingadmissionpolicybindings' },
    spec: { spec: { policyName: 'a.example.test', validationActions: ['Deny'] } },
    warns: `validatingadmissionpolicybindings.${admission} are stored, but not evaluated by this version; validationActions Deny is not enforced`,
  },
  {
    ...{ group: admission, resource: 'mutatingadmissionpolicies' },
    spec: {
      spec: {
        ...{ matchConstraints, reinvocationPolicy: 'Never', failurePolicy: 'Ignore' },
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }],
      },
    },
    warns: `mutatingadmissionpolicies.${admission} are stored, but not evaluated by this version`,
  },
  {
    ...{ group: admission, resource: 'mutatingadmissionpolicybindings' },
    spec: { spec: { policyName: 'a.example.test' } },
    warns: `mutatingadmissionpolicybindings.${admission} are stored, but not evaluated by this version`,
  },
  {
    ...{ group: 'apiregistration.k8s.io', resource: 'apiservices' },
    spec: {
      spec: {
        ...{ group: 'example.test', version: 'v1', insecureSkipTLSVerify: true },
        ...{ groupPriorityMinimum: 10, versionPriority: 10 },
        service: { namespace: 'default', name: 'a' },
      },
    },
    warns:
      'apiservices.apiregistration.k8s.io are stored, but not proxied by this version; example.test/v1 is not served',
  },
  {
    ...{ group: flowControl, resource: 'flowschemas' },
    spec: { spec: { priorityLevelConfiguration: { name: 'a' } } },
    warns: `flowschemas.${flowControl} are stored, but not enforced by this version; --max-requests-inflight limits requests`,
  },
  {
    ...{ group: flowControl, resource: 'prioritylevelconfigurations' },
    spec: { spec: { type: 'Exempt', exempt: {} } },
    warns: `prioritylevelconfigurations.${flowControl} are stored, but not enforced by this version; --max-requests-inflight limits requests`,
  },
] as const

const signingRequests = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
const signingRequest = {
  request: Buffer.from(
    '-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n',
  ).toString('base64'),
  signerName: 'kubernetes.io/kube-apiserver-client',
  usages: ['client auth'],
}

/** Each row of docs/compatibility.md that a request can show. */
describe('what docs/compatibility.md says', () => {
  let api: InProcessServer
  let member: InProcessServer
  beforeAll(async () => {
    ;[api, member] = await Promise.all([
      startInProcess({ federation: true }),
      startInProcess({ federation: false }),
    ])
    const accounts = '/api/v1/namespaces/default/serviceaccounts'
    await send(member.client, 'POST', accounts, { body: { metadata: { name: 'default' } } })
    const pod = { metadata: { name: 'a' }, spec: { containers: [{ name: 'a', image: 'a' }] } }
    expect((await send(member.client, 'POST', pods, { body: pod })).code).toBe(201)
  })
  afterAll(async () => {
    await api[Symbol.asyncDispose]()
    await member[Symbol.asyncDispose]()
  })

  test('a kind that is not distributed is stored with a warning', async () => {
    const body = { metadata: { name: 'a' }, spec: { minAvailable: 1 } }
    const path = '/apis/policy/v1/namespaces/default/poddisruptionbudgets'
    const answer = await send(api.client, 'POST', path, { body })
    expect(answer.code).toBe(201)
    expect(String(answer.headers['warning'])).toContain('not distributed by this version')
  })

  test.each([
    [
      'resourcequotas',
      { hard: { pods: '9', 'requests.cpu': '4' }, scopes: ['NotTerminating'] },
      'spec.hard: limits of "requests.cpu" are not enforced by this version',
    ],
    ['limitranges', { limits: [{ type: 'Pod', max: { cpu: '1' } }] }, 'limitranges are stored'],
  ])('%s that are not enforced say so: %j', async (resource, spec, warns) => {
    const path = `/api/v1/namespaces/default/${resource}?dryRun=All`
    const body = { metadata: { generateName: 'a-' }, spec }
    const answer = await send(api.client, 'POST', path, { body })
    expect(answer.code).toBe(201)
    expect(String(answer.headers['warning'])).toContain(warns.replaceAll('"', '\\"'))
  })

  test('conversion webhooks are refused', async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
    const conversion = { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'] } }
    const body = { ...definition, spec: { ...definition.spec, conversion } }
    const answer = await send(api.client, 'POST', path, { body })
    expect(answer.code).toBe(422)
    expect(answer.body.message).toContain('spec.conversion.strategy: Forbidden')
  })

  test.each(inert)(
    '$resource are stored with a warning, at each write, and change nothing',
    async ({ group, resource, spec, warns }) => {
      const path = `/apis/${group}/v1/${resource}`
      const name = resource === 'apiservices' ? 'v1.example.test' : 'a.example.test'
      const told = (answer: Answer, code: number): void => {
        expect(answer).toMatchObject({ code })
        expect(String(answer.headers['warning'])).toContain(
          `299 - "${warns.replaceAll('"', String.raw`\"`)}"`,
        )
      }
      const body = { metadata: { name }, ...spec }
      told(await send(api.client, 'POST', path, { body }), 201)
      const { body: live } = await send(api.client, 'GET', `${path}/${name}`)
      told(await send(api.client, 'PUT', `${path}/${name}`, { body: live }), 200)
      const labels = { metadata: { labels: { a: 'b' } } }
      told(await send(api.client, 'PATCH', `${path}/${name}`, { body: labels, type: merge }), 200)
      const applied = { apiVersion: live.apiVersion, kind: live.kind, ...body }
      const forced = `${path}/${name}?fieldManager=a&force=true`
      told(await send(api.client, 'PATCH', forced, { body: applied, type: apply }), 200)
      const next = { metadata: { generateName: 'next-' } }
      expect((await send(api.client, 'POST', configMaps, { body: next })).code).toBe(201)
    },
  )

  test('an open failurePolicy, a local APIService and a signer of the user need no warning', async () => {
    const of = async (path: string, body: object): Promise<string> => {
      const answer = await send(api.client, 'POST', path, { body })
      expect(answer.code, JSON.stringify(answer.body)).toBe(201)
      return String(answer.headers['warning'])
    }
    const webhooks = [{ ...webhook, failurePolicy: 'Ignore' }]
    const open = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
    const warning = await of(open, { metadata: { name: 'open' }, webhooks })
    expect(warning).toContain('not called by this version')
    expect(warning).not.toContain('not enforced')
    const spec = { group: 'own.test', version: 'v1', groupPriorityMinimum: 10, versionPriority: 10 }
    const services = '/apis/apiregistration.k8s.io/v1/apiservices'
    expect(await of(services, { metadata: { name: 'v1.own.test' }, spec })).toBe('undefined')
    const signing = { ...signingRequest, signerName: 'example.test/own' }
    expect(await of(signingRequests, { metadata: { name: 'own' }, spec: signing })).toBe(
      'undefined',
    )
  })

  test('who asks for a certificate of Kubernetes, or approves one, is told that nobody signs', async () => {
    const body = { metadata: { name: 'asked' }, spec: signingRequest }
    const created = await send(api.client, 'POST', signingRequests, { body })
    expect(created.code).toBe(201)
    expect(String(created.headers['warning'])).toContain('not signed by this version')
    const condition = { type: 'Approved', status: 'True', reason: 'Test', message: 'a test' }
    const approval = { ...created.body, status: { conditions: [condition] } }
    const path = `${signingRequests}/asked/approval`
    const approved = await send(api.client, 'PUT', path, { body: approval })
    expect(approved).toMatchObject({ code: 200, body: { status: { conditions: [condition] } } })
    expect(String(approved.headers['warning'])).toContain('not signed by this version')
  })

  test('who resizes a Pod is told that nothing changes', async () => {
    const container = { name: 'c', image: 'c', resources: { requests: { cpu: '1' } } }
    const body = { metadata: { name: 'sized' }, spec: { containers: [container] } }
    const account = { metadata: { name: 'default' } }
    await send(api.client, 'POST', '/api/v1/namespaces/default/serviceaccounts', { body: account })
    expect(await send(api.client, 'POST', pods, { body })).toMatchObject({ code: 201 })
    const asked = [{ op: 'replace', path: '/spec/containers/0/resources/requests/cpu', value: '2' }]
    const type = 'application/json-patch+json'
    const resized = await send(api.client, 'PATCH', `${pods}/sized/resize`, { body: asked, type })
    expect(resized).toMatchObject({ code: 200, body: { spec: { containers: [container] } } })
    expect(String(resized.headers['warning'])).toContain('not enforced by this version')
  })

  test('alpha and beta versions are not served, but the own group', async () => {
    const { body } = await send(api.client, 'GET', '/apis')
    const groups = body['groups'] as { versions: { groupVersion: string }[] }[]
    const versions = groups.flatMap((g) => g.versions.map((v) => v.groupVersion))
    expect(versions).toContain('apps/v1')
    expect(versions.filter((v) => /v\d+(alpha|beta)/.test(v))).toEqual(['federation/v1beta1'])
  })

  test.each([
    ['log', 200, 404],
    ['exec?command=ls', 400, 404],
    ['attach', 400, 404],
    ['portforward', 400, 404],
    ['proxy', 404, 404],
  ] as const)('pods/%s: as if no node had it; not found on a node', async (path, free, bound) => {
    const pod = (name: string, spec: object) => ({
      metadata: { name },
      spec: { ...spec, containers: [{ name: 'main', image: 'a' }], serviceAccountName: 'default' },
    })
    const { client } = member
    await send(client, 'POST', pods, { body: pod('free', {}) })
    await send(client, 'POST', pods, { body: pod('bound', { nodeName: 'node' }) })
    const method = path === 'log' || path === 'proxy' ? 'GET' : 'POST'
    const code = async (name: string) =>
      (await send(client, method, `${pods}/${name}/${path}`)).code
    expect(await code('free')).toBe(free)
    expect(await code('bound')).toBe(bound)
    expect(await code('none')).toBe(404)
  })

  test('answers are protobuf for who prefers it, JSON when they are large or have no such form', async () => {
    const protobuf = 'application/vnd.kubernetes.protobuf'
    const typeOf = async (path: string): Promise<unknown> => {
      const headers = { accept: `${protobuf},application/json` }
      return (await send(api.client, 'GET', path, { headers })).headers['content-type']
    }
    expect(await typeOf('/api/v1/namespaces/default')).toBe(protobuf)
    expect(await typeOf('/apis/federation/v1beta1/clusters')).toBe('application/json')
    for (const name of ['large-1', 'large-2']) {
      const body = { metadata: { name }, data: { text: 'x'.repeat(600_000) } }
      await send(api.client, 'POST', configMaps, { body })
    }
    expect(await typeOf(`${configMaps}/large-1`)).toBe(protobuf)
    expect(await typeOf(configMaps)).toBe('application/json')
  })

  test('the federation gives Services a cluster IP, but no node port', async () => {
    const body = { metadata: { name: 'a' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } }
    const path = '/api/v1/namespaces/default/services'
    const specOf = async ({ client }: InProcessServer) =>
      (await send(client, 'POST', path, { body })).body.spec
    const port = { port: 80, protocol: 'TCP', targetPort: 80 }
    const clusterIP = expect.stringMatching(/^10\./) as string
    expect(await specOf(api)).toMatchObject({ clusterIP, ports: [port] })
    expect(await specOf(member)).toMatchObject({
      clusterIP,
      ports: [{ ...port, nodePort: expect.any(Number) as number }],
    })
  })

  test('answers carry Audit-Id, and version says whose it is', async () => {
    const answer = await send(api.client, 'GET', '/version')
    expect(answer.headers['audit-id']).toBeTypeOf('string')
    expect(answer.body['gitVersion']).toMatch(/^v1\.36\.\d+\+federation-/)
  })

  test('an object of more than 1 MiB is refused', async () => {
    const annotations = { big: 'x'.repeat(200 * 1024) }
    const data = { text: 'x'.repeat(900 * 1024) }
    const body = { metadata: { name: 'big', annotations }, data }
    expect((await send(api.client, 'POST', configMaps, { body })).code).toBe(413)
  })
})

test('docs/operations.md: a copy of the running SQLite, with pki and the key, is a backup', async () => {
  const folder = temporaryFolder('backup')
  const [from, to] = [join(folder, 'from'), join(folder, 'to')]
  const start = async (dataDir: string) => {
    await using stack = new AsyncDisposableStack()
    const server = stack.use(
      await startApiServer(
        {
          dataDir,
          securePort: 0,
          bindAddress: '127.0.0.1',
          storage: { type: 'sqlite', path: join(dataDir, 'federation.db') },
          federation: true,
          clusterName: 'federation',
          maxRequestsInflight: 400,
          maxMutatingRequestsInflight: 200,
        },
        { logger: pino({ level: 'silent' }) },
      ),
    )
    const config = kubeconfigOf(server.kubeconfig as KubeconfigFile)
    const client = stack.use(await clientFromKubeconfig(config))
    const owned = stack.move()
    return { client, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  }
  const secret = { metadata: { name: 'kept' }, stringData: { password: 'one two three' } }
  const secrets = '/api/v1/namespaces/default/secrets'
  await using first = await start(from)
  expect((await send(first.client, 'POST', secrets, { body: secret })).code).toBe(201)
  mkdirSync(to)
  const database = new DatabaseSync(join(from, 'federation.db'), { readOnly: true })
  await backup(database, join(to, 'federation.db'))
  database.close()
  for (const name of ['pki', 'encryption.key'])
    cpSync(join(from, name), join(to, name), { recursive: true })
  const later = { metadata: { name: 'later' } }
  expect((await send(first.client, 'POST', secrets, { body: later })).code).toBe(201)
  await using second = await start(to)
  const password = Buffer.from('one two three').toString('base64')
  expect((await send(second.client, 'GET', `${secrets}/kept`)).body['data']).toEqual({ password })
  expect((await send(second.client, 'GET', `${secrets}/later`)).code).toBe(404)
  rmSync(folder, { recursive: true, force: true })
})
