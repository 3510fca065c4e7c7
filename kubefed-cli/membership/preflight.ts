import { isForbidden, isNotFound, StatusError } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  type Cluster,
  federationSystemNamespace,
  federationUIDAnnotation,
} from '#apimachinery/schema/federation.ts'
import { type ApiClient, ConnectionError } from '#client/api-client.ts'
import { reasonOf } from '../failure.ts'
import { isReady, listClusters } from './federation.ts'
import { clusterNameAnnotation, type MemberIdentity } from './identity.ts'
import { accessReviews, namespaces, serviceAccounts } from './resources.ts'

const notReached = (what: string, client: ApiClient, error: unknown, wayOut: string): Error =>
  new Error(`${what} at ${client.server} cannot be reached: ${reasonOf(error)}. ${wayOut}`, {
    cause: error,
  })

/** Throws unless the server is there and is a federation's. */
export async function checkFederation(client: ApiClient): Promise<void> {
  const wayOut =
    'Check that it runs, and that --context names the context of the federation in the kubeconfig.'
  let status: number
  try {
    status = (await client.raw('/apis/federation/v1beta1')).status
  } catch (error) {
    throw notReached('the federation', client, error, wayOut)
  }
  if (status === 401)
    throw new Error(`the federation at ${client.server} does not know this user (401). ${wayOut}`)
  if (status === 404)
    throw new Error(
      `${client.server} is no federation: it does not serve federation/v1beta1. ${wayOut}`,
    )
}

/** Throws when the name, or the member's address under another name, is part of the federation. */
export async function checkNotJoined(
  client: ApiClient,
  name: string,
  server: string,
): Promise<void> {
  if (sameServer(client.server, server))
    throw new Error(
      `cluster "${name}" at ${server} is the federation itself: --cluster-context must name the context of a member cluster`,
    )
  for (const cluster of await listClusters(client)) {
    if (cluster.metadata.name === name)
      throw new Error(
        `cluster "${name}" is already joined (${addressesOf(cluster).join(', ')}, ${isReady(cluster) ? 'Ready' : 'not Ready'}): take it out with "kubefed unjoin ${name}" first, or join under another name`,
      )
    if (addressesOf(cluster).some((address) => sameServer(address, server)))
      throw new Error(
        `the cluster at ${server} is already joined as "${cluster.metadata.name}": take it out with "kubefed unjoin ${cluster.metadata.name}" first`,
      )
  }
}

/**
 * Throws when the member is part of the federation under another name and another address: its copies would be written
 * twice. The UID of its namespace kube-system tells, as soon as the federation has probed it, and the account of the first
 * join; without the right to see either, nothing is known.
 */
export async function checkNotJoinedElsewhere(
  federation: ApiClient,
  member: ApiClient,
  { cluster, federationUID, namespace }: MemberIdentity,
): Promise<void> {
  const there = await listClusters(federation)
  const clusterID = await clusterIDOf(member)
  const twin = there.find(
    ({ status }) => clusterID !== undefined && status?.clusterID === clusterID,
  )
  if (twin !== undefined)
    throw new Error(
      `the cluster at ${member.server} is already joined as "${twin.metadata.name}", under another address: the UID of its namespace kube-system is ${clusterID}. Take it out with "kubefed unjoin ${twin.metadata.name}" first`,
    )
  const joined = new Set(there.map(({ metadata }) => metadata.name))
  for (const { metadata } of await accountsIn(member, namespace)) {
    const other = metadata.annotations?.[clusterNameAnnotation] ?? cluster
    const isOurs = metadata.annotations?.[federationUIDAnnotation] === federationUID
    if (isOurs && other !== cluster && joined.has(other))
      throw new Error(
        `the cluster at ${member.server} is already joined as "${other}", under another address: it has the ServiceAccount "${namespace}/${metadata.name}" of that join. Take it out with "kubefed unjoin ${other}" first, or delete that account if it is left from an earlier time`,
      )
  }
}

/** UID of the namespace kube-system, which tells clusters apart. */
export async function clusterIDOf(member: ApiClient): Promise<string | undefined> {
  try {
    return (await member.get(namespaces, { name: 'kube-system' })).metadata.uid
  } catch (error) {
    if (isForbidden(error) || isNotFound(error)) return undefined
    throw error
  }
}

async function accountsIn(member: ApiClient, namespace: string): Promise<ApiObject[]> {
  try {
    return (await member.list(serviceAccounts, { namespace })).items
  } catch (error) {
    if (isForbidden(error) || isNotFound(error)) return []
    throw error
  }
}

/** What a context of the kubeconfig leads to. */
export interface ContextTarget {
  readonly context: string
  readonly server: string
  /** UID of its namespace kube-system. */
  readonly clusterID: string
}

/**
 * Throws when the target is known to be another cluster than the joined one, by the IDs that the federation has noted of it
 * and of the others (`there`). A cluster that was made anew at the joined address is the member all the same.
 */
export function checkIsMember(cluster: Cluster, target: ContextTarget, there: Cluster[]): void {
  const { name } = cluster.metadata
  const { context, server, clusterID } = target
  const addresses = addressesOf(cluster)
  if (addresses.some((address) => sameServer(address, server))) return
  const known = cluster.status?.clusterID
  if (known === clusterID) return
  const other = there.find(
    ({ metadata, status }) => metadata.name !== name && status?.clusterID === clusterID,
  )
  if (known === undefined && other === undefined) return
  const joinedAs = other === undefined ? '' : `, joined as "${other.metadata.name}"`
  const uid = known ?? 'not known yet'
  throw new Error(
    `context "${context}" is not that of cluster "${name}": it leads to the cluster at ${server}${joinedAs} (UID of its namespace kube-system: ${clusterID}), while "${name}" is at ${addresses.join(', ')} (${uid}). Nothing was removed. Name the context of "${name}" with --cluster-context; when that cluster is gone, take it out with "kubectl delete cluster ${name}" at the federation`,
  )
}

const addressesOf = (cluster: Cluster): string[] =>
  cluster.spec.serverAddressByClientCIDRs.map((entry) => entry.serverAddress)

/** Addresses without a scheme are HTTPS ones. */
function sameServer(a: string, b: string): boolean {
  const origin = (text: string): string => {
    const url = /^https?:\/\//.test(text) ? text : `https://${text}`
    return URL.canParse(url) ? new URL(url).href.replace(/\/$/, '') : text
  }
  return origin(a) === origin(b)
}

/** Throws unless the member's API server answers and knows us. Returns its version. */
export async function checkMember(
  client: ApiClient,
  name: string,
  context: string,
): Promise<string> {
  const wayOut = `Check that it runs, and the cluster and user of context "${context}" in the kubeconfig.`
  try {
    const { status, body } = await client.raw('/version')
    if (status === 401)
      throw new Error(
        `cluster "${name}" at ${client.server} does not know this user (401). ${wayOut}`,
      )
    if (status !== 200)
      throw new Error(
        `cluster "${name}" at ${client.server} answers ${status} to /version. ${wayOut}`,
      )
    const version = JSON.parse(body.toString('utf8')) as { gitVersion?: string }
    return version.gitVersion ?? 'unknown'
  } catch (error) {
    if (error instanceof ConnectionError)
      throw notReached(`cluster "${name}"`, client, error, wayOut)
    throw error
  }
}

/** authorization.k8s.io/v1 ResourceAttributes. */
interface Right {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
}

const rbac = 'rbac.authorization.k8s.io'

export const memberRights = (namespace: string): Right[] => [
  { verb: 'create', group: '', resource: 'namespaces' },
  { verb: 'create', group: '', resource: 'serviceaccounts', namespace },
  { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token', namespace },
  { verb: 'create', group: rbac, resource: 'clusterroles' },
  { verb: 'create', group: rbac, resource: 'clusterrolebindings' },
  { verb: 'create', group: rbac, resource: 'roles', namespace },
  { verb: 'create', group: rbac, resource: 'rolebindings', namespace },
]

export const federationRights: readonly Right[] = [
  { verb: 'create', group: 'federation', resource: 'clusters' },
  { verb: 'create', group: '', resource: 'secrets', namespace: federationSystemNamespace },
]

const describeRight = (right: Right): string =>
  `${right.verb} ${right.resource}${right.subresource === undefined ? '' : `/${right.subresource}`}${right.namespace === undefined ? '' : ` in namespace ${right.namespace}`}`

/** Throws an Error that names the rights that the user lacks. */
export async function checkRights(
  client: ApiClient,
  what: string,
  rights: readonly Right[],
): Promise<void> {
  const allowed = await Promise.all(rights.map((right) => isAllowed(client, right)))
  const missing = rights.filter((_, i) => allowed[i] === false).map(describeRight)
  if (missing.length > 0)
    throw new Error(
      `this user may not ${missing.join(', ')} at ${what} (${client.server}): use a context with more rights, such as a cluster-admin's`,
    )
}

/** A server that does not answer access reviews is taken at its word later: undefined. */
async function isAllowed(client: ApiClient, right: Right): Promise<boolean | undefined> {
  try {
    const review = await client.create<ApiObject>(accessReviews, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      metadata: { name: '' },
      spec: { resourceAttributes: { ...right } },
    })
    return review.status?.['allowed'] === true
  } catch (error) {
    if (error instanceof StatusError && error.code === 404) return undefined
    throw error
  }
}
