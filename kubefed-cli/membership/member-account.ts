import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { isNotFound } from '#apimachinery/errors/status-error.ts'
import {
  memberClusterRules,
  memberTokenRules,
  memberTokenSeconds,
} from '#apimachinery/schema/federated-resources.ts'
import { federationUIDAnnotation } from '#apimachinery/schema/federation.ts'
import { type ApiClient, ConnectionError } from '#client/api-client.ts'
import { reasonOf } from '../failure.ts'
import { ensure, type EnsureOptions } from './ensure.ts'
import { find } from './federation.ts'
import type { MemberIdentity } from './identity.ts'
import {
  clusterRoleBindings,
  clusterRoles,
  namespaces,
  roleBindings,
  roles,
  serviceAccounts,
} from './resources.ts'
import type { Rollback } from './rollback.ts'

/** A ServiceAccount token of the member. */
export interface AccountToken {
  readonly token: string
  /** RFC 3339. */
  readonly expires: string
}

const rbacVersion = 'rbac.authorization.k8s.io/v1'
const rbacGroup = 'rbac.authorization.k8s.io'

/** The ServiceAccount and its rights, in the order of making them. */
function accountObjects(id: MemberIdentity): [GroupVersionResource, ApiObject][] {
  const annotations = { ...id.annotations }
  const local = { name: id.serviceAccount, namespace: id.namespace, annotations }
  const wide = { name: id.clusterRole, annotations }
  const subjects = [{ kind: 'ServiceAccount', name: id.serviceAccount, namespace: id.namespace }]
  return [
    [serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: local }],
    [
      clusterRoles,
      { apiVersion: rbacVersion, kind: 'ClusterRole', metadata: wide, rules: memberClusterRules() },
    ],
    [
      clusterRoleBindings,
      {
        apiVersion: rbacVersion,
        kind: 'ClusterRoleBinding',
        metadata: wide,
        subjects,
        roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: id.clusterRole },
      },
    ],
    [
      roles,
      {
        apiVersion: rbacVersion,
        kind: 'Role',
        metadata: local,
        rules: memberTokenRules(id.serviceAccount),
      },
    ],
    [
      roleBindings,
      {
        apiVersion: rbacVersion,
        kind: 'RoleBinding',
        metadata: local,
        subjects,
        roleRef: { apiGroup: rbacGroup, kind: 'Role', name: id.serviceAccount },
      },
    ],
  ]
}

/** Makes the account and its rights in the member, and returns a token for it. */
export async function createAccount(
  client: ApiClient,
  id: MemberIdentity,
  rollback: Rollback,
): Promise<AccountToken> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: id.namespace } }
  await ensure(namespaces, namespace, { client, rollback })
  const isOurs = (object: ApiObject): boolean =>
    object.metadata.annotations?.[federationUIDAnnotation] === id.federationUID
  const options: EnsureOptions = { client, rollback, isOurs }
  for (const [gvr, object] of accountObjects(id)) await ensure(gvr, object, options)
  return requestToken(client, id)
}

async function requestToken(client: ApiClient, id: MemberIdentity): Promise<AccountToken> {
  const answer = await client.create<ApiObject>(
    serviceAccounts,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name: id.serviceAccount, namespace: id.namespace },
      spec: { expirationSeconds: memberTokenSeconds },
    },
    { subresource: 'token' },
  )
  const { token, expirationTimestamp } = answer.status ?? {}
  if (typeof token !== 'string' || token === '')
    throw new Error(`${client.server} gave no token for ServiceAccount "${id.serviceAccount}"`)
  return { token, expires: String(expirationTimestamp) }
}

/** True when the member has the account, and it is this federation's. */
export async function isAccountThere(client: ApiClient, id: MemberIdentity): Promise<boolean> {
  const ref = { name: id.serviceAccount, namespace: id.namespace }
  const account = await find(client.get(serviceAccounts, ref))
  return account?.metadata.annotations?.[federationUIDAnnotation] === id.federationUID
}

/**
 * Takes the account and its rights out of the member; what is not there is no failure. The namespace stays. Returns what
 * could not be deleted, with the reasons; a member that does not answer is asked once.
 */
export async function removeAccount(client: ApiClient, id: MemberIdentity): Promise<string[]> {
  const failures: string[] = []
  for (const [gvr, { metadata }] of accountObjects(id).toReversed()) {
    try {
      await client.delete(gvr, metadata)
    } catch (error) {
      if (error instanceof ConnectionError) return [...failures, error.message]
      if (!isNotFound(error))
        failures.push(`${gvr.resource} "${metadata.name}" not deleted: ${reasonOf(error)}`)
    }
  }
  return failures
}
