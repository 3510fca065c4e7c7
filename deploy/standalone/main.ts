import { createLogger } from '#component-base/logger.ts'
import { collectGarbage, runProgram, untilEndAsked } from '#component-base/program.ts'
import { type ProgramText, parseOptions, type StandaloneOptions } from './options.ts'
import { startStandalone, type StandaloneEvent } from './standalone.ts'

const program: ProgramText = {
  name: 'federation-server',
  about: 'API server, controllers and DNS server of a federation in one process.',
  envPrefix: 'FEDERATION_SERVER',
  playground: false,
}

const describe = (event: StandaloneEvent): string => {
  switch (event.type) {
    case 'api':
      return `federation API at ${event.url}, storage: ${event.storage}`
    case 'controllers':
      return 'controllers running'
    case 'dns':
      return `DNS at ${event.address}, zone ${event.zone}`
    case 'notice':
      return `note: ${event.text}`
  }
}

async function serve(options: StandaloneOptions): Promise<void> {
  const logger = createLogger({ program: 'federation-server', level: options.logLevel })
  const asked = untilEndAsked()
  const report = (event: StandaloneEvent): void => void process.stdout.write(`${describe(event)}\n`)
  await using server = await startStandalone(options, { logger, report })
  collectGarbage()
  process.stdout.write(
    `ready: kubectl --kubeconfig ${server.kubeconfigPath} --context=federation get clusters\n`,
  )
  await Promise.race([asked, server.failed])
}

/** The program `federation-server`: resolves to its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  return await runProgram(program.name, async () => {
    const options = await parseOptions(program, argv, (text) => process.stdout.write(text))
    if (options !== undefined) await serve(options)
  })
}
