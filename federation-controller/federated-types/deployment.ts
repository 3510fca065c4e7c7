import { federatedResources } from '#apimachinery/schema/federated-resources.ts'
import { deploymentStatus } from './deployment-status.ts'
import type { FederatedType } from './federated-type.ts'

export const deployment: FederatedType = {
  ...federatedResources.deployments,
  memberAnnotations: ['deployment.kubernetes.io/revision'],
  status: deploymentStatus,
}
