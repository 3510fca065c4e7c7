import type { Description, Descriptions } from '../scheme/openapi/descriptions.ts'

const conventions =
  'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md'
const ofTypes = {
  apiVersion: `APIVersion defines the versioned schema of this representation of an object. More info: ${conventions}#resources`,
  kind: `Kind is a string value representing the REST resource this object represents. In CamelCase. More info: ${conventions}#types-kinds`,
}
const ofObjects = {
  ...ofTypes,
  metadata: `Standard object's metadata. More info: ${conventions}#metadata`,
  spec: `More info: ${conventions}#spec-and-status`,
}
const withStatus = { ...ofObjects, status: ofObjects.spec }
const listOf = (plural: string): Description => ({
  description: `A list of ${plural}.`,
  fields: {
    ...ofTypes,
    metadata: `Standard list metadata. More info: ${conventions}#types-kinds`,
    items: `The ${plural}.`,
  },
})

const cluster = 'Name of the Cluster.'
const reason = 'Why, in one CamelCase word.'
const message = 'Why, for people.'

const texts: Readonly<Record<string, Description>> = {
  Cluster: {
    description:
      'A member cluster: what is made in the federation is distributed to it. Made by kubefed join.',
    fields: withStatus,
  },
  ClusterList: listOf('Clusters'),
  ClusterSpec: {
    description: 'How the federation reaches a member.',
    fields: {
      serverAddressByClientCIDRs:
        'Addresses of its API server. The one whose CIDR has the address of the federation, and is the longest, is used.',
      secretRef:
        'Secret in the namespace federation-system with its credentials: the keys token and ca.crt, or kubeconfig.',
    },
  },
  ServerAddressByClientCIDR: {
    description: 'An address for clients of a network.',
    fields: {
      clientCIDR: 'The network of the clients, such as 0.0.0.0/0.',
      serverAddress: 'URL, or host and port, of the API server.',
    },
  },
  ClusterStatus: {
    description: 'What is known of a member.',
    fields: {
      conditions:
        'Ready: its API server is healthy. Offline: it cannot be reached. LeftoverCopies: it has copies that nothing in the federation stands for.',
      zones: 'Zones of its nodes.',
      region: 'Region of its nodes.',
      version: 'Version of its API server.',
      clusterID:
        'UID of its namespace kube-system: two Clusters with the same ID are one cluster, and the younger one is not used.',
    },
  },
  ClusterCondition: {
    description: 'One finding about a member.',
    fields: {
      type: 'Ready, Offline or LeftoverCopies.',
      status: 'True, False or Unknown.',
      lastProbeTime: 'When the member was last asked, as far as that was worth a write.',
      lastTransitionTime: 'When the status last became another.',
      reason,
      message,
    },
  },
  PlacementDecision: {
    description:
      'Where one distributed object is, and why: one for each, in its namespace (federation-system for objects without one). Written by controllers.',
    fields: withStatus,
  },
  PlacementDecisionList: listOf('PlacementDecisions'),
  PlacementDecisionSpec: {
    description: 'The object that is distributed.',
    fields: { objectRef: 'The object that is distributed.' },
  },
  FederatedObjectReference: {
    description: 'An object of the federation.',
    fields: {
      group: 'API group; empty for the core group.',
      version: 'API version.',
      resource: 'Plural name, such as deployments.',
      kind: 'Kind.',
      namespace: 'Namespace; absent for objects without one.',
      name: 'Name.',
      uid: 'UID: an object of the same name that is made later has another decision.',
    },
  },
  PlacementDecisionStatus: {
    description: 'Where the object is.',
    fields: {
      observedGeneration: 'Generation of the object that this was decided for.',
      conditions:
        'Placed: every cluster that shall have the object, or all of its replicas, has a place. The message says what is missing, or what is wrong with the preferences.',
      clusters: 'One entry for each cluster that has it, or shall have it.',
    },
  },
  ClusterPlacement: {
    description: 'State of one object in one member.',
    fields: {
      cluster,
      state:
        'Synced: it is there as it is wished. Pending: what is wished now is not yet written. Conflict: an object that is not ours is there. Failed: the member refused it.',
      replicas: 'Replicas that the cluster shall have, of kinds whose replicas are split.',
      hash: 'Hash of what was last written there.',
      observedHash: 'Hash of what the member made of it; a difference is repaired.',
      observedVersion: 'resourceVersion of the copy when it was last looked at.',
      reason,
      message,
    },
  },
  Tombstone: {
    description:
      'A copy that is still to be deleted from a member that did not answer when its object was deleted. It goes when that is done, or with the Cluster.',
    fields: ofObjects,
  },
  TombstoneList: listOf('Tombstones'),
  TombstoneSpec: {
    description: 'The copy.',
    fields: {
      cluster,
      group: 'API group; empty for the core group.',
      version: 'API version.',
      resource: 'Plural name, such as deployments.',
      namespace: 'Namespace; absent for objects without one.',
      name: 'Name.',
      sourceUID: 'UID of the object in the federation; a copy of another one is left alone.',
    },
  },
  ServiceDNSRecord: {
    description:
      'What the DNS server makes the names of one Service from, in its namespace and with its name. Written by controllers.',
    fields: withStatus,
  },
  ServiceDNSRecordList: listOf('ServiceDNSRecords'),
  ServiceDNSRecordSpec: {
    description: 'What of the Service its names depend on.',
    fields: {
      ports: 'Ports of the Service, for SRV records.',
      recordTTL: 'Seconds that an answer may be kept.',
    },
  },
  ServiceDNSPort: {
    description: 'A port of the Service.',
    fields: {
      name: 'Its name, if it has one.',
      protocol: 'TCP, UDP or SCTP.',
      port: 'Its number.',
    },
  },
  ServiceDNSRecordStatus: {
    description: 'What is known of the Service in the members.',
    fields: { clusters: 'One entry for each member that has the Service.' },
  },
  ServiceDNSFacts: {
    description: 'What is known of the Service in one member.',
    fields: {
      cluster,
      region: 'Region of the cluster.',
      zones: 'Zones of the cluster.',
      addresses: 'Addresses of its load balancer.',
      hostnames: 'Host names of its load balancer.',
      readyEndpoints: 'How many of its endpoints are ready.',
      health:
        'Healthy: it can answer. Unhealthy: it cannot. Unknown: the cluster cannot be seen; it is named for a minute longer.',
      since: 'When the health last became another.',
      returns:
        'How many times in a row it became healthy again without staying so for ten minutes.',
      steadyFrom:
        'It comes and goes: from then on it is named again beside others that are healthy.',
    },
  },
}

/** Of the group `federation` (definitions: federation.json), for `kubectl explain`. */
export const federationDescriptions: Descriptions = Object.fromEntries(
  Object.entries(texts).map(([name, text]) => [`io.k8s.federation.v1beta1.${name}`, text]),
)
