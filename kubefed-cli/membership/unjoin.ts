import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { isNotFound } from '#apimachinery/errors/status-error.ts'
import {
  type Cluster,
  clusters,
  federationSystemNamespace,
} from '#apimachinery/schema/federation.ts'
import { type ApiClient, ConnectionError } from '#client/api-client.ts'
import { delay } from '#client/back-off.ts'
import { type Kubeconfig, resolveContext } from '#client/kubeconfig.ts'
import { clientOf, federationContext, readKubeconfig } from '../clients.ts'
import { reasonOf } from '../failure.ts'
import type { IOStreams } from '../io-streams.ts'
import { requireContext } from './contexts.ts'
import { federationUID, find, findCluster, listClusters } from './federation.ts'
import type { MembershipOptions } from './flags.ts'
import {
  accountNamespaceAnnotation,
  clusterNameAnnotation,
  memberIdentity,
  type MemberIdentity,
  secretNameOf,
  serviceAccountAnnotation,
} from './identity.ts'
import { isAccountThere, removeAccount } from './member-account.ts'
import { checkFederation, checkIsMember, clusterIDOf } from './preflight.ts'
import { secrets } from './resources.ts'

/** What the federation has of one cluster. Either may be missing after a run that was cut short. */
interface Membership {
  readonly cluster: Cluster | undefined
  readonly secret: ApiObject | undefined
}

async function findMembership(federation: ApiClient, name: string): Promise<Membership> {
  const cluster = await findCluster(federation, name)
  const secretName = cluster === undefined ? secretNameOf(name) : cluster.spec.secretRef?.name
  if (secretName === undefined) return { cluster, secret: undefined }
  const ref = { namespace: federationSystemNamespace, name: secretName }
  const secret = await find(federation.get(secrets, ref))
  const isOfCluster =
    cluster !== undefined || secret?.metadata.annotations?.[clusterNameAnnotation] === name
  return { cluster, secret: isOfCluster ? secret : undefined }
}

async function notFound(federation: ApiClient, name: string): Promise<Error> {
  const names = (await listClusters(federation)).map((c) => c.metadata.name)
  return new Error(
    `cluster "${name}" not found in federation; ${names.length === 0 ? 'no cluster is joined' : `clusters there: ${names.join(', ')}`}`,
  )
}

const goneMs = 10_000
const pollMs = 200

/** Deletes the Cluster and waits, as long as is reasonable, for its finalizers. */
async function removeCluster(federation: ApiClient, name: string, io: IOStreams): Promise<void> {
  await federation.delete(clusters, { name }).catch(unlessNotFound)
  const deadline = performance.now() + goneMs
  while (!io.signal.aborted) {
    const cluster = await findCluster(federation, name)
    if (cluster === undefined) return
    if (performance.now() > deadline) {
      const finalizers = cluster.metadata.finalizers?.join(', ') ?? 'none'
      io.err(`Warning: cluster "${name}" is still being deleted (finalizers: ${finalizers})\n`)
      return
    }
    await delay(pollMs, io.signal)
  }
}

function unlessNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}

const byHand = (id: MemberIdentity, context: string): string =>
  [
    `kubectl --context=${context} delete clusterrole,clusterrolebinding "${id.clusterRole}"`,
    `kubectl --context=${context} -n ${id.namespace} delete serviceaccount,role,rolebinding "${id.serviceAccount}"`,
  ]
    .map((line) => `  ${line}\n`)
    .join('')

async function memberClient(config: Kubeconfig, options: MembershipOptions): Promise<ApiClient> {
  requireContext(config, options.clusterContext, 'cluster-context')
  const context = resolveContext(config, options.clusterContext)
  return clientOf(context, options.connection.timeoutMs)
}

/** What --cluster-context leads to. Empty when that is not known; `away`: it does not answer. */
interface Behind {
  readonly server?: string
  readonly clusterID?: string | undefined
  readonly away?: ConnectionError
}

async function lookBehind(config: Kubeconfig, options: MembershipOptions): Promise<Behind> {
  try {
    await using member = await memberClient(config, options)
    return { server: member.server, clusterID: await clusterIDOf(member) }
  } catch (error) {
    // Any other failure comes again when the account is to be removed, and is told then.
    return error instanceof ConnectionError ? { away: error } : {}
  }
}

/** Throws when --cluster-context leads to another cluster. Returns why the member does not answer, so that it is asked once. */
async function checkContext(
  config: Kubeconfig,
  options: MembershipOptions,
  { federation, cluster }: { federation: ApiClient; cluster: Cluster },
): Promise<ConnectionError | undefined> {
  const { server, clusterID, away } = await lookBehind(config, options)
  if (server !== undefined && clusterID !== undefined) {
    const target = { context: options.clusterContext, server, clusterID }
    checkIsMember(cluster, target, await listClusters(federation))
  }
  return away
}

/** Takes our account out of the member; a member that cannot be reached or will not is a warning, with what is left to do. */
async function cleanMember(
  config: Kubeconfig,
  options: MembershipOptions,
  { id, away, io }: { id: MemberIdentity; away: ConnectionError | undefined; io: IOStreams },
): Promise<void> {
  const { name, clusterContext } = options
  const context = config.contexts.has(clusterContext) ? clusterContext : 'CONTEXT'
  const warn = (why: string): void =>
    io.err(
      `Warning: ${why}. What the federation had in cluster "${name}" is still there; remove it with:\n${byHand(id, context)}`,
    )
  try {
    if (away !== undefined) throw away
    await using member = await memberClient(config, options)
    const failures = await removeAccount(member, id)
    if (failures.length > 0) warn(failures.join('; '))
  } catch (error) {
    warn(reasonOf(error))
  }
}

/** The Cluster was deleted without unjoin, which took its Secret along; what join made in the member tells of it. */
async function isAccountLeft(
  config: Kubeconfig,
  options: MembershipOptions,
  id: MemberIdentity,
): Promise<boolean> {
  if (!config.contexts.has(options.clusterContext)) return false
  await using member = await memberClient(config, options)
  return await isAccountThere(member, id).catch(() => false)
}

function identityOf(
  options: MembershipOptions,
  secret: ApiObject | undefined,
  uid: string,
): MemberIdentity {
  const noted = secret?.metadata.annotations?.[accountNamespaceAnnotation]
  return memberIdentity(options.name, uid, noted ?? options.systemNamespace)
}

/**
 * Takes a cluster out of the federation: first the Cluster, so that nothing is written there any more, then our account in the
 * member, and last its Secret, by which a later run knows that something is left. Objects that the federation put into the member stay. A run after one that was cut short
 * does what is left. A context that is known to lead to another cluster is an error before anything is removed.
 */
export async function unjoin(options: MembershipOptions, io: IOStreams): Promise<void> {
  const config = await readKubeconfig(options.connection)
  if (options.hostClusterContext !== undefined)
    requireContext(config, options.hostClusterContext, 'host-cluster-context')
  // Who names a context means it; without the flag, a cluster that is in no kubeconfig any more can be taken out all the same.
  if (options.clusterContext !== options.name)
    requireContext(config, options.clusterContext, 'cluster-context')
  const { timeoutMs } = options.connection
  await using federation = await clientOf(federationContext(config, options.connection), timeoutMs)
  await checkFederation(federation)
  const { cluster, secret } = await findMembership(federation, options.name)
  const id = identityOf(options, secret, (await federationUID(federation)) ?? '')
  if (cluster === undefined && secret === undefined && !(await isAccountLeft(config, options, id)))
    throw await notFound(federation, options.name)
  // An account of ours is in the member unless the user gave credentials.
  const hasAccount =
    secret === undefined || secret.metadata.annotations?.[serviceAccountAnnotation] !== undefined
  const away =
    cluster !== undefined && hasAccount
      ? await checkContext(config, options, { federation, cluster })
      : undefined
  if (cluster !== undefined) await removeCluster(federation, options.name, io)
  if (hasAccount) await cleanMember(config, options, { id, away, io })
  if (secret !== undefined) await federation.delete(secrets, secret.metadata).catch(unlessNotFound)
  io.out(`Successfully removed cluster "${options.name}" from federation\n`)
}
