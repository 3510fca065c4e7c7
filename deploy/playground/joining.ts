import { isNotFound } from '#apimachinery/errors/status-error.ts'
import { type Cluster, clusters } from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import { run } from '../../kubefed-cli/main.ts'
import type { Member } from './member.ts'

interface JoinParts {
  /** The federation. */
  readonly client: ApiClient
  /** Has the contexts of the federation and of the member. */
  readonly kubeconfigPath: string
}

/** Joins a member as `kubefed join` does, unless it is joined; a member that moved to another port gets its new address. */
export async function ensureJoined(member: Member, parts: JoinParts): Promise<void> {
  const { name } = member.spec
  const cluster = await existing(parts.client, name)
  if (cluster === undefined) return await join(name, parts.kubeconfigPath)
  const [address] = cluster.spec.serverAddressByClientCIDRs
  if (address?.serverAddress === member.apiServer.url) return
  const serverAddressByClientCIDRs = [
    { clientCIDR: '0.0.0.0/0', serverAddress: member.apiServer.url },
  ]
  const body = { spec: { serverAddressByClientCIDRs } }
  await parts.client.patch(clusters, { name }, { type: 'merge', body })
}

async function existing(client: ApiClient, name: string): Promise<Cluster | undefined> {
  try {
    return await client.get<Cluster>(clusters, { name })
  } catch (err) {
    if (isNotFound(err)) return undefined
    throw err
  }
}

async function join(name: string, kubeconfigPath: string): Promise<void> {
  let errors = ''
  const argv = ['join', name, '--context=federation', `--cluster-context=${name}`]
  const code = await run(
    [...argv, '--host-cluster-context=federation', `--kubeconfig=${kubeconfigPath}`],
    {
      out: () => {},
      err: (text) => (errors += text),
      env: {},
      signal: new AbortController().signal,
    },
  )
  if (code !== 0) throw new Error(`joining ${name}: ${errors.trim()}`)
}
