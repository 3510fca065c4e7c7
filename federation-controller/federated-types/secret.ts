import { federatedResources } from '#apimachinery/schema/federated-resources.ts'
import type { FederatedType } from './federated-type.ts'

/** Credentials of one cluster; they mean nothing, or too much, in another. */
const tokenTypes = new Set(['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token'])

export const secret: FederatedType = {
  ...federatedResources.secrets,
  excluded: (source) => typeof source.type === 'string' && tokenTypes.has(source.type),
}
