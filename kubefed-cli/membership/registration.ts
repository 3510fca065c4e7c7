import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  type Cluster,
  clusters,
  federationSystemNamespace,
} from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import { ensure } from './ensure.ts'
import {
  accountNamespaceAnnotation,
  clusterNameAnnotation,
  clusterRoleAnnotation,
  type MemberIdentity,
  serviceAccountAnnotation,
  tokenExpiryAnnotation,
} from './identity.ts'
import { secrets } from './resources.ts'
import type { Rollback } from './rollback.ts'

/** What the federation proves itself with to a member: `data` of the Secret, and what to note on it. */
export interface MemberCredentials {
  readonly data: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const accountAnnotations = (id: MemberIdentity): Record<string, string> => ({
  [serviceAccountAnnotation]: id.serviceAccount,
  [accountNamespaceAnnotation]: id.namespace,
  [clusterRoleAnnotation]: id.clusterRole,
})

const encode = (text: string): string => Buffer.from(text).toString('base64')

/** Credentials of the account that join made. Without a CA of its own in the kubeconfig the member's is the system's. */
export function accountCredentials(
  id: MemberIdentity,
  token: { token: string; expires: string },
  ca: string | undefined,
): MemberCredentials {
  return {
    data: { token: encode(token.token), ...(ca === undefined ? {} : { 'ca.crt': encode(ca) }) },
    annotations: { ...accountAnnotations(id), [tokenExpiryAnnotation]: token.expires },
  }
}

/** Credentials that the user gave as a whole kubeconfig. */
export const kubeconfigCredentials = (kubeconfig: string): MemberCredentials => ({
  data: { kubeconfig: encode(kubeconfig) },
  annotations: {},
})

export interface Registration {
  readonly identity: MemberIdentity
  readonly server: string
  readonly secretName: string
  readonly saveConfig: boolean
  /** Of the Cluster: which account it uses; empty when the user gave credentials. */
  readonly annotations: Readonly<Record<string, string>>
}

export const registrationAnnotations = (id: MemberIdentity): Record<string, string> => ({
  [serviceAccountAnnotation]: id.serviceAccount,
  [clusterRoleAnnotation]: id.clusterRole,
})

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

export function clusterObject(registration: Registration): Cluster {
  const cluster = plainCluster(registration)
  if (!registration.saveConfig) return cluster
  const annotations = { ...cluster.metadata.annotations, [lastApplied]: JSON.stringify(cluster) }
  return { ...cluster, metadata: { ...cluster.metadata, annotations } }
}

const plainCluster = (registration: Registration): Cluster => ({
  apiVersion: 'federation/v1beta1',
  kind: 'Cluster',
  metadata: {
    name: registration.identity.cluster,
    ...(Object.keys(registration.annotations).length === 0
      ? {}
      : { annotations: { ...registration.annotations } }),
  },
  spec: {
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: registration.server }],
    secretRef: { name: registration.secretName },
  },
})

/** Makes the Secret and the Cluster in the federation. */
export async function register(
  client: ApiClient,
  registration: Registration,
  { credentials, rollback }: { credentials: MemberCredentials; rollback: Rollback },
): Promise<Cluster> {
  const { identity, secretName } = registration
  const secret: ApiObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretName,
      namespace: federationSystemNamespace,
      annotations: { [clusterNameAnnotation]: identity.cluster, ...credentials.annotations },
    },
    type: 'Opaque',
    data: { ...credentials.data },
  }
  const isOurs = (there: ApiObject): boolean =>
    there.metadata.annotations?.[clusterNameAnnotation] === identity.cluster
  await ensure(secrets, secret, { client, rollback, isOurs })
  const cluster = await client.create(clusters, clusterObject(registration))
  rollback.note({ client, gvr: clusters, object: cluster })
  return cluster
}
