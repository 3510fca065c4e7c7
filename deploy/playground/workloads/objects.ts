import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { Condition } from '../../../federation-controller/controllers/revision/workload.ts'

/** The fields of built-in kinds that the playground's workload controllers read or write, besides those of Deployments. */
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

export const core = (resource: string) => ({ group: '', version: 'v1', resource })
export const pods = core('pods')
export const services = core('services')
export const endpoints = core('endpoints')
export const nodes = core('nodes')
export const endpointSlices = {
  group: 'discovery.k8s.io',
  version: 'v1',
  resource: 'endpointslices',
}

export const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true

/** Succeeded or Failed: it counts for nothing any more. */
export const isFinished = (pod: Pod): boolean =>
  pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
