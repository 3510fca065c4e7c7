import { formatGroupResource } from '../meta/group-version.ts'
import type { JsonObject } from '../meta/object-meta.ts'

export interface GroupResource {
  readonly group: string
  readonly resource: string
}

/** How many of what an object counts for, by the names that a ResourceQuota has for it (`configmaps`, `count/deployments.apps`). */
export type Usage = ReadonlyMap<string, number>

/** Resources of the core group that quotas also know by their plain names. */
const plainNames: ReadonlySet<string> = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
])

const ofServices: ReadonlySet<string> = new Set(['services.loadbalancers', 'services.nodeports'])

interface Countable {
  readonly spec?: Readonly<JsonObject>
  readonly status?: Readonly<JsonObject>
}

/** Pods that have ended take no place. */
const hasEnded = ({ status }: Countable): boolean =>
  status?.['phase'] === 'Succeeded' || status?.['phase'] === 'Failed'

function serviceUsage({ spec = {} }: Countable): [string, number][] {
  const { type, allocateLoadBalancerNodePorts, ports } = spec
  const list = Array.isArray(ports) ? (ports as { nodePort?: number }[]) : []
  const given = list.filter(({ nodePort }) => nodePort !== undefined && nodePort !== 0).length
  const balanced = type === 'LoadBalancer'
  const opens = type === 'NodePort' || (balanced && allocateLoadBalancerNodePorts !== false)
  return [
    ['services.loadbalancers', balanced ? 1 : 0],
    ['services.nodeports', opens ? list.length : balanced ? given : 0],
  ]
}

/** What one object counts for. */
export function usageOf(resource: GroupResource, object: Countable): Usage {
  const usage = new Map([[`count/${formatGroupResource(resource)}`, 1]])
  if (resource.group !== '' || !plainNames.has(resource.resource)) return usage
  const ended = resource.resource === 'pods' && hasEnded(object)
  if (!ended) usage.set(resource.resource, 1)
  if (resource.resource === 'services')
    for (const [name, count] of serviceUsage(object)) if (count > 0) usage.set(name, count)
  return usage
}

/** The resource whose objects a name of a quota counts; undefined when it counts none (cpu, memory, storage). */
export function countedBy(name: string): GroupResource | undefined {
  if (name.startsWith('count/')) {
    const [resource = '', ...group] = name.slice('count/'.length).split('.')
    return { group: group.join('.'), resource }
  }
  if (ofServices.has(name)) return { group: '', resource: 'services' }
  return plainNames.has(name) ? { group: '', resource: name } : undefined
}

/** False when a metadata-only list is enough to count by this name. */
export const needsWholeObjects = (name: string): boolean => ofServices.has(name) || name === 'pods'
