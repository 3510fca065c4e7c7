import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { federationSystemNamespace, type Cluster } from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import { delay } from '#client/back-off.ts'
import {
  credentialsOf,
  type Kubeconfig,
  loadKubeconfig,
  type ResolvedContext,
  resolveContext,
} from '#client/kubeconfig.ts'
import { createApiClient } from '#client/http-api-client.ts'
import { clientOf, federationContext, readKubeconfig } from '../clients.ts'
import { reasonOf } from '../failure.ts'
import type { IOStreams } from '../io-streams.ts'
import { requireContext } from './contexts.ts'
import { ensure } from './ensure.ts'
import { federationUID, waitForReady } from './federation.ts'
import type { MembershipOptions } from './flags.ts'
import { type MemberIdentity, memberIdentity } from './identity.ts'
import { createAccount } from './member-account.ts'
import {
  checkFederation,
  checkMember,
  checkNotJoined,
  checkNotJoinedElsewhere,
  checkRights,
  federationRights,
  memberRights,
} from './preflight.ts'
import {
  accountCredentials,
  clusterObject,
  kubeconfigCredentials,
  type MemberCredentials,
  register,
  registrationAnnotations,
} from './registration.ts'
import { namespaces } from './resources.ts'
import { Rollback } from './rollback.ts'
import { standaloneKubeconfig } from './standalone-kubeconfig.ts'

export interface JoinOptions extends MembershipOptions {
  readonly secretName: string
  readonly dryRun: boolean
  /** Keep the Cluster as it was made in kubectl's annotation. */
  readonly saveConfig: boolean
  /** Milliseconds; 0: do not wait for Ready. */
  readonly waitMs: number
}

/** Both sides of a join. */
interface Sides extends AsyncDisposable {
  readonly federation: ApiClient
  readonly member: ApiClient
  readonly memberContext: ResolvedContext
}

async function openSides(config: Kubeconfig, options: JoinOptions): Promise<Sides> {
  const { timeoutMs } = options.connection
  const memberContext = resolveContext(config, options.clusterContext)
  const federation = await clientOf(federationContext(config, options.connection), timeoutMs)
  const member = await clientOf(memberContext, timeoutMs)
  return {
    federation,
    member,
    memberContext,
    async [Symbol.asyncDispose]() {
      await Promise.all([federation[Symbol.asyncDispose](), member[Symbol.asyncDispose]()])
    },
  }
}

/** Everything that can be known before the first write. */
async function preflight(sides: Sides, options: JoinOptions): Promise<void> {
  const { federation, member, memberContext } = sides
  const { name } = options
  await checkFederation(federation)
  await checkNotJoined(federation, name, member.server)
  await checkRights(federation, 'the federation', federationRights)
  await checkMember(member, name, memberContext.name)
  if (options.credentialsKubeconfig === undefined)
    await checkRights(member, `cluster "${name}"`, memberRights(options.systemNamespace))
  const uid = await federationUID(federation)
  if (uid !== undefined)
    await checkNotJoinedElsewhere(
      federation,
      member,
      memberIdentity(name, uid, options.systemNamespace),
    )
}

/** The federation's UID; its namespace is made when it is new. */
async function ensureFederationUID(federation: ApiClient): Promise<string> {
  const known = await federationUID(federation)
  if (known !== undefined) return known
  const namespace: ApiObject = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: federationSystemNamespace },
  }
  // It is the federation's own, so a rollback leaves it.
  const made = await ensure(namespaces, namespace, {
    client: federation,
    rollback: new Rollback(),
  })
  return made.metadata.uid ?? ''
}

interface Step {
  readonly sides: Sides
  readonly options: JoinOptions
  readonly identity: MemberIdentity
  readonly rollback: Rollback
  readonly signal: AbortSignal
}

async function givenCredentials(path: string, context: string): Promise<MemberCredentials> {
  const config = await loadKubeconfig([path])
  const chosen = config.contexts.has(context) ? context : undefined
  return kubeconfigCredentials(await standaloneKubeconfig(resolveContext(config, chosen)))
}

async function makeCredentials({
  sides,
  options,
  identity,
  rollback,
}: Step): Promise<MemberCredentials> {
  if (options.credentialsKubeconfig !== undefined)
    return givenCredentials(options.credentialsKubeconfig, options.clusterContext)
  const token = await createAccount(sides.member, identity, rollback)
  const { ca, insecure, serverName } = await credentialsOf(sides.memberContext)
  const text = ca?.toString()
  await waitForToken(sides, token.token, options.connection.timeoutMs)
  if (text !== undefined && insecure !== true && serverName === undefined)
    return accountCredentials(identity, token, text)
  const account = { ...sides.memberContext, user: { token: token.token } }
  const made = accountCredentials(identity, token, text)
  const whole = kubeconfigCredentials(await standaloneKubeconfig(account))
  return { data: whole.data, annotations: made.annotations }
}

const tokenPollMs = 100

/** API servers learn of new accounts and roles from their caches: the token is good a moment after it is made. */
async function waitForToken(sides: Sides, token: string, timeoutMs: number): Promise<void> {
  const { ca, insecure, serverName } = await credentialsOf(sides.memberContext)
  const credentials = {
    token,
    ...(ca === undefined ? {} : { ca }),
    ...(insecure === undefined ? {} : { insecure }),
    ...(serverName === undefined ? {} : { serverName }),
  }
  await using client = createApiClient({ server: sides.member.server, credentials, timeoutMs })
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      await client.list(namespaces, { limit: 1 })
      return
    } catch (error) {
      if (performance.now() >= deadline)
        throw new Error(`the new ServiceAccount is not let in: ${reasonOf(error)}`, {
          cause: error,
        })
    }
    await delay(tokenPollMs, AbortSignal.timeout(timeoutMs))
  }
}

async function write(step: Step): Promise<Cluster> {
  const { sides, options, identity, rollback } = step
  const credentials = await makeCredentials(step)
  step.signal.throwIfAborted()
  const ownAccount = options.credentialsKubeconfig === undefined
  const registration = {
    identity,
    server: sides.member.server,
    secretName: options.secretName,
    saveConfig: options.saveConfig,
    annotations: ownAccount ? registrationAnnotations(identity) : {},
  }
  return register(sides.federation, registration, { credentials, rollback })
}

/**
 * Joins a cluster: checks everything first, then writes into the member, then into the federation; what was made is taken
 * back when a later step fails. `announce` is called once the Cluster exists. Returns it as it is after the wait.
 */
export async function join(
  options: JoinOptions,
  io: IOStreams,
  announce: (cluster: Cluster) => void,
): Promise<Cluster> {
  const config = await readKubeconfig(options.connection)
  if (options.hostClusterContext !== undefined)
    requireContext(config, options.hostClusterContext, 'host-cluster-context')
  requireContext(config, options.clusterContext, 'cluster-context')
  await using sides = await openSides(config, options)
  await preflight(sides, options)
  if (options.dryRun) return await dryRun(sides, options, announce)
  const uid = await ensureFederationUID(sides.federation)
  const identity = memberIdentity(options.name, uid, options.systemNamespace)
  const rollback = new Rollback()
  let cluster: Cluster
  try {
    cluster = await write({ sides, options, identity, rollback, signal: io.signal })
  } catch (error) {
    const left = await rollback.undo()
    if (left.length > 0) io.err(`Warning: could not be taken back:\n  ${left.join('\n  ')}\n`)
    throw error
  }
  announce(cluster)
  if (options.waitMs === 0) return cluster
  const wait = { timeoutMs: options.waitMs, signal: io.signal }
  return await waitForReady(sides.federation, options.name, wait)
}

async function dryRun(
  sides: Sides,
  options: JoinOptions,
  announce: (cluster: Cluster) => void,
): Promise<Cluster> {
  const uid = (await federationUID(sides.federation)) ?? ''
  const identity = memberIdentity(options.name, uid, options.systemNamespace)
  const ownAccount = options.credentialsKubeconfig === undefined
  const cluster = clusterObject({
    identity,
    server: sides.member.server,
    secretName: options.secretName,
    saveConfig: options.saveConfig,
    annotations: ownAccount ? registrationAnnotations(identity) : {},
  })
  announce(cluster)
  return cluster
}
