import { createHash } from 'node:crypto'
import { clusterNameAnnotation, federationUIDAnnotation } from '#apimachinery/schema/federation.ts'

/** v1's names of what a Cluster's credentials are bound to (it misspelt the first; the misspelling is not kept). */
export const serviceAccountAnnotation = 'federation.kubernetes.io/service-account-name'
export const clusterRoleAnnotation = 'federation.kubernetes.io/cluster-role-name'
export const accountNamespaceAnnotation = 'federation.kubernetes.io/service-account-namespace'
export { clusterNameAnnotation }
export { tokenExpiryAnnotation } from '#apimachinery/schema/federated-resources.ts'

/** Names of what one federation owns in one member; they depend on nothing else, so a second run finds them. */
export interface MemberIdentity {
  readonly cluster: string
  /** UID of the federation (of its namespace federation-system). */
  readonly federationUID: string
  readonly namespace: string
  readonly serviceAccount: string
  /** Of the ClusterRole and its binding. */
  readonly clusterRole: string
  readonly annotations: Readonly<Record<string, string>>
}

const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 8)

export function memberIdentity(
  cluster: string,
  federationUID: string,
  namespace: string,
): MemberIdentity {
  const serviceAccount = `federation-${cluster}-${shortHash(federationUID)}`
  return {
    cluster,
    federationUID,
    namespace,
    serviceAccount,
    clusterRole: `federation-controller-manager:${serviceAccount}`,
    annotations: {
      [federationUIDAnnotation]: federationUID,
      [clusterNameAnnotation]: cluster,
    },
  }
}

/** Name of the credentials' Secret unless --secret-name gives one. */
export const secretNameOf = (cluster: string): string => `${cluster}-credentials`
