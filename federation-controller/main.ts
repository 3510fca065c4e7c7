import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import {
  clientFromKubeconfig,
  credentialsOf,
  type Kubeconfig,
  kubeconfigPaths,
  loadKubeconfig,
  resolveContext,
} from '#client/kubeconfig.ts'
import { startHealthServer } from '#component-base/health-server.ts'
import { createLogger } from '#component-base/logger.ts'
import { addProcessMetrics } from '#component-base/metrics/process.ts'
import { endAsked, runProgram } from '#component-base/program.ts'
import { runManager } from './manager.ts'
import { parseOptions, type ProgramOptions } from './options.ts'
import { controllerMetrics, countCall } from './runtime/controller-metrics.ts'

async function serve(options: ProgramOptions): Promise<void> {
  const { kubeconfig, context, logLevel, bindAddress, healthPort, rootCaFile, ...rest } = options
  const logger = createLogger({ program: 'federation-controller-manager', level: logLevel })
  addProcessMetrics(controllerMetrics)
  const config = await loadKubeconfig(
    kubeconfigPaths({
      flag: kubeconfig,
      environment: process.env['KUBECONFIG'],
      home: homedir(),
    }),
  )
  await using client = await clientFromKubeconfig(config, context, { onCall: countCall })
  const caCertificate = await rootCertificate(config, { context, rootCaFile })
  let isReady = false
  await using health = await startHealthServer({
    address: bindAddress,
    port: healthPort,
    isReady: () => isReady,
    renderMetrics: () => controllerMetrics.text(),
  })
  logger.info({ address: bindAddress, port: health.port }, 'serving health')
  const deps = {
    client,
    logger,
    onReady: () => (isReady = true),
    ...(caCertificate === undefined ? {} : { caCertificate }),
  }
  await runManager(rest, deps, endAsked())
  logger.info('controllers stopped')
}

async function rootCertificate(
  config: Kubeconfig,
  { context, rootCaFile }: { context: string | undefined; rootCaFile: string | undefined },
): Promise<string | undefined> {
  if (rootCaFile !== undefined) return readFile(rootCaFile, 'utf8')
  return (await credentialsOf(resolveContext(config, context))).ca?.toString()
}

/** The program `federation-controller-manager`: resolves to its exit code. */
export const main = (argv: readonly string[]): Promise<number> =>
  runProgram('federation-controller-manager', async () => {
    const options = await parseOptions(argv, (text) => process.stdout.write(text))
    if (options !== undefined) await serve(options)
  })
