import { resolve } from 'node:path'
import type { ApiClient } from '#client/api-client.ts'
import { createApiClient } from '#client/http-api-client.ts'
import {
  credentialsOf,
  type Kubeconfig,
  KubeconfigError,
  kubeconfigPaths,
  loadKubeconfig,
  type ResolvedContext,
  resolveContext,
} from '#client/kubeconfig.ts'
import type { ConnectionOptions } from './persistent-flags.ts'

export const readKubeconfig = (options: ConnectionOptions): Promise<Kubeconfig> =>
  loadKubeconfig(
    kubeconfigPaths({
      flag: options.kubeconfig,
      environment: options.environment,
      home: options.home,
    }),
  )

function entry<T>(entries: ReadonlyMap<string, T>, kind: string, name: string): T {
  const found = entries.get(name)
  if (found !== undefined) return found
  const names = [...entries.keys()].sort().join(', ')
  throw new KubeconfigError(
    `--${kind}=${name}: the kubeconfig has no such ${kind}; it has ${names}`,
  )
}

const given = (entries: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(entries).filter((e): e is [string, string] => e[1] !== undefined),
  )

/** The federation's context with the persistent flags over it. */
export function federationContext(config: Kubeconfig, options: ConnectionOptions): ResolvedContext {
  const base = resolveContext(config, options.context)
  const path = (file: string | undefined): string | undefined =>
    file === undefined ? undefined : resolve(file)
  const cluster =
    options.cluster === undefined
      ? base.cluster
      : entry(config.clusters, 'cluster', options.cluster)
  const user = options.user === undefined ? base.user : entry(config.users, 'user', options.user)
  const server = options.server ?? cluster.server
  if (server === undefined || !URL.canParse(server))
    throw new KubeconfigError(`--server=${server}: is no URL; write it like https://host:port`)
  const authority = path(options.certificateAuthority)
  const { 'certificate-authority-data': data, ...withoutData } = cluster
  return {
    ...base,
    cluster: {
      ...(authority === undefined && data !== undefined
        ? { ...withoutData, 'certificate-authority-data': data }
        : withoutData),
      server,
      ...given({ 'certificate-authority': authority }),
      ...(options.insecure ? { 'insecure-skip-tls-verify': true } : {}),
    },
    user: {
      ...user,
      ...given({
        token: options.token,
        'client-certificate': path(options.clientCertificate),
        'client-key': path(options.clientKey),
        as: options.as,
        'as-uid': options.asUid,
      }),
      ...(options.asGroups === undefined ? {} : { 'as-groups': options.asGroups }),
    },
  }
}

export const clientOf = async (context: ResolvedContext, timeoutMs: number): Promise<ApiClient> =>
  createApiClient({
    server: context.cluster.server,
    credentials: await credentialsOf(context),
    timeoutMs,
    connections: 2,
  })
