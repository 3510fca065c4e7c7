import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { type Cluster, clusters } from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import { createApiClient } from '#client/http-api-client.ts'
import { run } from '../../kubefed-cli/main.ts'
import {
  clusterRoleBindings,
  clusterRoles,
  namespaces,
  roleBindings,
  roles,
  secrets,
  serviceAccounts,
} from '../../kubefed-cli/membership/resources.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { eventually } from '../framework/eventually.ts'

let federation: InProcessServer
let member: InProcessServer
let other: InProcessServer
let folder: string
let kubeconfig: string

const context = (name: string, server: InProcessServer, url = server.server.url) => {
  const [cluster] = server.server.kubeconfig.clusters
  const [user] = server.server.kubeconfig.users
  return {
    clusters: [{ name, cluster: { ...cluster?.cluster, server: url } }],
    users: [{ name, user: user?.user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  }
}

/** The same server by another name. */
const aliasOf = ({ server }: InProcessServer): string =>
  server.url.replace('127.0.0.1', 'localhost')

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'join-'))
  federation = await startInProcess({ federation: true, name: 'federation' })
  member = await startInProcess({ federation: false, name: 'eu-west' })
  other = await startInProcess({ federation: false, name: 'other' })
  const parts = [
    context('federation', federation),
    context('eu-west', member),
    context('alias', member, aliasOf(member)),
    context('other', other),
    context('dead', member, `https://127.0.0.1:${await freePort()}`),
  ]
  kubeconfig = join(folder, 'kubeconfig')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: parts.flatMap((p) => p.clusters),
    users: parts.flatMap((p) => p.users),
    contexts: parts.flatMap((p) => p.contexts),
    'current-context': 'federation',
  }
  await writeFile(kubeconfig, JSON.stringify(config), { mode: 0o600 })
})

afterAll(async () => {
  await Promise.all([federation, member, other].map((server) => server[Symbol.asyncDispose]()))
  await rm(folder, { recursive: true })
})

interface Outcome {
  code: number
  out: string
  err: string
}

async function kubefed(...argv: string[]): Promise<Outcome> {
  const outcome: Outcome = { code: -1, out: '', err: '' }
  outcome.code = await run(argv, {
    out: (text) => void (outcome.out += text),
    err: (text) => void (outcome.err += text),
    env: { KUBECONFIG: kubeconfig, HOME: folder },
    signal: new AbortController().signal,
  })
  return outcome
}

const names = async (client: ApiClient, gvr: GroupVersionResource): Promise<string[]> =>
  (await client.list<ApiObject>(gvr)).items.map((o) => o.metadata.name)

const accountKinds = [serviceAccounts, clusterRoles, clusterRoleBindings, roles, roleBindings]

/** Names of everything in the member that join could have made. */
async function ownInMember(): Promise<string[]> {
  const all = await Promise.all(accountKinds.map((gvr) => names(member.client, gvr)))
  return all.flat().filter((name) => name.includes('federation-'))
}

const clusterIDOf = async ({ client }: InProcessServer): Promise<string> =>
  (await client.get(namespaces, { name: 'kube-system' })).metadata.uid ?? ''

/** What the federation's controller does when it has probed the member. */
const noteClusterID = (name: string, clusterID: string): Promise<ApiObject> =>
  federation.client.patch(
    clusters,
    { name },
    { type: 'merge', body: { status: { clusterID } } },
    { subresource: 'status' },
  )

const credentials = { namespace: 'federation-system', name: 'eu-west-credentials' }

beforeEach(async () => {
  for (const name of await names(federation.client, clusters))
    expect((await kubefed('unjoin', name, '--cluster-context=eu-west')).code).toBe(0)
  expect(await ownInMember()).toEqual([])
})

describe('join', () => {
  test('makes an account in the member, and a Secret and a Cluster in the federation', async () => {
    const outcome = await kubefed(
      'join',
      'eu-west',
      '--host-cluster-context=federation',
      '--wait=0',
    )
    expect(outcome).toEqual({ code: 0, out: 'cluster "eu-west" created\n', err: '' })
    const cluster = await federation.client.get<Cluster>(clusters, { name: 'eu-west' })
    expect(cluster.spec).toEqual({
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: member.server.url }],
      secretRef: { name: 'eu-west-credentials' },
    })
    const secret = await federation.client.get(secrets, credentials)
    const data = secret['data'] as Record<string, string>
    const decode = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString()
    expect(secret['type']).toBe('Opaque')
    expect(Object.keys(data).sort()).toEqual(['ca.crt', 'token'])
    expect(decode('ca.crt')).toBe(member.server.caCertificate)
    expect(JSON.stringify(secret)).not.toContain(
      member.server.kubeconfig.users[0]?.user['client-key-data'],
    )
    const [, claims] = decode('token').split('.')
    expect(JSON.parse(Buffer.from(claims ?? '', 'base64url').toString())).toMatchObject({
      sub: expect.stringMatching(/^system:serviceaccount:federation-system:federation-eu-west-/),
    })
    await using own = createApiClient({
      server: member.server.url,
      credentials: { token: decode('token'), ca: decode('ca.crt') },
    })
    expect(await names(own, namespaces)).toContain('federation-system')
    expect(await ownInMember()).toHaveLength(5)
  })

  test('says when the cluster is Ready', async () => {
    const joining = kubefed('join', 'eu-west', '--wait=30s')
    await eventually(() => federation.client.get(clusters, { name: 'eu-west' }))
    const conditions = [{ type: 'Ready', status: 'True' }]
    await federation.client.patch(
      clusters,
      { name: 'eu-west' },
      { type: 'merge', body: { status: { conditions, version: 'v1.36.3', region: 'eu' } } },
      { subresource: 'status' },
    )
    expect(await joining).toEqual({
      code: 0,
      out: 'cluster "eu-west" created\ncluster "eu-west" is Ready (v1.36.3, eu)\n',
      err: '',
    })
  })

  test('a cluster that is not Ready in time is a warning', async () => {
    const outcome = await kubefed('join', 'eu-west', '--wait=300ms')
    expect(outcome.code).toBe(0)
    expect(outcome.err).toMatch(/^Warning: cluster "eu-west" is not Ready yet: /)
  })

  test('a joined cluster is refused, under its name and under another', async () => {
    await kubefed('join', 'eu-west', '--wait=0')
    const before = await federation.client.get(clusters, { name: 'eu-west' })
    const again = await kubefed('join', 'eu-west')
    expect(again.code).toBe(1)
    expect(again.err).toBe(
      `error: cluster "eu-west" is already joined (${member.server.url}, not Ready): take it out with "kubefed unjoin eu-west" first, or join under another name\n`,
    )
    const other = await kubefed('join', 'second', '--cluster-context=eu-west')
    expect(other.err).toContain(`${member.server.url} is already joined as "eu-west"`)
    const elsewhere = await kubefed('join', 'third', '--cluster-context=alias')
    expect(elsewhere.err).toContain(
      `${aliasOf(member)} is already joined as "eu-west", under another address`,
    )
    expect(elsewhere.code).toBe(1)
    expect(await federation.client.get(clusters, { name: 'eu-west' })).toEqual(before)
  })

  test('as another user, with the rights of that one', async () => {
    const poor = await kubefed('join', 'eu-west', '--as=jane')
    expect(poor.code).toBe(1)
    expect(poor.err).toMatch(/forbidden: User "jane" cannot list|this user may not create/)
    const groups = ['--as-group=staff', '--as-group=system:masters']
    const flags = ['--wait=0', '-o', 'wide', '--show-labels', '--no-headers', '--save-config']
    const rich = await kubefed('join', 'eu-west', '--as=jane', ...groups, ...flags)
    expect(rich).toMatchObject({ code: 0, err: '' })
    expect(rich.out).toBe(
      `eu-west   NotReady   <unknown>   <none>   <none>   ${member.server.url}   <none>\n`,
    )
    const cluster = await federation.client.get<Cluster>(clusters, { name: 'eu-west' })
    const saved = cluster.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration']
    expect(JSON.parse(saved ?? '')).toMatchObject({ kind: 'Cluster', spec: cluster.spec })
    expect(await kubefed('unjoin', 'eu-west', '--as-group=a')).toMatchObject({
      code: 1,
      err: expect.stringContaining('name one with --as'),
    })
  })

  test('a member that somebody made a Cluster of by hand is known by its identity', async () => {
    const uid = await clusterIDOf(member)
    const byHand: Cluster = {
      apiVersion: 'federation/v1beta1',
      kind: 'Cluster',
      metadata: { name: 'by-hand' },
      spec: {
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: aliasOf(member) }],
      },
    }
    await federation.client.create(clusters, byHand)
    await noteClusterID('by-hand', uid)
    const outcome = await kubefed('join', 'eu-west')
    expect(outcome.err).toContain(
      `already joined as "by-hand", under another address: the UID of its namespace kube-system is ${uid}`,
    )
    expect(outcome.code).toBe(1)
    expect(await ownInMember()).toEqual([])
  })

  test.each([
    [
      ['join', 'dead'],
      /cluster "dead" at https:\/\/127.0.0.1:\d+ cannot be reached: .*ECONNREFUSED.* Check that it runs/,
    ],
    [
      ['join', 'nowhere'],
      /cluster context "nowhere" not found in .*contexts there: alias, dead, eu-west, federation, other. Choose one with --cluster-context/,
    ],
    [
      ['join', 'eu-west', '--host-cluster-context=host'],
      /"host" not found in .*contexts there: alias, dead, eu-west, federation/,
    ],
    [['join', 'eu-west', '--context=nix'], /there is no context "nix"/],
    [
      ['join', 'eu-west', '--context=eu-west'],
      /is no federation: it does not serve federation\/v1beta1/,
    ],
    [['join', 'federation'], /is the federation itself/],
    [
      ['join', 'eu-west', '--context=dead'],
      /the federation at https:\/\/127.0.0.1:\d+ cannot be reached/,
    ],
    [['join', 'eu-west', '--kubeconfig=/nonexistent/config'], /nonexistent/],
  ])('%j is refused before anything is made', async (argv, message) => {
    const outcome = await kubefed(...argv)
    expect(outcome.code).toBe(1)
    expect(outcome.err).toMatch(message)
    expect(outcome.out).toBe('')
    expect(await names(federation.client, clusters)).toEqual([])
    expect(await ownInMember()).toEqual([])
  })

  test('a dry run makes nothing', async () => {
    const outcome = await kubefed('join', 'eu-west', '--dry-run')
    expect(outcome).toEqual({ code: 0, out: 'cluster "eu-west" created (dry run)\n', err: '' })
    expect(await ownInMember()).toEqual([])
    expect(await names(federation.client, clusters)).toEqual([])
  })

  test('what was made is taken back when a later step fails', async () => {
    const metadata = { ...credentials, name: 'mine' }
    await federation.client.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata })
    const outcome = await kubefed('join', 'eu-west', '--secret-name=mine')
    expect(outcome.code).toBe(1)
    expect(outcome.err).toMatch(/secrets "mine" exists at .* and is not of this federation/)
    expect(await ownInMember()).toEqual([])
    expect(await names(federation.client, clusters)).toEqual([])
    await federation.client.delete(secrets, metadata)
  })

  test('a context that is misspelt is an error, before anything is removed', async () => {
    await kubefed('join', 'eu-west', '--wait=0')
    const outcome = await kubefed('unjoin', 'eu-west', '--cluster-context=eu-wset')
    expect(outcome).toMatchObject({ code: 1, out: '' })
    expect(outcome.err).toMatch(/^error: cluster context "eu-wset" not found in .*eu-west/)
    expect(await names(federation.client, clusters)).toEqual(['eu-west'])
  })

  test('a run after one that was cut short goes on with what is there', async () => {
    await kubefed('join', 'eu-west', '--wait=0')
    const account = await ownInMember()
    await federation.client.delete(clusters, { name: 'eu-west' })
    const outcome = await kubefed('join', 'eu-west', '--wait=0', '-o', 'name')
    expect(outcome).toEqual({ code: 0, out: 'cluster.federation/eu-west\n', err: '' })
    expect(await ownInMember()).toEqual(account)
  })

  test('given credentials are stored as they are, and no account is made', async () => {
    const outcome = await kubefed(
      'join',
      'eu-west',
      '--wait=0',
      `--credentials-kubeconfig=${kubeconfig}`,
    )
    expect(outcome.code).toBe(0)
    const secret = await federation.client.get(secrets, credentials)
    expect(Object.keys(secret['data'] ?? {})).toEqual(['kubeconfig'])
    expect(await ownInMember()).toEqual([])
  })
})

describe('unjoin', () => {
  test('leaves nothing of its own, and the namespaces that were there', async () => {
    await kubefed('join', 'eu-west', '--wait=0')
    const outcome = await kubefed('unjoin', 'eu-west', '--host-cluster-context=federation')
    expect(outcome).toEqual({
      code: 0,
      out: 'Successfully removed cluster "eu-west" from federation\n',
      err: '',
    })
    expect(await ownInMember()).toEqual([])
    expect(await names(federation.client, clusters)).toEqual([])
    expect(await names(federation.client, secrets)).not.toContain('eu-west-credentials')
    expect(await names(member.client, namespaces)).toContain('federation-system')
  })

  test('a cluster that nobody joined', async () => {
    await kubefed('join', 'eu-west', '--wait=0')
    const outcome = await kubefed('unjoin', 'us-east')
    expect(outcome).toEqual({
      code: 1,
      out: '',
      err: 'error: cluster "us-east" not found in federation; clusters there: eu-west\n',
    })
  })

  test('a member that is away is a warning that says what is left, and how to remove it', async () => {
    await kubefed('join', 'eu-west', '--wait=0')
    const outcome = await kubefed('unjoin', 'eu-west', '--cluster-context=dead')
    expect(outcome.code).toBe(0)
    expect(outcome.out).toBe('Successfully removed cluster "eu-west" from federation\n')
    expect(outcome.err).toMatch(
      /^Warning: .*ECONNREFUSED.*still there; remove it with:\n {2}kubectl --context=dead delete clusterrole/,
    )
    expect(await names(federation.client, clusters)).toEqual([])
    expect(await ownInMember()).toHaveLength(5)
    await kubefed('join', 'eu-west', '--wait=0')
  })

  test('a context that is misspelt is an error, before anything is removed', async () => {
    await kubefed('join', 'eu-west', '--wait=0')
    const outcome = await kubefed('unjoin', 'eu-west', '--cluster-context=eu-wset')
    expect(outcome).toMatchObject({ code: 1, out: '' })
    expect(outcome.err).toMatch(/^error: cluster context "eu-wset" not found in .*eu-west/)
    expect(await names(federation.client, clusters)).toEqual(['eu-west'])
  })

  test('a context that leads to another cluster is an error, before anything is removed', async () => {
    await kubefed('join', 'eu-west', '--wait=0')
    const [own, others] = [await clusterIDOf(member), await clusterIDOf(other)]
    await noteClusterID('eu-west', own)
    const account = await ownInMember()
    const outcome = await kubefed('unjoin', 'eu-west', '--cluster-context=other')
    expect(outcome).toMatchObject({ code: 1, out: '' })
    expect(outcome.err).toBe(
      `error: context "other" is not that of cluster "eu-west": it leads to the cluster at ${other.server.url} (UID of its namespace kube-system: ${others}), while "eu-west" is at ${member.server.url} (${own}). Nothing was removed. Name the context of "eu-west" with --cluster-context; when that cluster is gone, take it out with "kubectl delete cluster eu-west" at the federation\n`,
    )
    expect(await names(federation.client, clusters)).toEqual(['eu-west'])
    expect(await names(federation.client, secrets)).toContain('eu-west-credentials')
    expect(await ownInMember()).toEqual(account)
    const byAlias = await kubefed('unjoin', 'eu-west', '--cluster-context=alias')
    expect(byAlias).toMatchObject({ code: 0, err: '' })
    expect(await ownInMember()).toEqual([])
  })

  test('a context that leads to another member is an error before the cluster is probed, too', async () => {
    await kubefed('join', 'other', '--wait=0')
    await noteClusterID('other', await clusterIDOf(other))
    await kubefed('join', 'eu-west', '--wait=0')
    const outcome = await kubefed('unjoin', 'eu-west', '--cluster-context=other')
    expect(outcome).toMatchObject({ code: 1, out: '' })
    expect(outcome.err).toContain(`at ${other.server.url}, joined as "other" (UID`)
    expect(outcome.err).toContain(`while "eu-west" is at ${member.server.url} (not known yet)`)
    expect(await ownInMember()).toHaveLength(5)
    expect((await kubefed('unjoin', 'other')).code).toBe(0)
  })

  test('a member that was made anew at its address can be taken out', async () => {
    await kubefed('join', 'eu-west', '--wait=0')
    await noteClusterID('eu-west', 'of-an-earlier-time')
    expect(await kubefed('unjoin', 'eu-west')).toMatchObject({ code: 0, err: '' })
    expect(await ownInMember()).toEqual([])
  })

  test('a run after one that was cut short does what is left', async () => {
    await kubefed('join', 'eu-west', '--wait=0')
    await federation.client.delete(clusters, { name: 'eu-west' })
    expect((await kubefed('unjoin', 'eu-west')).code).toBe(0)
    expect(await ownInMember()).toEqual([])
    expect(await names(federation.client, secrets)).not.toContain('eu-west-credentials')
    expect((await kubefed('unjoin', 'eu-west')).code).toBe(1)
  })

  test('what a Cluster left in the member that was deleted with its Secret', async () => {
    await kubefed('join', 'eu-west', '--wait=0')
    await federation.client.delete(clusters, { name: 'eu-west' })
    await federation.client.delete(secrets, credentials)
    expect((await kubefed('unjoin', 'eu-west')).code).toBe(0)
    expect(await ownInMember()).toEqual([])
    expect((await kubefed('unjoin', 'eu-west')).code).toBe(1)
  })
})

test('version asks the federation', async () => {
  const outcome = await kubefed('version', '-o', 'json')
  expect(JSON.parse(outcome.out)).toMatchObject({
    clientVersion: { gitVersion: expect.stringMatching(/^v\d/) },
    serverVersion: { gitVersion: expect.stringMatching(/^v1\./) },
  })
})
