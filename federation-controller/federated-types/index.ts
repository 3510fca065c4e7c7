import { configMap } from './config-map.ts'
import { deployment } from './deployment.ts'
import type { FederatedType } from './federated-type.ts'
import { namespace } from './namespace.ts'
import { secret } from './secret.ts'
import { service } from './service.ts'

/** THE list of kinds that are distributed. */
export const federatedTypes: readonly FederatedType[] = [
  namespace,
  configMap,
  secret,
  service,
  deployment,
]
