import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pino } from 'pino'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { type Cluster, clusters } from '#apimachinery/schema/federation.ts'
import { kubeconfigCredentials } from '../../../federation-controller/federation/kubeconfig-credentials.ts'
import { MemberClusters } from '../../../federation-controller/federation/member-clusters.ts'
import { tokenClaims } from '../../../federation-controller/federation/token-claims.ts'
import { renewMemberTokens } from '../../../federation-controller/controllers/member-token/member-token-controller.ts'
import { eventually } from '../../framework/eventually.ts'
import {
  conditionOf,
  find,
  namespace,
  namespaces,
  secrets,
  startFederation,
  type TestFederation,
  untilReady,
} from './federation.ts'

const serviceAccounts = { group: '', version: 'v1', resource: 'serviceaccounts' }
const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' }
let federation: TestFederation

beforeAll(async () => {
  federation = await startFederation(['eu-west'])
  await createAccount()
})
afterAll(() => federation[Symbol.asyncDispose]())

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const decoded = (text: unknown): string => Buffer.from(String(text), 'base64').toString('utf8')

const secretData = async (): Promise<Record<string, string>> =>
  ((await find(federation.client, secrets, 'federation-system/eu-west'))?.['data'] ?? {}) as Record<
    string,
    string
  >

const replaceData = (data: Record<string, string | null>) =>
  federation.client.patch(
    secrets,
    { namespace: 'federation-system', name: 'eu-west' },
    { type: 'merge', body: { data } },
  )

const readyMessage = async (): Promise<string | undefined> => {
  const { status } = await federation.client.get<Cluster>(clusters, { name: 'eu-west' })
  return status?.conditions?.find(({ type }) => type === 'Ready')?.message
}

const account: ApiObject = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'kubefed', namespace: 'federation-system' },
}

/** A ServiceAccount of the member with all rights there. */
async function createAccount(): Promise<void> {
  const { client } = federation.member('eu-west')
  await client.create(namespaces, namespace('federation-system'))
  await client.create(serviceAccounts, account)
  await client.create({ ...rbac, resource: 'clusterrolebindings' }, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'kubefed' },
    roleRef: { apiGroup: rbac.group, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'kubefed', namespace: 'federation-system' }],
  } as ApiObject)
}

async function accountToken(): Promise<string> {
  const { client } = federation.member('eu-west')
  const request: ApiObject = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: account.metadata,
    spec: { expirationSeconds: 3600 },
  }
  const { status } = await client.create(serviceAccounts, request, { subresource: 'token' })
  return String(status?.['token'])
}

const tokenKubeconfig = (server: string, ca: string, token: string): string =>
  JSON.stringify({
    clusters: [{ name: 'a', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: 'a', user: { token } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    'current-context': 'a',
  })

describe('credentials', () => {
  let connection = { server: '', ca: '' }

  beforeAll(async () => {
    const embedded = kubeconfigCredentials(decoded((await secretData())['kubeconfig']))
    if (typeof embedded === 'string') throw new Error(embedded)
    connection = { server: federation.member('eu-west').client.server, ca: String(embedded.ca) }
  })

  it('are taken up when they change, without a restart', async () => {
    const { kubeconfig = '' } = await secretData()
    await replaceData({ kubeconfig: base64('{}') })
    await eventually(async () =>
      expect(await readyMessage()).toMatch(/kubeconfig in secret "eu-west" cannot be used/),
    )
    expect(await conditionOf(federation.client, 'eu-west', 'Offline')).toBe('True')
    await replaceData({ kubeconfig: null })
    await eventually(async () =>
      expect(await readyMessage()).toMatch(/has neither token and ca.crt/),
    )
    const wrong = JSON.parse(decoded(kubeconfig)) as { users: { user: object }[] }
    for (const entry of wrong.users) entry.user = { token: 'nobody' }
    await replaceData({ kubeconfig: base64(JSON.stringify(wrong)) })
    await eventually(async () => expect(await readyMessage()).toMatch(/credentials are refused/))
    await replaceData({ kubeconfig })
    await untilReady(federation.client, 'eu-west')
  })

  it.each(['alone', 'within a kubeconfig'])(
    'that are a ServiceAccount token, %s, are renewed at half its life, through the member itself',
    async (how) => {
      const token = await accountToken()
      const { server, ca } = connection
      await replaceData(
        how === 'alone'
          ? { kubeconfig: null, token: base64(token), 'ca.crt': base64(ca) }
          : { kubeconfig: base64(tokenKubeconfig(server, ca, token)), token: null, 'ca.crt': null },
      )
      const storedToken = async (): Promise<string> => {
        const data = await secretData()
        if (data['token'] !== undefined) return decoded(data['token'])
        const found = kubeconfigCredentials(decoded(data['kubeconfig']))
        return typeof found === 'string' ? found : String(found.token)
      }
      const logger = pino({ level: 'silent' })
      const members = new MemberClusters({ client: federation.client, logger })
      const controller = new AbortController()
      const { signal } = controller
      const running = members.run(signal)
      await members.synced
      await eventually(() => expect(members.answers('eu-west')).toBe(true))
      const context = { client: federation.client, members, logger }
      const { issuedAt = 0, expiresAt = 0 } = tokenClaims(token) ?? {}
      expect(expiresAt - issuedAt).toBe(3600)
      await renewMemberTokens(context, { now: (issuedAt + 1790) * 1000, signal })
      expect(await storedToken()).toBe(token)
      // A member that is just being connected to anew is left to the next round.
      await eventually(async () => {
        await renewMemberTokens(context, { now: (issuedAt + 1810) * 1000, signal })
        const claims = tokenClaims(await storedToken())
        expect(claims).toMatchObject({ serviceAccount: 'kubefed' })
        expect(claims?.expiresAt).toBeGreaterThan(expiresAt + 24 * 3600)
      })
      controller.abort()
      await running
      await untilReady(federation.client, 'eu-west')
    },
  )
})
