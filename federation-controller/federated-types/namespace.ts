import { federatedResources } from '#apimachinery/schema/federated-resources.ts'
import { isJsonObject } from './body.ts'
import type { FederatedType } from './federated-type.ts'

/** Only labels and annotations are distributed; the spec holds finalizers that each cluster's own controllers clear. */
export const namespace: FederatedType = {
  ...federatedResources.namespaces,
  adopts: true,
  serverLabels: ['kubernetes.io/metadata.name'],
  body: () => ({}),
  retain: (desired, member) =>
    isJsonObject(member.spec) ? { ...desired, spec: member.spec } : desired,
  relevant: () => ({}),
}
