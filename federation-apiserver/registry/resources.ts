import type { ResourceInfo } from '#apimachinery/scheme/scheme.ts'
import { behaviourOf } from './behaviour.ts'
import { customResourceDefinitionStrategy } from './apiextensions/custom-resource-definition.ts'
import { workloadStrategies } from './apps/workloads.ts'
import { jobStrategy } from './batch/job.ts'
import type { Conversion } from './conversion/conversion.ts'
import { eventConversion } from './conversion/event.ts'
import { horizontalPodAutoscalerConversion } from './conversion/horizontal-pod-autoscaler.ts'
import { certificateSigningRequestStrategy } from './certificates/certificate-signing-request.ts'
import { configMapStrategy } from './core/config-map.ts'
import { eventStrategy } from './core/event.ts'
import { namespaceStrategy } from './core/namespace.ts'
import { nodeStrategy } from './core/node.ts'
import { podStrategy } from './core/pod.ts'
import { replicationControllerStrategy } from './core/replication-controller.ts'
import { secretStrategy } from './core/secret.ts'
import { serviceStrategy } from './core/service.ts'
import { clusterStrategy } from './federation/cluster.ts'
import { plainStrategies } from './plain.ts'
import { rbacStrategies } from './rbac/rbac.ts'
import type { Strategy } from './strategy.ts'

/** THE list of resources with rules of their own; all others of the scheme are served by the rules that are common to all. */
const strategies: readonly Strategy[] = [
  namespaceStrategy,
  serviceStrategy,
  secretStrategy,
  configMapStrategy,
  eventStrategy,
  podStrategy,
  nodeStrategy,
  replicationControllerStrategy,
  jobStrategy,
  certificateSigningRequestStrategy,
  clusterStrategy,
  customResourceDefinitionStrategy,
  ...workloadStrategies,
  ...rbacStrategies,
  ...plainStrategies,
]

/** Versions that are not stored, and how they become the one that is. */
const conversions: readonly Conversion[] = [eventConversion, horizontalPodAutoscalerConversion]

/** `own`: strategies of this server, which go before those of the list. */
export const strategyFor = (
  { group, resource }: Pick<ResourceInfo, 'group' | 'resource'>,
  own: readonly Strategy[] = [],
): Strategy => ({
  ...behaviourOf({ group, resource }),
  ...[...own, ...strategies].find((s) => s.group === group && s.resource === resource),
})

export const conversionFor = (info: ResourceInfo): Conversion | undefined =>
  conversions.find(
    (c) => c.group === info.group && c.version === info.version && c.resource === info.resource,
  )
