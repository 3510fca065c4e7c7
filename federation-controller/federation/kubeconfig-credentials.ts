import type { Credentials } from '#client/credentials.ts'
import { impersonationOf, KubeconfigError, resolveContext } from '#client/kubeconfig.ts'
import { kubeconfigFromText } from '#client/kubeconfig-text.ts'

/**
 * The current context's credentials, of those that are in the text itself: a kubeconfig from an API object must not make
 * this process read its own files or run commands. A string says what is wrong with it, and holds nothing secret.
 */
export function kubeconfigCredentials(text: string): Credentials | string {
  try {
    const context = resolveContext(kubeconfigFromText(text))
    const { cluster, user } = context
    if (user.exec !== undefined || user['auth-provider'] !== undefined) {
      return 'needs a credential plugin, which is not run for members'
    }
    const cert = decoded(user['client-certificate-data'])
    const key = decoded(user['client-key-data'])
    const ca = decoded(cluster['certificate-authority-data'])
    const serverName = cluster['tls-server-name']
    const hasToken = user.token !== undefined && user.token !== ''
    if (!hasToken && (cert === undefined || key === undefined)) {
      return 'has neither a token nor an embedded client certificate and key'
    }
    return {
      ...(hasToken ? { token: user.token } : {}),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(ca === undefined ? {} : { ca }),
      ...(serverName === undefined || serverName === '' ? {} : { serverName }),
      ...(cluster['insecure-skip-tls-verify'] === true ? { insecure: true } : {}),
      ...impersonationOf(context),
    } as Credentials
  } catch (error) {
    // Lists that are no lists, numbers for names: one bad Secret must not end the controllers of all clusters.
    const why = error instanceof KubeconfigError ? error.message : 'it is malformed'
    return `cannot be used: ${why}`
  }
}

const decoded = (data: string | undefined): string | undefined =>
  data === undefined || data === '' ? undefined : Buffer.from(data, 'base64').toString('utf8')
