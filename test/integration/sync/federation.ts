import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { isNotFound } from '#apimachinery/errors/status-error.ts'
import {
  type Cluster,
  clusters,
  type PlacementDecision,
  placementDecisions,
} from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import { clientFromKubeconfig, kubeconfigOf, type KubeconfigFile } from '#client/kubeconfig.ts'
import { type ApiServer, startApiServer } from '../../../federation-apiserver/server.ts'
import { createNamespaceController } from '../../../federation-controller/controllers/namespace/namespace-controller.ts'
import { runManager } from '../../../federation-controller/manager.ts'
import { defaultManagerOptions } from '../../../federation-controller/options.ts'
import { eventually } from '../../framework/eventually.ts'
import { type Gate, openGate } from './gate.ts'

const core = (resource: string): GroupVersionResource => ({ group: '', version: 'v1', resource })
export const namespaces = core('namespaces')
export const configMaps = core('configmaps')
export const secrets = core('secrets')
export const services = core('services')
export const deployments = { group: 'apps', version: 'v1', resource: 'deployments' }

export interface TestMember {
  readonly name: string
  /** Straight to the member, past the gate. */
  readonly client: ApiClient
  readonly gate: Gate
}

/** A federation of real API servers in this process, whose controllers can be stopped and started. */
export interface TestFederation extends AsyncDisposable {
  readonly client: ApiClient
  member(name: string): TestMember
  join(name: string): Promise<TestMember>
  startControllers(): void
  stopControllers(): Promise<void>
}

const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })

async function startServer(
  stack: AsyncDisposableStack,
  name: string,
  federation: boolean,
): Promise<{ server: ApiServer; client: ApiClient }> {
  const dataDir = await mkdtemp(join(tmpdir(), `kubefed-${name}-`))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  const server = stack.use(
    await startApiServer(
      {
        dataDir,
        securePort: 0,
        bindAddress: '127.0.0.1',
        storage: { type: 'memory' },
        federation,
        clusterName: name,
        maxRequestsInflight: 0,
        maxMutatingRequestsInflight: 0,
      },
      { logger },
    ),
  )
  const file = server.kubeconfig as KubeconfigFile
  return { server, client: stack.use(await clientFromKubeconfig(kubeconfigOf(file))) }
}

/** Starts the federation with its controllers, joins the members and waits until they are Ready. */
export async function startFederation(names: readonly string[]): Promise<TestFederation> {
  await using stack = new AsyncDisposableStack()
  // Members may join later, so what they need is kept apart; it is closed after the controllers.
  const scope = new AsyncDisposableStack()
  stack.use(scope)
  const { client, server } = await startServer(stack, 'federation', true)
  const members = new Map<string, TestMember>()
  let running: { controller: AbortController; done: Promise<void> } | undefined
  const startControllers = (): void => {
    const controller = new AbortController()
    const options = defaultManagerOptions({ clusterMonitorPeriod: '500ms' })
    const { caCertificate } = server
    const done = runManager(options, { client, logger, caCertificate }, controller.signal)
    running = { controller, done }
  }
  const stopControllers = async (): Promise<void> => {
    const stopping = running
    running = undefined
    stopping?.controller.abort()
    await stopping?.done
  }
  const join = async (name: string): Promise<TestMember> => {
    const started = await startServer(scope, name, false)
    const gate = scope.use(await openGate(started.server.port))
    const member = { name, client: started.client, gate }
    runNamespaces(scope, started.client)
    members.set(name, member)
    await joinCluster(client, { name, gate, server: started.server })
    return member
  }
  stack.defer(stopControllers)
  startControllers()
  await Promise.all(names.map(join))
  await Promise.all(names.map((name) => untilReady(client, name)))
  const owned = stack.move()
  return {
    client,
    member: (name) => {
      const member = members.get(name)
      if (member === undefined) throw new Error(`no member ${name}`)
      return member
    },
    join,
    startControllers,
    stopControllers,
    [Symbol.asyncDispose]: async () => {
      await stopControllers()
      await owned.disposeAsync()
    },
  }
}

/** A member's own controller of namespaces, without which no namespace ever goes. */
function runNamespaces(stack: AsyncDisposableStack, client: ApiClient): void {
  const controller = new AbortController()
  const done = createNamespaceController({ client, logger }).run(controller.signal)
  stack.defer(async () => {
    controller.abort()
    await done
  })
}

async function joinCluster(
  client: ApiClient,
  { name, gate, server }: { name: string; gate: Gate; server: ApiServer },
): Promise<void> {
  const secret: ApiObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'federation-system' },
    data: { kubeconfig: Buffer.from(JSON.stringify(server.kubeconfig)).toString('base64') },
  }
  await client.create(secrets, secret)
  const serverAddress = `https://127.0.0.1:${gate.port}`
  const cluster: Cluster = {
    apiVersion: 'federation/v1beta1',
    kind: 'Cluster',
    metadata: { name },
    spec: {
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
      secretRef: { name },
    },
  }
  await client.create(clusters, cluster)
}

export async function conditionOf(
  client: ApiClient,
  name: string,
  type: string,
): Promise<string | undefined> {
  const { status } = await client.get<Cluster>(clusters, { name })
  return status?.conditions?.find((condition) => condition.type === type)?.status
}

export const untilReady = (client: ApiClient, name: string): Promise<unknown> =>
  eventually(async () => {
    const status = await conditionOf(client, name, 'Ready')
    if (status !== 'True') throw new Error(`${name} Ready is ${status}`)
  })

/** Undefined when it is not there. */
export async function find(
  client: ApiClient,
  gvr: GroupVersionResource,
  key: string,
): Promise<ApiObject | undefined> {
  const [first = '', second] = key.split('/')
  const ref = second === undefined ? { name: first } : { namespace: first, name: second }
  try {
    return await client.get(gvr, ref)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Rows of the PlacementDecision about an object, by cluster. */
export async function rowsOf(
  client: ApiClient,
  gvr: GroupVersionResource,
  key: string,
): Promise<Record<string, { state: string; replicas?: number; reason?: string }>> {
  const [namespace = '', name] = key.includes('/') ? key.split('/') : ['federation-system', key]
  const { items } = await client.list<PlacementDecision>(placementDecisions, { namespace })
  const decision = items.find(
    ({ spec }) => spec.objectRef.resource === gvr.resource && spec.objectRef.name === name,
  )
  return Object.fromEntries((decision?.status?.clusters ?? []).map((row) => [row.cluster, row]))
}

export const configMap = (name: string, data: Record<string, string>): ApiObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
  data,
})

export const namespace = (name: string): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
})
