import { StatusError } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { ApiClient, CallOptions, RawResponse } from '#client/api-client.ts'

/** What one probe of a member found. `unreachable`: no answer; the message says why. */
export type ProbeResult =
  | { readonly kind: 'ready' | 'notReady'; readonly version?: string; readonly clusterID?: string }
  | { readonly kind: 'unreachable'; readonly message: string }

/** Where a member's nodes are. Absent: not known now. */
export interface Topology {
  readonly zones: string[]
  readonly region?: string
}

const versionMaxLength = 100

/** Asks for health, version and identity. Never throws for what the member does. */
export async function probeMember(
  client: ApiClient,
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
): Promise<ProbeResult> {
  try {
    const [health, version, clusterID] = await Promise.all([
      client.raw('/healthz', { signal, timeoutMs }),
      client.raw('/version', { signal, timeoutMs }),
      clusterIDOf(client, { signal, timeoutMs }),
    ])
    // 401 is an answer, yet of no use: the credentials do not count there any more.
    if (health.status === 401) return { kind: 'unreachable', message: 'credentials are refused' }
    const isOk = health.status === 200 && health.body.toString('utf8').trim() === 'ok'
    return {
      kind: isOk ? 'ready' : 'notReady',
      ...versionOf(version),
      ...(clusterID === undefined ? {} : { clusterID }),
    }
  } catch (error) {
    signal.throwIfAborted()
    return { kind: 'unreachable', message: error instanceof Error ? error.message : String(error) }
  }
}

/** Undefined when the member does not say: the account may lack the right. */
async function clusterIDOf(client: ApiClient, call: CallOptions): Promise<string | undefined> {
  try {
    return (await client.get(namespaces, { name: 'kube-system' }, call)).metadata.uid
  } catch (error) {
    if (error instanceof StatusError) return undefined
    throw error
  }
}

function versionOf({ status, body }: RawResponse): { version?: string } {
  if (status !== 200) return {}
  try {
    const { gitVersion } = JSON.parse(body.toString('utf8')) as { gitVersion?: unknown }
    if (typeof gitVersion !== 'string' || gitVersion.length > versionMaxLength) return {}
    return { version: gitVersion }
  } catch {
    return {}
  }
}

const namespaces = { group: '', version: 'v1', resource: 'namespaces' }
const nodes = { group: '', version: 'v1', resource: 'nodes' }
const zoneLabels = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone']
const regionLabels = ['topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/region']

/** Reads only the nodes' metadata. Throws as the client does. */
export async function readTopology(
  client: ApiClient,
  options: { signal: AbortSignal; timeoutMs: number },
): Promise<Topology> {
  const found: ApiObject[] = []
  let next: string | undefined
  do {
    const page = await client.list(nodes, {
      ...options,
      metadataOnly: true,
      limit: 500,
      ...(next === undefined ? {} : { continue: next }),
    })
    found.push(...page.items)
    next = page.metadata.continue === '' ? undefined : page.metadata.continue
  } while (next !== undefined)
  return topologyOf(found)
}

/** All zones of the nodes, in order; the region that most nodes are in, the first by name of equals. */
export function topologyOf(found: readonly ApiObject[]): Topology {
  const zones = new Set<string>()
  const regions = new Map<string, number>()
  for (const node of found) {
    const zone = labelOf(node, zoneLabels)
    const region = labelOf(node, regionLabels)
    if (zone !== undefined) zones.add(zone)
    if (region !== undefined) regions.set(region, (regions.get(region) ?? 0) + 1)
  }
  const [first] = [...regions].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  return { zones: [...zones].sort(), ...(first === undefined ? {} : { region: first[0] }) }
}

function labelOf({ metadata }: ApiObject, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = metadata.labels?.[key]
    if (value !== undefined && value !== '') return value
  }
  return undefined
}
