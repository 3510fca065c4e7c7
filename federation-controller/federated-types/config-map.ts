import { federatedResources } from '#apimachinery/schema/federated-resources.ts'
import type { FederatedType } from './federated-type.ts'

/** Published into every namespace by each cluster's own controllers, with that cluster's CA. */
const rootCertificates = new Set(['kube-root-ca.crt', 'openshift-service-ca.crt'])

export const configMap: FederatedType = {
  ...federatedResources.configmaps,
  excluded: (source) => rootCertificates.has(source.metadata.name),
}
