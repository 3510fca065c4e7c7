import { join } from 'node:path'
import type { Logger } from 'pino'
import type { ApiClient } from '#client/api-client.ts'
import {
  clientFromKubeconfig,
  type KubeconfigFile,
  kubeconfigOf,
  mergeIntoKubeconfig,
} from '#client/kubeconfig.ts'
import { type DnsServer, startDnsServer } from '../../dns/server.ts'
import { type ApiServer, startApiServer } from '../../federation-apiserver/server.ts'
import { controllerMetrics } from '../../federation-controller/runtime/controller-metrics.ts'
import { startManager } from './manager.ts'
import type { StandaloneOptions } from './options.ts'
import { choosePort, type PortWish, readPorts, startOnPort, writePorts } from './ports.ts'

/** A whole control plane in this process. */
export interface Standalone extends AsyncDisposable {
  readonly apiServer: ApiServer
  readonly dns: DnsServer
  /** An administrator's client of the federation. */
  readonly client: ApiClient
  /** File with the context `federation`, readable by its owner alone. */
  readonly kubeconfigPath: string
  /** Rejects when a part ends that must not. */
  readonly failed: Promise<never>
}

export interface StandaloneDeps {
  readonly logger: Logger
  /** Is told each step as it is done, and anything the user should know. */
  readonly report: (event: StandaloneEvent) => void
  /** Runs when the API is up and the controllers are not: members that start here are never seen Offline. */
  readonly beforeControllers?: () => Promise<void>
}

export type StandaloneEvent =
  | { readonly type: 'api'; readonly url: string; readonly storage: string }
  | { readonly type: 'controllers' }
  | { readonly type: 'dns'; readonly address: string; readonly zone: string }
  | { readonly type: 'notice'; readonly text: string }

export const contextName = 'federation'

/** Starts API server, controllers and DNS; resolves when all three work. Disposal stops them in reverse. */
export async function startStandalone(
  options: StandaloneOptions,
  deps: StandaloneDeps,
): Promise<Standalone> {
  await using stack = new AsyncDisposableStack()
  const { onPort, wishes } = await choosePorts(options, deps)
  const apiServer = stack.use(
    await onPort(wishes.api, (port) => startFederationApi(options, { ...deps, port })),
  )
  const storage =
    options.etcdServers === undefined ? 'SQLite' : `etcd ${options.etcdServers.join(',')}`
  deps.report({ type: 'api', url: apiServer.url, storage })
  const kubeconfigPath = join(options.dataDir, 'kubeconfig')
  await mergeIntoKubeconfig(kubeconfigPath, {
    ...(apiServer.kubeconfig as KubeconfigFile),
    currentContext: contextName,
  })
  const config = kubeconfigOf(apiServer.kubeconfig as KubeconfigFile)
  const client = stack.use(await clientFromKubeconfig(config))
  await deps.beforeControllers?.()
  const manager = stack.use(
    await startManager({ options, apiServer, logger: deps.logger.child({ part: 'controllers' }) }),
  )
  await manager.ready
  deps.report({ type: 'controllers' })
  const dnsConfig = kubeconfigOf(
    (apiServer.programKubeconfigs?.dns ?? apiServer.kubeconfig) as KubeconfigFile,
  )
  const dnsClient = stack.use(
    await clientFromKubeconfig(dnsConfig, undefined, { userAgent: 'federation-dns' }),
  )
  const dns = stack.use(
    await onPort(wishes.dns, (port) => startDns(options, { ...deps, client: dnsClient, port })),
  )
  deps.report({
    type: 'dns',
    address: `${options.bindAddress}:${dns.port}`,
    zone: options.dnsZoneName,
  })
  await writePorts(options.dataDir, {
    ...readPorts(options.dataDir),
    ...(options.port === 0 ? {} : { api: apiServer.port }),
    ...(options.dnsPort === 0 ? {} : { dns: dns.port }),
  })
  const owned = stack.move()
  return {
    apiServer,
    dns,
    client,
    kubeconfigPath,
    failed: manager.failed,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Throws when a port that was asked for is taken: before anything is written. `onPort` starts a server, and says where when it moved. */
async function choosePorts({ dataDir, port, dnsPort }: StandaloneOptions, deps: StandaloneDeps) {
  const remembered = readPorts(dataDir)
  const [api, dns]: [PortWish, PortWish] = [
    {
      name: 'api',
      flag: 'port',
      fallback: 8443,
      ...(port === undefined ? {} : { asked: port }),
    },
    {
      name: 'dns',
      flag: 'dns-port',
      fallback: 5300,
      udp: true,
      ...(dnsPort === undefined ? {} : { asked: dnsPort }),
    },
  ]
  for (const wish of [api, dns]) if (wish.asked !== undefined) await choosePort(wish, remembered)
  const onPort = <T>(wish: PortWish, start: (port: number) => Promise<T>): Promise<T> =>
    startOnPort(wish, remembered, async (choice) => {
      const started = await start(choice.port)
      if (choice.notice !== undefined) deps.report({ type: 'notice', text: choice.notice })
      return started
    })
  return { onPort, wishes: { api, dns } }
}

const startFederationApi = (
  options: StandaloneOptions,
  { logger, port }: { logger: Logger; port: number },
): Promise<ApiServer> =>
  startApiServer(
    {
      dataDir: options.dataDir,
      securePort: port,
      bindAddress: options.bindAddress,
      storage: storageOf(options),
      federation: true,
      clusterName: contextName,
      maxRequestsInflight: 400,
      maxMutatingRequestsInflight: 200,
      portFlag: 'port',
    },
    { logger: logger.child({ part: 'apiserver' }), metrics: [controllerMetrics] },
  )

function storageOf(options: StandaloneOptions): Parameters<typeof startApiServer>[0]['storage'] {
  const { etcdServers, etcdPrefix, etcdCafile, etcdCertfile, etcdKeyfile } = options
  if (etcdServers === undefined)
    return { type: 'sqlite', path: join(options.dataDir, 'federation.db') }
  return {
    type: 'etcd3',
    endpoints: etcdServers,
    prefix: etcdPrefix,
    ...(etcdCafile === undefined ? {} : { ca: etcdCafile }),
    ...(etcdCertfile === undefined ? {} : { cert: etcdCertfile }),
    ...(etcdKeyfile === undefined ? {} : { key: etcdKeyfile }),
  }
}

const startDns = (
  options: StandaloneOptions,
  { logger, client, port }: { logger: Logger; client: ApiClient; port: number },
): Promise<DnsServer> =>
  startDnsServer(
    {
      zone: options.dnsZoneName,
      federationName: options.federationName,
      port,
      bindAddress: options.bindAddress,
      snapshotFile: join(options.dataDir, 'dns-snapshot.json'),
    },
    { client, logger: logger.child({ part: 'dns' }) },
  )
