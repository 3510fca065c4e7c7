import { networkInterfaces } from 'node:os'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Cluster } from '#apimachinery/schema/federation.ts'
import type { Credentials } from '#client/credentials.ts'
import { hashOf } from './hash.ts'
import { kubeconfigCredentials } from './kubeconfig-credentials.ts'
import { chooseServerAddress } from './server-address.ts'

/** Where a member is and how we prove who we are. */
export interface MemberConnection {
  readonly server: string
  readonly credentials: Credentials
  /** Changes when anything above does. */
  readonly fingerprint: string
}

/**
 * From the Cluster and the Secret that it names. A string says why there is no way to connect, for people to read;
 * it never holds anything secret.
 */
export function memberConnection(
  cluster: Cluster,
  secret: ApiObject | undefined,
): MemberConnection | string {
  const server = chooseServerAddress(cluster.spec.serverAddressByClientCIDRs, hostAddresses())
  if (server === undefined) return 'no server address is for clients of this network'
  if (!URL.canParse(server)) return 'the server address is no host, no host with a port and no URL'
  const wanted = cluster.spec.secretRef?.name
  const credentials = wanted === undefined ? {} : credentialsOf(wanted, secret)
  if (typeof credentials === 'string') return credentials
  return { server, credentials, fingerprint: hashOf([server, credentials]) }
}

function credentialsOf(name: string, secret: ApiObject | undefined): Credentials | string {
  if (secret === undefined) return `secret "${name}" not found in namespace federation-system`
  const token = dataOf(secret, 'token')
  const ca = dataOf(secret, 'ca.crt')
  if (token !== undefined && ca !== undefined) return { token, ca }
  if (token !== undefined) return `secret "${name}" has a token but no ca.crt`
  const kubeconfig = dataOf(secret, 'kubeconfig')
  if (kubeconfig === undefined)
    return `secret "${name}" has neither token and ca.crt nor kubeconfig`
  const found = kubeconfigCredentials(kubeconfig)
  return typeof found === 'string' ? `the kubeconfig in secret "${name}" ${found}` : found
}

/** A data value of a Secret, decoded; undefined when absent or empty. */
export function dataOf(secret: ApiObject, key: string): string | undefined {
  const data = secret['data'] as Record<string, string> | undefined
  const text = Buffer.from(data?.[key] ?? '', 'base64').toString('utf8')
  return text === '' ? undefined : text
}

/** Addresses of this machine, loopback included. */
const hostAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address)
