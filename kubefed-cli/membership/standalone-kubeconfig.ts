import type { Impersonation } from '#client/credentials.ts'
import { credentialsOf, type ResolvedContext } from '#client/kubeconfig.ts'

const encode = (data: string | Buffer): string => Buffer.from(data).toString('base64')

/** One context as a kubeconfig that needs no other file, as `kubectl config view --minify --flatten -o json` writes it. */
export async function standaloneKubeconfig(context: ResolvedContext): Promise<string> {
  const { ca, cert, key, token, insecure, serverName, impersonate } = await credentialsOf(context)
  const bearer = typeof token === 'function' ? await token() : token
  const name = context.name
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: context.cluster.server,
          ...(ca === undefined ? {} : { 'certificate-authority-data': encode(ca) }),
          ...(insecure === true ? { 'insecure-skip-tls-verify': true } : {}),
          ...(serverName === undefined ? {} : { 'tls-server-name': serverName }),
        },
      },
    ],
    users: [
      {
        name,
        user: {
          ...(cert === undefined ? {} : { 'client-certificate-data': encode(cert) }),
          ...(key === undefined ? {} : { 'client-key-data': encode(key) }),
          ...(bearer === undefined ? {} : { token: bearer }),
          ...(impersonate === undefined ? {} : impersonationFields(impersonate)),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  })
}

const impersonationFields = ({ user, uid, groups }: Impersonation): object => ({
  as: user,
  ...(uid === undefined ? {} : { 'as-uid': uid }),
  ...(groups === undefined ? {} : { 'as-groups': groups }),
})
