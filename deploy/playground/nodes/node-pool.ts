import type { ApiClient } from '#client/api-client.ts'
import { delay } from '#client/back-off.ts'
import { isAlreadyExists } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Logger } from 'pino'
import type { Condition } from '../../../federation-controller/controllers/revision/workload.ts'
import { nodes as nodeResource } from '../workloads/objects.ts'

export interface SimulatedNode {
  readonly name: string
  readonly region: string
  readonly zone: string
  /** Where its pods' addresses come from. */
  readonly podCIDR: string
  readonly internalIP: string
}

/** Two nodes, spread over the zones. */
export const simulatedNodes = (region: string, zones: readonly string[]): SimulatedNode[] =>
  [0, 1].map((index) => ({
    name: `${region}-${index + 1}`,
    region,
    zone: zones[index % Math.max(1, zones.length)] ?? `${region}-a`,
    podCIDR: `10.244.${index}.0/24`,
    internalIP: `10.0.0.${index + 1}`,
  }))

/** A node's word that it lives is renewed this often; nothing in the playground takes it for dead meanwhile. */
const heartbeatMs = 300_000

interface NodePoolOptions {
  readonly client: ApiClient
  readonly logger: Logger
  readonly nodes: readonly SimulatedNode[]
}

/** Registers the nodes and keeps them Ready until the signal aborts; a node that somebody deletes comes back with the next heartbeat. */
export async function runNodePool(
  { client, logger, nodes }: NodePoolOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const node of nodes) await announce(client, node, signal)
      await delay(heartbeatMs, signal)
    } catch (err) {
      if (signal.aborted) return
      logger.warn({ err }, 'node heartbeat failed; will retry')
      await delay(1_000, signal)
    }
  }
}

async function announce(
  client: ApiClient,
  node: SimulatedNode,
  signal: AbortSignal,
): Promise<void> {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const fresh = { ...nodeObject(node), status: nodeStatus(node, [], now) }
  const created = await client
    .create<ApiObject>(nodeResource, fresh, { signal })
    .catch((err: unknown) => {
      if (!isAlreadyExists(err)) throw err
    })
  if (created !== undefined) return
  const known = await client.get<ApiObject>(nodeResource, { name: node.name }, { signal })
  const conditions = (known.status?.['conditions'] ?? []) as Condition[]
  const status = nodeStatus(node, conditions, now)
  await client.patch(
    nodeResource,
    { name: node.name },
    { type: 'merge', body: { status } },
    { subresource: 'status', signal },
  )
}

const nodeObject = ({ name, region, zone, podCIDR }: SimulatedNode): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name,
    labels: {
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'topology.kubernetes.io/region': region,
      'topology.kubernetes.io/zone': zone,
    },
  },
  spec: { podCIDR, podCIDRs: [podCIDR] },
})

const size = { cpu: '16', memory: '64Gi', 'ephemeral-storage': '100Gi', pods: '250' }

const nodeInfo = {
  machineID: '',
  systemUUID: '',
  bootID: '',
  kernelVersion: 'simulated',
  osImage: 'simulated',
  containerRuntimeVersion: 'simulated://1',
  kubeletVersion: 'v1.36.0',
  kubeProxyVersion: '',
  operatingSystem: 'linux',
  architecture: 'amd64',
}

type Health = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

const health: readonly Health[] = [
  {
    type: 'MemoryPressure',
    status: 'False',
    reason: 'KubeletHasSufficientMemory',
    message: 'kubelet has sufficient memory available',
  },
  {
    type: 'DiskPressure',
    status: 'False',
    reason: 'KubeletHasNoDiskPressure',
    message: 'kubelet has no disk pressure',
  },
  {
    type: 'PIDPressure',
    status: 'False',
    reason: 'KubeletHasSufficientPID',
    message: 'kubelet has sufficient PID available',
  },
  {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: 'the simulated kubelet is posting ready status',
  },
]

const nodeStatus = (
  node: SimulatedNode,
  before: readonly Condition[],
  now: string,
): Record<string, unknown> => ({
  capacity: size,
  allocatable: size,
  addresses: [
    { type: 'InternalIP', address: node.internalIP },
    { type: 'Hostname', address: node.name },
  ],
  conditions: health.map((each) => {
    const last = before.find(({ type }) => type === each.type)
    const since = last?.status === each.status ? last.lastTransitionTime : now
    return { ...each, lastHeartbeatTime: now, lastTransitionTime: since ?? now }
  }),
  nodeInfo,
})
