import { createLogger } from '#component-base/logger.ts'
import { collectGarbage, runProgram, untilEndAsked } from '#component-base/program.ts'
import { writePrivate } from './authentication/private-files.ts'
import { parseOptions, type ProgramOptions } from './options.ts'
import { startApiServer } from './server.ts'

async function serve(options: ProgramOptions): Promise<void> {
  const logger = createLogger({ program: 'federation-apiserver', level: options.logLevel })
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
  collectGarbage()
  logger.info({ url: server.url, kubeconfigPath: `${dataDir}/kubeconfig` }, 'api server ready')
  await untilEndAsked()
  logger.info('api server stopping')
}

/** The program `federation-apiserver`: resolves to its exit code. */
export const main = (argv: readonly string[]): Promise<number> =>
  runProgram('federation-apiserver', async () => {
    const options = await parseOptions(argv, (text) => process.stdout.write(text))
    if (options !== undefined) await serve(options)
  })
