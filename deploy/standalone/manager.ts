import type { Logger } from 'pino'
import { clientFromKubeconfig, type KubeconfigFile, kubeconfigOf } from '#client/kubeconfig.ts'
import type { ApiServer } from '../../federation-apiserver/server.ts'
import { runManager } from '../../federation-controller/manager.ts'
import { defaultManagerOptions } from '../../federation-controller/options.ts'
import { countCall } from '../../federation-controller/runtime/controller-metrics.ts'
import type { StandaloneOptions } from './options.ts'

export interface RunningManager extends AsyncDisposable {
  /** Resolves when the controllers work. */
  readonly ready: Promise<void>
  /** Rejects when they end by themselves. */
  readonly failed: Promise<never>
}

/** Runs the controllers beside the API server, over HTTPS like anybody else. */
export async function startManager(parts: {
  readonly options: StandaloneOptions
  readonly apiServer: ApiServer
  readonly logger: Logger
}): Promise<RunningManager> {
  const { apiServer, logger } = parts
  const abort = new AbortController()
  const config = kubeconfigOf(
    (apiServer.programKubeconfigs?.controllerManager ?? apiServer.kubeconfig) as KubeconfigFile,
  )
  const client = await clientFromKubeconfig(config, undefined, {
    userAgent: 'federation-controller-manager',
    onCall: countCall,
  })
  const ready = Promise.withResolvers<void>()
  const running = runManager(
    defaultManagerOptions({ clusterMonitorPeriod: parts.options.clusterMonitorPeriod }),
    { client, logger, caCertificate: apiServer.caCertificate, onReady: ready.resolve },
    abort.signal,
  )
  const failed = running.then(() => {
    if (!abort.signal.aborted) throw new Error('the controllers ended by themselves')
    return new Promise<never>(() => {})
  })
  failed.catch(() => {})
  return {
    ready: Promise.race([ready.promise, failed]),
    failed,
    async [Symbol.asyncDispose]() {
      abort.abort()
      await running.catch(() => {})
      await client[Symbol.asyncDispose]()
    },
  }
}
