import type { ApiObject, JsonObject, OwnerReference } from '#apimachinery/meta/object-meta.ts'

/** The fields of built-in kinds that the playground's workload controllers read or write. */
export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
  spec?: JsonObject
}

export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  lastTransitionTime?: string
  lastUpdateTime?: string
  lastProbeTime?: string | null
  lastHeartbeatTime?: string
  reason?: string
  message?: string
}

export interface Deployment extends ApiObject {
  spec: {
    replicas?: number
    selector: LabelSelector
    template: PodTemplate
    strategy?: {
      type?: string
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string }
    }
    minReadySeconds?: number
    revisionHistoryLimit?: number
    progressDeadlineSeconds?: number
    paused?: boolean
  }
  status?: {
    observedGeneration?: number
    replicas?: number
    updatedReplicas?: number
    readyReplicas?: number
    availableReplicas?: number
    unavailableReplicas?: number
    collisionCount?: number
    conditions?: Condition[]
  }
}

export interface ReplicaSet extends ApiObject {
  spec: {
    replicas?: number
    minReadySeconds?: number
    selector: LabelSelector
    template?: PodTemplate
  }
  status?: {
    replicas?: number
    fullyLabeledReplicas?: number
    readyReplicas?: number
    availableReplicas?: number
    observedGeneration?: number
  }
}

export interface ContainerPort {
  name?: string
  containerPort: number
  protocol?: string
}

export interface Container {
  name: string
  image?: string
  ports?: ContainerPort[]
}

export interface Pod extends ApiObject {
  spec: {
    nodeName?: string
    nodeSelector?: Record<string, string>
    hostname?: string
    restartPolicy?: string
    containers?: Container[]
    initContainers?: Container[]
  }
  status?: {
    phase?: string
    podIP?: string
    conditions?: Condition[]
    containerStatuses?: JsonObject[]
  }
}

export interface ServicePort {
  name?: string
  protocol?: string
  port: number
  targetPort?: number | string
  appProtocol?: string
}

export interface Service extends ApiObject {
  spec: {
    type?: string
    clusterIP?: string
    selector?: Record<string, string>
    ports?: ServicePort[]
    publishNotReadyAddresses?: boolean
    loadBalancerClass?: string
  }
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } }
}

export const apps = (resource: string) => ({ group: 'apps', version: 'v1', resource })
export const core = (resource: string) => ({ group: '', version: 'v1', resource })
export const deployments = apps('deployments')
export const replicaSets = apps('replicasets')
export const pods = core('pods')
export const services = core('services')
export const endpoints = core('endpoints')
export const nodes = core('nodes')
export const endpointSlices = {
  group: 'discovery.k8s.io',
  version: 'v1',
  resource: 'endpointslices',
}

/** The reference that makes `owner` the managing controller, which a foreground deletion of it waits for. */
export const controllerReference = (owner: ApiObject): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
})

export const controllerOf = (object: ApiObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find(({ controller }) => controller === true)

export const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true

/** Succeeded or Failed: it counts for nothing any more. */
export const isFinished = (pod: Pod): boolean =>
  pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
