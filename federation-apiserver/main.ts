import { pino } from 'pino'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { writePrivate } from './authentication/private-files.ts'
import { parseOptions, type ProgramOptions } from './options.ts'
import { startApiServer } from './server.ts'
import { isStorageError } from './storage/errors.ts'

/** Resolves when a signal asks the process to end. */
const endAsked = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => resolve())
  })

async function serve(options: ProgramOptions): Promise<void> {
  const logger = pino({ level: options.logLevel, base: { program: 'federation-apiserver' } })
  await using server = await startApiServer(options.server, { logger })
  const { dataDir } = options.server
  const kubeconfigs = {
    kubeconfig: server.kubeconfig,
    'controller-manager.kubeconfig': server.programKubeconfigs?.controllerManager,
    'dns.kubeconfig': server.programKubeconfigs?.dns,
  }
  for (const [name, kubeconfig] of Object.entries(kubeconfigs)) {
    if (kubeconfig !== undefined)
      writePrivate(dataDir, name, `${JSON.stringify(kubeconfig, null, 2)}\n`)
  }
  logger.info({ url: server.url, kubeconfig: `${dataDir}/kubeconfig` }, 'api server ready')
  await endAsked()
  logger.info('api server stopping')
}

/** Problems that the user can cure: told in one line, without a stack. */
const isForUser = (err: unknown): boolean =>
  err instanceof UsageError || isStorageError(err) || (err as { code?: unknown }).code !== undefined

/** The program `federation-apiserver`: resolves to its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = await parseOptions(argv, (text) => process.stdout.write(text))
    if (options !== undefined) await serve(options)
    return 0
  } catch (error) {
    const known = error instanceof Error && isForUser(error)
    const text = error instanceof Error ? (known ? error.message : error.stack) : String(error)
    process.stderr.write(`federation-apiserver: ${text ?? ''}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}
