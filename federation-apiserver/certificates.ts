import { isIP } from 'node:net'
import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { loadOrCreatePki, type Pki } from './authentication/pki.ts'
import type { ApiServerOptions, Kubeconfig } from './server-options.ts'

/** What TLS is served with, and what client certificates are checked against. */
export interface Certificates {
  readonly pki: Pki
  readonly server: { readonly cert: string; readonly key: string }
  readonly clientAuthorities: readonly string[]
}

/** Reads a file that a flag names; UsageError names both. */
export async function readFlagFile(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err)
    throw new UsageError(`--${flag}: ${why}`, { cause: err })
  }
}

export async function openCertificates(options: ApiServerOptions): Promise<Certificates> {
  const { bindAddress, advertiseAddresses = [], tlsCertFile, tlsPrivateKeyFile } = options
  const advertised = [bindAddress, ...advertiseAddresses]
  const pki = await loadOrCreatePki(join(options.dataDir, 'pki'), {
    names: advertised.filter((name) => isIP(name) === 0),
    ips: advertised.filter((name) => isIP(name) !== 0),
  })
  const own = tlsCertFile === undefined || tlsPrivateKeyFile === undefined
  const { clientCaFile } = options
  return {
    pki,
    server: own
      ? pki.server
      : {
          cert: await readFlagFile('tls-cert-file', tlsCertFile),
          key: await readFlagFile('tls-private-key-file', tlsPrivateKeyFile),
        },
    clientAuthorities: [
      pki.caCertificate,
      ...(clientCaFile === undefined ? [] : [await readFlagFile('client-ca-file', clientCaFile)]),
    ],
  }
}

const encode = (pem: string): string => Buffer.from(pem).toString('base64')

export interface KubeconfigRequest {
  /** Name of the cluster, user and context. */
  readonly name: string
  readonly server: string
  readonly user: { readonly commonName: string; readonly organizations?: readonly string[] }
}

/** A new client certificate, good for a year, in a kubeconfig. */
export async function clientKubeconfig(
  { pki }: Certificates,
  { name, server, user: { commonName, organizations = [] } }: KubeconfigRequest,
): Promise<Kubeconfig> {
  const pair = await pki.issueClientCertificate({ commonName, organizations, days: 365 })
  const cluster = { server, 'certificate-authority-data': encode(pki.caCertificate) }
  const user = {
    'client-certificate-data': encode(pair.cert),
    'client-key-data': encode(pair.key),
  }
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  }
}
