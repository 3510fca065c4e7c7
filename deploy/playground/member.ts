import { join } from 'node:path'
import type { Logger } from 'pino'
import type { ApiClient } from '#client/api-client.ts'
import { clientFromKubeconfig, type KubeconfigFile, kubeconfigOf } from '#client/kubeconfig.ts'
import { type ApiServer, startApiServer } from '../../federation-apiserver/server.ts'
import { runMemberWorkloads } from './workloads/run-member-workloads.ts'

/** What a playground member is made of. Addresses are of the documentation ranges (RFC 5737). */
export interface MemberSpec {
  readonly name: string
  readonly region: string
  readonly zones: readonly string[]
  readonly loadBalancerRange: string
  /** Port that is tried first. */
  readonly fallbackPort: number
}

/** THE list of playground members. */
export const memberSpecs: readonly MemberSpec[] = [
  {
    name: 'eu-west',
    region: 'eu-west',
    zones: ['eu-west-a', 'eu-west-b'],
    loadBalancerRange: '192.0.2.0/24',
    fallbackPort: 8451,
  },
  {
    name: 'us-east',
    region: 'us-east',
    zones: ['us-east-a', 'us-east-b'],
    loadBalancerRange: '198.51.100.0/24',
    fallbackPort: 8452,
  },
]

/** A member cluster in this process: our own API server with workload controllers and simulated nodes. */
export interface Member extends AsyncDisposable {
  readonly spec: MemberSpec
  readonly apiServer: ApiServer
  /** An administrator's client of the member. */
  readonly client: ApiClient
  readonly failed: Promise<never>
}

export async function startMember(
  spec: MemberSpec,
  parts: { readonly dataDir: string; readonly port: number; readonly logger: Logger },
): Promise<Member> {
  await using stack = new AsyncDisposableStack()
  const dataDir = join(parts.dataDir, 'members', spec.name)
  const logger = parts.logger.child({ cluster: spec.name })
  const apiServer = stack.use(
    await startApiServer(
      {
        dataDir,
        securePort: parts.port,
        bindAddress: '127.0.0.1',
        storage: { type: 'sqlite', path: join(dataDir, 'cluster.db') },
        federation: false,
        clusterName: spec.name,
        maxRequestsInflight: 400,
        maxMutatingRequestsInflight: 200,
      },
      { logger },
    ),
  )
  const config = kubeconfigOf(apiServer.kubeconfig as KubeconfigFile)
  const client = stack.use(await clientFromKubeconfig(config))
  const abort = new AbortController()
  const { region, zones, loadBalancerRange } = spec
  const { caCertificate } = apiServer
  const running = runMemberWorkloads(
    { client, logger, region, zones, loadBalancerRange, caCertificate },
    abort.signal,
  )
  stack.defer(async () => {
    abort.abort()
    await running.catch(() => {})
  })
  const failed = running.then(() => new Promise<never>(() => {}))
  failed.catch(() => {})
  const owned = stack.move()
  return { spec, apiServer, client, failed, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
