import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'

/** clientcmd/v1 Cluster, the fields that are used. */
export interface KubeconfigCluster {
  server?: string
  'certificate-authority'?: string
  'certificate-authority-data'?: string
  'insecure-skip-tls-verify'?: boolean
  'tls-server-name'?: string
  'proxy-url'?: string
  [field: string]: unknown
}

/** clientcmd/v1 AuthInfo, the fields that are used. */
export interface KubeconfigUser {
  'client-certificate'?: string
  'client-certificate-data'?: string
  'client-key'?: string
  'client-key-data'?: string
  token?: string
  tokenFile?: string
  username?: string
  password?: string
  exec?: Record<string, unknown>
  'auth-provider'?: Record<string, unknown>
  as?: string
  'as-uid'?: string
  'as-groups'?: string[]
  [field: string]: unknown
}

export interface KubeconfigContext {
  cluster: string
  user: string
  namespace?: string
  [field: string]: unknown
}

/** clientcmd/v1 Config as it stands in a file. */
export interface KubeconfigFile {
  apiVersion?: string
  kind?: string
  'current-context'?: string
  clusters?: { name: string; cluster: KubeconfigCluster }[] | null
  users?: { name: string; user: KubeconfigUser }[] | null
  contexts?: { name: string; context: KubeconfigContext }[] | null
  [field: string]: unknown
}

/** Several files as one: paths inside are absolute, and the first file that names a thing wins. */
export interface Kubeconfig {
  /** Where it was read from, in order; files that do not exist are left out. */
  readonly paths: readonly string[]
  readonly currentContext: string | undefined
  readonly clusters: ReadonlyMap<string, KubeconfigCluster>
  readonly users: ReadonlyMap<string, KubeconfigUser>
  readonly contexts: ReadonlyMap<string, KubeconfigContext>
}

/** A kubeconfig that cannot be used; the message says what and where, and the way out. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError'
}

/** The files that kubectl would read: the flag's alone, else those of $KUBECONFIG, else ~/.kube/config. */
export function kubeconfigPaths(from: {
  flag?: string | undefined
  /** The value of KUBECONFIG. */
  environment?: string | undefined
  home: string
}): string[] {
  if (from.flag !== undefined && from.flag !== '') return [from.flag]
  const listed = (from.environment ?? '').split(':').filter((path) => path !== '')
  return listed.length > 0 ? listed : [resolve(from.home, '.kube/config')]
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** One file, parsed; undefined when it does not exist or is empty. */
export async function readKubeconfigFile(path: string): Promise<KubeconfigFile | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw new KubeconfigError(`cannot read the kubeconfig ${path}: ${messageOf(cause)}`, { cause })
  }
  let parsed: unknown
  try {
    parsed = parse(text)
  } catch (cause) {
    throw new KubeconfigError(`the kubeconfig ${path} is no YAML: ${messageOf(cause)}`, { cause })
  }
  if (parsed === null || parsed === undefined) return undefined
  if (typeof parsed !== 'object' || Array.isArray(parsed))
    throw new KubeconfigError(`the kubeconfig ${path} holds no object`)
  const file = parsed as KubeconfigFile
  if (file.kind !== undefined && file.kind !== 'Config')
    throw new KubeconfigError(`${path} is no kubeconfig: its kind is ${file.kind}, not Config`)
  return file
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** Reads and merges the files; those that do not exist are skipped, but one at least must. */
export async function loadKubeconfig(paths: readonly string[]): Promise<Kubeconfig> {
  const found: { path: string; file: KubeconfigFile }[] = []
  for (const path of paths) {
    const file = await readKubeconfigFile(path)
    if (file !== undefined) found.push({ path: resolve(path), file })
  }
  if (found.length === 0)
    throw new KubeconfigError(
      `there is no kubeconfig: ${paths.join(', ')} ${paths.length === 1 ? 'does' : 'do'} not exist; name one with --kubeconfig or KUBECONFIG`,
    )
  return mergeFiles(found)
}

/** The same of a kubeconfig that is no file; relative paths inside count from `folder`. */
export const kubeconfigOf = (file: KubeconfigFile, folder = '/'): Kubeconfig =>
  mergeFiles([{ path: resolve(folder, 'kubeconfig'), file }])

function mergeFiles(found: readonly { path: string; file: KubeconfigFile }[]): Kubeconfig {
  const clusters = new Map<string, KubeconfigCluster>()
  const users = new Map<string, KubeconfigUser>()
  const contexts = new Map<string, KubeconfigContext>()
  let currentContext: string | undefined
  for (const { path, file } of found) {
    const folder = dirname(path)
    currentContext ??= file['current-context'] === '' ? undefined : file['current-context']
    for (const { name, cluster } of file.clusters ?? [])
      if (!clusters.has(name))
        clusters.set(name, withPaths(cluster ?? {}, ['certificate-authority'], folder))
    for (const { name, user } of file.users ?? [])
      if (!users.has(name)) users.set(name, withPaths(user ?? {}, userPaths, folder))
    for (const { name, context } of file.contexts ?? [])
      if (!contexts.has(name)) contexts.set(name, context)
  }
  return { paths: found.map(({ path }) => path), currentContext, clusters, users, contexts }
}

const userPaths = ['client-certificate', 'client-key', 'tokenFile']

function withPaths<T extends Record<string, unknown>>(
  entry: T,
  fields: readonly string[],
  folder: string,
): T {
  const absolute: Record<string, unknown> = { ...entry }
  for (const field of fields) {
    const path = absolute[field]
    if (typeof path === 'string' && path !== '') absolute[field] = resolve(folder, path)
  }
  return absolute as T
}

export interface ResolvedContext {
  readonly name: string
  readonly cluster: KubeconfigCluster & { server: string }
  readonly clusterName: string
  readonly user: KubeconfigUser
  readonly userName: string
  readonly namespace: string | undefined
}

/** The context of this name, or the current one, with its cluster and user. */
export function resolveContext(config: Kubeconfig, contextName?: string): ResolvedContext {
  const name = contextName ?? config.currentContext
  const where = config.paths.join(', ')
  if (name === undefined)
    throw new KubeconfigError(
      `${where} has no current context; name one with --context, ${existing(config)}`,
    )
  const context = config.contexts.get(name)
  if (context === undefined)
    throw new KubeconfigError(`there is no context "${name}" in ${where}; ${existing(config)}`)
  const cluster = config.clusters.get(context.cluster)
  if (cluster === undefined)
    throw new KubeconfigError(
      `context "${name}" in ${where} names the cluster "${context.cluster}", which is not there`,
    )
  const { server } = cluster
  if (server === undefined || !/^https?:\/\/[^/]/.test(server) || !URL.canParse(server))
    throw new KubeconfigError(
      `cluster "${context.cluster}" in ${where} has ${server === undefined ? 'no server' : `a server that is no URL: ${server}`}`,
    )
  const user = config.users.get(context.user)
  if (user === undefined && context.user !== undefined && context.user !== '')
    throw new KubeconfigError(
      `context "${name}" in ${where} names the user "${context.user}", which is not there`,
    )
  return {
    name,
    cluster: { ...cluster, server },
    clusterName: context.cluster,
    user: user ?? {},
    userName: context.user ?? '',
    namespace: context.namespace,
  }
}

function existing(config: Kubeconfig): string {
  const names = [...config.contexts.keys()].sort()
  const list = names.length === 0 ? 'it has none' : `those that exist are ${names.join(', ')}`
  return `${list} (kubectl config get-contexts shows them)`
}
