import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino, { type Logger } from 'pino'
import type { ApiClient } from '#client/api-client.ts'
import { clientFromKubeconfig, type KubeconfigFile, kubeconfigOf } from '#client/kubeconfig.ts'
import type { Backend } from '../../federation-apiserver/storage/backend.ts'
import {
  type ApiServer,
  type ApiServerOptions,
  startApiServer,
} from '../../federation-apiserver/server.ts'

/** An API server in this process, on memory and a free port, and an administrator's client of it. */
export interface InProcessServer extends AsyncDisposable {
  readonly server: ApiServer
  readonly client: ApiClient
  readonly logger: Logger
  /** Runs something long-lived until the server is disposed; what it throws is thrown then. */
  run(part: { run(signal: AbortSignal): Promise<void> }): void
}

export async function startInProcess(options: {
  federation: boolean
  name?: string
  /** Instead of a fresh one on memory. */
  backend?: Backend
  /** Instead of those that a test gets. */
  options?: Partial<ApiServerOptions>
  logger?: Logger
}): Promise<InProcessServer> {
  await using stack = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'api-server-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  const logger = options.logger ?? pino({ level: 'error' })
  const server = stack.use(
    await startApiServer(
      {
        dataDir,
        securePort: 0,
        bindAddress: '127.0.0.1',
        storage: { type: 'memory' },
        federation: options.federation,
        clusterName: options.name ?? 'test',
        maxRequestsInflight: 400,
        maxMutatingRequestsInflight: 200,
        ...options.options,
      },
      { logger, ...(options.backend === undefined ? {} : { backend: options.backend }) },
    ),
  )
  const config = kubeconfigOf(server.kubeconfig as KubeconfigFile)
  const client = stack.use(await clientFromKubeconfig(config))
  const abort = new AbortController()
  const running: Promise<void>[] = []
  stack.defer(async () => {
    abort.abort()
    await Promise.all(running)
  })
  const owned = stack.move()
  return {
    server,
    client,
    logger,
    run: (part) => void running.push(part.run(abort.signal)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
