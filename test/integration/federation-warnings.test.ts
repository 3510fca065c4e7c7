import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { type Answer, jsonPatch, merge, send } from './api-requests.ts'

const deployments = '/apis/apps/v1/namespaces/default/deployments'
const pods = '/api/v1/namespaces/default/pods'
const preferencesKey = 'federation.kubernetes.io/deployment-preferences'
const field = `metadata.annotations[${preferencesKey}]`

const deployment = (name: string, annotations: Record<string, string>, replicas = 4) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, annotations },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', image: 'main' }] },
    },
  },
})

const cluster = (name: string) => ({
  metadata: { name },
  spec: { serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: 'a.test' }] },
})

/** Texts of the Warning headers, as a client shows them. */
const warningsOf = ({ headers }: Answer): string[] =>
  [headers['warning'] ?? []]
    .flat()
    .flatMap((header) => header.split(/, (?=299 )/))
    .map((text) => String(JSON.parse(text.replace(/^299 - /, ''))))

describe('what a federation says to who writes', () => {
  let api: InProcessServer
  let member: InProcessServer
  const call = (method: string, path: string, body?: unknown, type?: string) =>
    send(api.client, method, path, { body, ...(type === undefined ? {} : { type }) })
  const create = async (annotations: Record<string, string>, replicas = 4) => {
    const name = `d-${Math.random().toString(36).slice(2)}`
    const answer = await call('POST', deployments, deployment(name, annotations, replicas))
    expect(answer.code).toBe(201)
    return { name, warnings: warningsOf(answer) }
  }
  const preferring = (clusters: object) => ({ [preferencesKey]: JSON.stringify({ clusters }) })

  beforeAll(async () => {
    ;[api, member] = await Promise.all([
      startInProcess({ federation: true }),
      startInProcess({ federation: false }),
    ])
  })
  afterAll(async () => {
    await api[Symbol.asyncDispose]()
    await member[Symbol.asyncDispose]()
  })

  test('where Pods and nodes are, when there is no cluster yet', async () => {
    const [text] = warningsOf(await call('GET', pods))
    expect(text).toBe(
      'Pods run in the member clusters, not in the federation, and no cluster is joined yet (kubefed join)',
    )
  })

  const noCluster = (replicas: number): string =>
    `no cluster is joined: ${replicas} of ${replicas} replicas have no place yet; join a cluster with kubefed join NAME`

  test('that no cluster is joined, at each write of replicas', async () => {
    const { name, warnings } = await create({})
    expect(warnings).toEqual([noCluster(4)])
    expect((await create({}, 0)).warnings).toEqual([])
    expect((await create(preferring({ 'eu-west': { weight: 1 } }))).warnings).toEqual([
      noCluster(4),
    ])
    const path = `${deployments}/${name}`
    const patched = async (body: unknown, of = path) =>
      warningsOf(await call('PATCH', of, body, merge))
    expect(await patched({ metadata: { labels: { a: 'b' } } })).toEqual([])
    expect(await patched({ status: { replicas: 1 } }, `${path}/status`)).toEqual([])
    expect(await patched({ spec: { replicas: 7 } }, `${path}/scale`)).toEqual([noCluster(7)])
    const body = deployment('elsewhere', {})
    expect(warningsOf(await send(member.client, 'POST', deployments, { body }))).toEqual([])
  })

  const staying = (namespace: string): string =>
    `namespace ${namespace} stays in the federation with all that is in it (federation-system and kube-* are never distributed); what shall reach the clusters needs another namespace`

  test.each([
    ['a Deployment', 'kube-system', 'deployments', deployment('web', {})],
    ['a ConfigMap', 'kube-public', 'configmaps', { metadata: { name: 'settings' } }],
    ['a Service', 'federation-system', 'services', { spec: { ports: [{ port: 80 }] } }],
  ])('where %s stays, to who makes it in %s', async (_, namespace, resource, given) => {
    const group = resource === 'deployments' ? '/apis/apps/v1' : '/api/v1'
    const path = `${group}/namespaces/${namespace}/${resource}`
    const body = { ...given, metadata: { name: 'web' } }
    expect(warningsOf(await call('POST', path, body))).toEqual([staying(namespace)])
    expect(
      warningsOf(
        await call('PATCH', `${path}/web`, { metadata: { annotations: { a: 'b' } } }, merge),
      ),
    ).toEqual([])
  })

  test('where a namespace stays, and nothing of credentials that belong there', async () => {
    const metadata = { name: 'kube-mine' }
    expect(warningsOf(await call('POST', '/api/v1/namespaces', { metadata }))).toEqual([
      staying('kube-mine'),
    ])
    const secrets = '/api/v1/namespaces/federation-system/secrets'
    expect(warningsOf(await call('POST', secrets, { metadata: { name: 'eu-west' } }))).toEqual([])
  })

  test('that a kind is not distributed, once it is accepted, however it is made', async () => {
    const path = '/apis/batch/v1/namespaces/default/jobs'
    const spec = {
      template: {
        spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'main' }] },
      },
    }
    const job = (name: string, given: object = spec) => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: given,
    })
    const isNot = 'jobs.batch are stored, but not distributed by this version'
    const refused = await call('POST', path, job('a', {}))
    expect([refused.code, warningsOf(refused)]).toEqual([422, []])
    expect(warningsOf(await call('POST', path, job('a')))).toEqual([isNot])
    expect((await call('POST', path, job('a'))).headers['warning']).toBeUndefined()
    const applied = await call(
      'PATCH',
      `${path}/b?fieldManager=test`,
      job('b'),
      'application/apply-patch+yaml',
    )
    expect(warningsOf(applied)).toEqual([isNot])
  })

  describe('with two clusters', () => {
    beforeAll(async () => {
      for (const name of ['us-east', 'eu-west']) {
        const { code } = await call('POST', '/apis/federation/v1beta1/clusters', cluster(name))
        expect(code).toBe(201)
      }
    })

    test.each([
      ['a list', pods, 'Pods run', 'pods'],
      ['a list of all namespaces', '/api/v1/pods', 'Pods run', 'pods'],
      ['one that is not there', `${pods}/web`, 'Pods run', 'pods'],
      ['the nodes', '/api/v1/nodes', 'Nodes are', 'nodes'],
    ])('where Pods and nodes are, to who asks for %s', async (_, path, what, resource) => {
      expect(warningsOf(await call('GET', path))).toEqual([
        `${what} in the member clusters, not in the federation: kubectl --context=eu-west get ${resource} (members: eu-west, us-east)`,
      ])
      expect(warningsOf(await send(member.client, 'GET', path))).toEqual([])
    })

    test.each<[string, Record<string, string>, string[]]>([
      ['good preferences', preferring({ 'eu-west': { weight: 2 }, '*': { weight: 1 } }), []],
      [
        'a misspelt cluster',
        preferring({ 'eu-wset': { weight: 2 }, '*': { weight: 1 } }),
        [
          `${field}: clusters["eu-wset"]: no Cluster has that name (joined: eu-west, us-east; did you mean eu-west?)`,
        ],
      ],
      [
        'a cluster that may join later, and no other',
        preferring({ tokyo: { weight: 1 } }),
        [
          '4 of 4 replicas have no place: eu-west is not among the preferences, us-east is not among the preferences',
          `${field}: clusters["tokyo"]: no Cluster has that name (joined: eu-west, us-east)`,
        ],
      ],
      [
        'no weights',
        preferring({ '*': { maxReplicas: 5 } }),
        ['4 of 4 replicas have no place: eu-west has no weight, us-east has no weight'],
      ],
      [
        'a field that is none',
        preferring({ 'eu-west': { wieght: 2 } }),
        [
          `${field}: clusters["eu-west"]: unknown field "wieght", must be minReplicas, maxReplicas or weight (did you mean weight?); replicas are placed as without this annotation`,
        ],
      ],
      [
        'several mistakes at once',
        preferring({ 'eu-wset': { weight: '2' }, '*': { maxReplica: 1 } }),
        [
          `${field}: clusters["eu-wset"].weight: must be a whole number from 0 on, and is "2"; clusters["*"]: unknown field "maxReplica", must be minReplicas, maxReplicas or weight (did you mean maxReplicas?); replicas are placed as without this annotation`,
          `${field}: clusters["eu-wset"]: no Cluster has that name (joined: eu-west, us-east; did you mean eu-west?)`,
        ],
      ],
      [
        'what is no JSON',
        { [preferencesKey]: 'eu-west: 2' },
        [
          expect.stringMatching(
            /must be JSON such as .*; replicas are placed as without this annotation$/,
          ) as string,
        ],
      ],
      [
        'a misspelt annotation',
        { 'federation.kubernetes.io/deployment-preference': '{}' },
        [
          `metadata.annotations[federation.kubernetes.io/deployment-preference]: means nothing to the federation; did you mean ${preferencesKey}?`,
        ],
      ],
      ["the mark on a member's copy", { 'federation.kubernetes.io/adopted': 'true' }, []],
      [
        'a switch that is neither on nor off',
        { 'federation.kubernetes.io/adopt': 'yes' },
        [
          'metadata.annotations[federation.kubernetes.io/adopt]: must be "true" or "false", and is "yes"; it counts as "false"',
        ],
      ],
    ])('%s', async (_, annotations, expected) => {
      expect((await create(annotations)).warnings).toEqual(expected)
    })

    test('annotations where they mean nothing', async () => {
      const metadata = { name: 'a', annotations: { ...preferring({}), constructor: 'a' } }
      const [text] = warningsOf(
        await call('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata }),
      )
      expect(text).toBe(`${field}: means nothing on serviceaccounts; it is for deployments.apps`)
      const body = deployment('in-template', {})
      const template = { ...body.spec.template, metadata }
      Object.assign(template.metadata, { labels: { app: 'in-template' }, name: undefined })
      const answer = await call('POST', deployments, { ...body, spec: { ...body.spec, template } })
      expect(warningsOf(answer)).toEqual([
        `spec.template.${field}: means nothing there; did you mean metadata.annotations?`,
      ])
    })

    test('at every write that changes the annotation or the spec, and at no other', async () => {
      const { name } = await create({})
      const path = `${deployments}/${name}`
      const misspelt = { metadata: { annotations: preferring({ '*': { weight: 1 }, eu: {} }) } }
      const unknown = `${field}: clusters["eu"]: no Cluster has that name (joined: eu-west, us-east)`
      const patch = async (body: unknown, type = merge, query = '') =>
        warningsOf(await call('PATCH', path + query, body, type))
      expect(await patch(misspelt)).toEqual([unknown])
      expect(await patch(misspelt)).toEqual([])
      expect(await patch({ metadata: { labels: { a: 'b' } } })).toEqual([])
      expect(await patch({ spec: { paused: true } })).toEqual([unknown])
      const scale = [{ op: 'replace', path: '/spec/replicas', value: 9 }]
      expect(await patch(scale, jsonPatch)).toEqual([unknown])
      const applied = { ...deployment(name, preferring({ '*': {}, us: {} }), 9) }
      const apply = 'application/apply-patch+yaml'
      expect(await patch(applied, apply, '?fieldManager=test&force=true')).toContainEqual(
        `${field}: clusters["us"]: no Cluster has that name (joined: eu-west, us-east)`,
      )
    })

    test('clusters that are not Ready', async () => {
      const stand = async (name: string, conditions: object[]) => {
        const path = `/apis/federation/v1beta1/clusters/${name}/status`
        expect((await call('PATCH', path, { status: { conditions } }, merge)).code).toBe(200)
      }
      const condition = (type: string, status: string) => ({ type, status })
      await stand('eu-west', [condition('Ready', 'Unknown'), condition('Offline', 'True')])
      const onlyEu = preferring({ 'eu-west': { weight: 1 } })
      expect((await create({})).warnings).toEqual([])
      expect((await create(onlyEu)).warnings).toEqual([
        '4 of 4 replicas have no place: eu-west is Offline, us-east is not among the preferences',
      ])
      await stand('us-east', [condition('Ready', 'False'), condition('Offline', 'False')])
      const nowhere =
        'no cluster is Ready: eu-west is Offline, us-east is not Ready; replicas and changes wait until one is, and kubectl describe cluster eu-west says what is wrong'
      const { name, warnings } = await create({})
      expect(warnings).toEqual([nowhere])
      expect((await create(onlyEu)).warnings).toEqual([nowhere])
      expect((await create(preferring({ eu: {}, '*': {} }))).warnings).toEqual([
        nowhere,
        `${field}: clusters["eu"]: no Cluster has that name (joined: eu-west, us-east)`,
      ])
      await stand('us-east', [condition('Ready', 'True')])
      const path = `${deployments}/${name}/scale`
      expect(warningsOf(await call('PATCH', path, { spec: { replicas: 9 } }, merge))).toEqual([])
      await stand('eu-west', [])
      await stand('us-east', [])
    })

    test('scaling beyond the maxima, and no doubt about replicas that run already', async () => {
      const { name } = await create(preferring({ '*': { weight: 1, maxReplicas: 3 } }))
      const scaled = async (of: string, replicas: number) =>
        warningsOf(await call('PATCH', `${deployments}/${of}/scale`, { spec: { replicas } }, merge))
      expect(await scaled(name, 6)).toEqual([])
      expect(await scaled(name, 8)).toEqual([
        '2 of 8 replicas have no place: eu-west may have 3 at most, us-east may have 3 at most',
      ])
      const other = await create(preferring({ 'eu-west': {}, 'us-east': { maxReplicas: 1 } }), 0)
      expect(await scaled(other.name, 2)).toEqual([])
    })
  })
})
