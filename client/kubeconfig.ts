import type { ApiClient } from './api-client.ts'
import { type ApiClientOptions, createApiClient } from './http-api-client.ts'
import { credentialsOf } from './kubeconfig-credentials.ts'
import { type Kubeconfig, resolveContext } from './kubeconfig-loader.ts'

export { credentialsOf, impersonationOf } from './kubeconfig-credentials.ts'
export {
  type Kubeconfig,
  KubeconfigError,
  type KubeconfigFile,
  kubeconfigOf,
  kubeconfigPaths,
  loadKubeconfig,
  type ResolvedContext,
  resolveContext,
} from './kubeconfig-loader.ts'
export { mergeIntoKubeconfig, removeFromKubeconfig, writeKubeconfig } from './kubeconfig-writer.ts'

/** A client of the context's cluster, as its user; the current context when no name is given. Throws KubeconfigError. */
export async function clientFromKubeconfig(
  config: Kubeconfig,
  contextName?: string,
  options: Partial<Omit<ApiClientOptions, 'server' | 'credentials'>> = {},
): Promise<ApiClient> {
  const context = resolveContext(config, contextName)
  const credentials = await credentialsOf(context)
  return createApiClient({ ...options, server: context.cluster.server, credentials })
}
