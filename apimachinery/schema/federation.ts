import type { GroupVersionResource } from '../meta/group-version.ts'
import type { ApiObject } from '../meta/object-meta.ts'

/** The federation's own API group; Federation v1's name and version. Definitions (OpenAPI shapes) are in federation.json. */
export const federationGroupVersion = { group: 'federation', version: 'v1beta1' } as const

const gvr = (resource: string): GroupVersionResource => ({ ...federationGroupVersion, resource })
export const clusters = gvr('clusters')
export const placementDecisions = gvr('placementdecisions')
export const tombstones = gvr('tombstones')
export const serviceDNSRecords = gvr('servicednsrecords')

/** Where the control plane keeps its own objects; never propagated. Its UID is the federation's UID. */
export const federationSystemNamespace = 'federation-system'

/** Of the control plane itself, in every cluster: neither the namespace nor anything in it ever leaves the federation. */
export const isSystemNamespace = (name: string): boolean =>
  name === federationSystemNamespace || name.startsWith('kube-')

/** LeftoverCopies: what this federation made is there, and what it was made from is not; absent when there is nothing of the kind. */
export interface ClusterCondition {
  type: 'Ready' | 'Offline' | 'LeftoverCopies'
  status: 'True' | 'False' | 'Unknown'
  lastProbeTime?: string
  lastTransitionTime?: string
  reason?: string
  message?: string
}

/** A member cluster (cluster-scoped). Credentials: Secret `spec.secretRef.name` in federation-system, data keys `token` and `ca.crt`, or `kubeconfig`. */
export interface Cluster extends ApiObject {
  kind: 'Cluster'
  spec: {
    serverAddressByClientCIDRs: { clientCIDR: string; serverAddress: string }[]
    secretRef?: { name: string }
  }
  status?: {
    conditions?: ClusterCondition[]
    zones?: string[]
    region?: string
    /** gitVersion of the member's API server. */
    version?: string
    /** UID of the member's namespace kube-system: two Clusters of one ID are one cluster. */
    clusterID?: string
  }
}

/** State of one object in one member. Pending: what is wished now is not yet written. Conflict: an object that is not ours is there. */
export type PlacementState = 'Pending' | 'Synced' | 'Conflict' | 'Failed'

export interface ClusterPlacement {
  cluster: string
  state: PlacementState
  /** Replicas assigned, for kinds that are split. */
  replicas?: number
  /** Hash of the desired object that was last written there. */
  hash?: string
  /** Hash of what the member made of it (its answer); drift is a difference from this. */
  observedHash?: string
  /** The member's resourceVersion after our last write. */
  observedVersion?: string
  reason?: string
  message?: string
}

/** metav1.Condition. Placed: every cluster that shall have the object, or replicas of it, has a row; else the reason says what is missing. */
export interface PlacementCondition {
  type: 'Placed'
  status: 'True' | 'False'
  reason: string
  message: string
  lastTransitionTime: string
}

/** Where one federated object is, and why: owned by it, same namespace (federation-system for cluster-scoped objects). */
export interface PlacementDecision extends ApiObject {
  kind: 'PlacementDecision'
  spec: {
    objectRef: {
      group: string
      version: string
      resource: string
      kind: string
      namespace?: string
      name: string
      uid: string
    }
  }
  status?: {
    observedGeneration?: number
    conditions?: PlacementCondition[]
    clusters: ClusterPlacement[]
  }
}

/** A copy that must still be deleted from one member (cluster-scoped; survives the object and its namespace). */
export interface Tombstone extends ApiObject {
  kind: 'Tombstone'
  spec: {
    cluster: string
    group: string
    version: string
    resource: string
    namespace?: string
    name: string
    /** UID of the federated object; a copy with another source UID is left alone. */
    sourceUID: string
  }
}

/** How long a cluster that cannot be seen keeps answering for a Service beside healthy ones. */
export const unknownGraceMs = 60_000

/** Facts about one Service in one member; names are made from them by a pure function in the DNS server. */
export interface ServiceDNSFacts {
  cluster: string
  region?: string
  zones?: string[]
  /** Addresses of the load balancer: IPv4 and IPv6 literals. */
  addresses?: string[]
  hostnames?: string[]
  readyEndpoints: number
  /** Healthy: known good. Unhealthy: known bad. Unknown: the cluster cannot be seen. */
  health: 'Healthy' | 'Unhealthy' | 'Unknown'
  /** Since when `health` has this value (RFC 3339). */
  since: string
  /** Times that it became healthy again without having stayed so for long; absent before it was lost for the first time. */
  returns?: number
  /** It comes and goes: from then on (RFC 3339) it shall answer beside others that are healthy. */
  steadyFrom?: string
}

/** DNS facts of one federated Service (same namespace and name, owned by it). */
export interface ServiceDNSRecord extends ApiObject {
  kind: 'ServiceDNSRecord'
  spec: { ports?: { name?: string; protocol: string; port: number }[]; recordTTL?: number }
  status?: { clusters: ServiceDNSFacts[] }
}

/** Marks a copy in a member: which federation made it, and from which object. */
export const federationUIDAnnotation = 'federation.kubernetes.io/federation-uid'
export const sourceUIDAnnotation = 'federation.kubernetes.io/source-uid'
/** JSON {labels, annotations}: keys that the federation wrote on a copy, so that it can remove them and leave others alone. */
export const propagatedKeysAnnotation = 'federation.kubernetes.io/propagated-keys'
/** Label on every copy, so that informers on members select only copies. */
export const managedLabel = 'federation.kubernetes.io/managed'
export const deletionFinalizer = 'federation.kubernetes.io/delete-from-underlying-clusters'
/** Replica preferences of a Deployment: JSON of ReplicaAllocationPreferences (Federation v1). */
export const deploymentPreferencesAnnotation = 'federation.kubernetes.io/deployment-preferences'
/** "true" on a federated object: where something of its name is in a member already, it is taken over. */
export const adoptAnnotation = 'federation.kubernetes.io/adopt'
/** "true" on a Cluster: the copies that its condition LeftoverCopies is about shall be deleted, once. */
export const deleteLeftoversAnnotation = 'federation.kubernetes.io/delete-leftovers'
/** v1's annotation on what join makes, in the member and in the federation: the cluster's name. */
export const clusterNameAnnotation = 'federation.alpha.kubernetes.io/cluster-name'
/** "true" on an object that was in the member before the federation's: it is left when ours goes. */
export const adoptedAnnotation = 'federation.kubernetes.io/adopted'
