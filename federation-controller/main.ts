import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { pino } from 'pino'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import {
  clientFromKubeconfig,
  credentialsOf,
  type Kubeconfig,
  kubeconfigPaths,
  loadKubeconfig,
  resolveContext,
} from '#client/kubeconfig.ts'
import { startHealthServer } from './health-server.ts'
import { runManager } from './manager.ts'
import { parseOptions, type ProgramOptions } from './options.ts'

/** Aborts when a signal asks the process to end. */
function endAsked(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => controller.abort())
  return controller.signal
}

async function serve(options: ProgramOptions): Promise<void> {
  const { kubeconfig, context, logLevel, bindAddress, healthPort, rootCaFile, ...rest } = options
  const logger = pino({ level: logLevel, base: { program: 'federation-controller-manager' } })
  const config = await loadKubeconfig(
    kubeconfigPaths({
      flag: kubeconfig,
      environment: process.env['KUBECONFIG'],
      home: homedir(),
    }),
  )
  await using client = await clientFromKubeconfig(config, context)
  const caCertificate = await rootCertificate(config, { context, rootCaFile })
  await using health = await startHealthServer({ bindAddress, port: healthPort })
  logger.info({ address: bindAddress, port: health.port }, 'serving health')
  const deps = {
    client,
    logger,
    onReady: () => health.setReady(),
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
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = await parseOptions(argv, (text) => process.stdout.write(text))
    if (options !== undefined) await serve(options)
    return 0
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`federation-controller-manager: ${message}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}
