import { readFile } from 'node:fs/promises'
import type { Credentials, Impersonation } from './credentials.ts'
import { KubeconfigError, type KubeconfigUser, type ResolvedContext } from './kubeconfig-loader.ts'

/** A projected token is renewed in its file well before it expires. */
const tokenFileMs = 60_000

async function bytesOf(
  data: string | undefined,
  path: string | undefined,
): Promise<Buffer | undefined> {
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64')
  if (path === undefined || path === '') return undefined
  try {
    return await readFile(path)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new KubeconfigError(`cannot read ${path}, which the kubeconfig names: ${message}`, {
      cause,
    })
  }
}

function tokenFromFile(path: string): () => Promise<string> {
  let token = ''
  let readAt = -Infinity
  return async () => {
    if (performance.now() - readAt < tokenFileMs) return token
    const bytes = await bytesOf(undefined, path)
    token = (bytes ?? Buffer.alloc(0)).toString('utf8').trim()
    readAt = performance.now()
    return token
  }
}

async function plainUser(user: KubeconfigUser): Promise<Credentials> {
  const cert = await bytesOf(user['client-certificate-data'], user['client-certificate'])
  const key = await bytesOf(user['client-key-data'], user['client-key'])
  const token =
    user.token !== undefined && user.token !== ''
      ? user.token
      : user.tokenFile === undefined || user.tokenFile === ''
        ? undefined
        : tokenFromFile(user.tokenFile)
  return {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(token === undefined ? {} : { token }),
  }
}

const needsPlugin = (user: KubeconfigUser): boolean =>
  user.exec !== undefined || user['auth-provider'] !== undefined

interface PluginOptions {
  headers?: Record<string, string>
  cert?: string | Buffer
  key?: string | Buffer
}

/** Users whose credentials come from a command or an identity provider. The library costs 57 MB, so it comes only for them. */
async function pluginUser(context: ResolvedContext): Promise<Credentials> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const library = new KubeConfig()
  library.loadFromString(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      // Only the user matters; the library insists on a cluster that it would accept.
      clusters: [{ name: context.clusterName, cluster: { server: 'https://cluster.invalid' } }],
      users: [{ name: context.userName, user: context.user }],
      contexts: [
        { name: context.name, context: { cluster: context.clusterName, user: context.userName } },
      ],
      'current-context': context.name,
    }),
  )
  const ask = async (): Promise<PluginOptions> => {
    const options: PluginOptions = {}
    try {
      await library.applyToHTTPSOptions(options)
    } catch (cause) {
      const message = cause instanceof Error ? cause.message.trim() : String(cause)
      throw new KubeconfigError(
        `user "${context.userName}": its credential plugin failed: ${message}`,
        { cause },
      )
    }
    return options
  }
  // Many calls may need a token at once: one run of the plugin is enough for all.
  let asking: Promise<PluginOptions> | undefined
  const askOnce = (): Promise<PluginOptions> => {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }
  const first = await ask()
  const { cert, key } = first
  const bearer = (options: PluginOptions): string =>
    (options.headers?.['Authorization'] ?? '').replace(/^Bearer /, '')
  return {
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(bearer(first) === '' ? {} : { token: async () => bearer(await askOnce()) }),
  }
}

/** The credentials of one context: files are read now, tokens from files and plugins whenever they are due. */
export async function credentialsOf(context: ResolvedContext): Promise<Credentials> {
  const { cluster, user } = context
  if (typeof cluster['proxy-url'] === 'string' && cluster['proxy-url'] !== '')
    throw new KubeconfigError(
      `cluster "${context.clusterName}" has a proxy-url, and proxies are not supported: use an address that can be reached directly`,
    )
  if (user.username !== undefined && user.username !== '')
    throw new KubeconfigError(
      `user "${context.userName}" has a user name and password, which Kubernetes has not accepted since 1.19: use a client certificate, a token or a credential plugin`,
    )
  const ca = await bytesOf(cluster['certificate-authority-data'], cluster['certificate-authority'])
  const serverName = cluster['tls-server-name']
  return {
    ...(needsPlugin(user) ? await pluginUser(context) : await plainUser(user)),
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined || serverName === '' ? {} : { serverName }),
    ...(cluster['insecure-skip-tls-verify'] === true ? { insecure: true } : {}),
    ...impersonationOf(context),
  }
}

/** Whom the user of the context wants to act as. Throws KubeconfigError for what cannot be meant. */
export function impersonationOf({ userName, user }: ResolvedContext): {
  impersonate?: Impersonation
} {
  const { as: name = '', 'as-uid': uid, 'as-groups': groups } = user
  if (user['as-user-extra'] !== undefined)
    throw new KubeconfigError(`user "${userName}": as-user-extra is not supported`)
  if (name !== '') {
    const rest = {
      ...(uid === undefined ? {} : { uid }),
      ...(groups === undefined ? {} : { groups }),
    }
    return { impersonate: { user: name, ...rest } }
  }
  if (uid === undefined && groups === undefined) return {}
  throw new KubeconfigError(
    `user "${userName}": a UID or groups are to be impersonated without a user; name one with --as`,
  )
}
