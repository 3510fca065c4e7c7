import { createLogger } from '#component-base/logger.ts'
import { collectGarbage, runProgram, untilEndAsked } from '#component-base/program.ts'
import { type ProgramText, parseOptions, type StandaloneOptions } from '../standalone/options.ts'
import { startPlayground } from './playground.ts'
import { createTerminal } from './terminal.ts'

const program: ProgramText = {
  name: 'npm start --',
  about: 'A federation to play with: control plane, two member clusters and a demo in one process.',
  envPrefix: 'FEDERATION_PLAYGROUND',
  playground: true,
}

async function play(options: StandaloneOptions): Promise<void> {
  const logger = createLogger({ program: 'playground', level: options.logLevel })
  const asked = untilEndAsked()
  const terminal = createTerminal(process.stdout)
  const show = terminal.show.bind(terminal)
  const playing = startPlayground(options, { logger, show })
  await using playground = await playing
  collectGarbage()
  await Promise.race([asked, playground.failed])
  terminal.end()
  process.stdout.write(`\nstopping; the data stays in ${options.dataDir}\n`)
}

/** The program behind `npm start`: resolves to its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  return await runProgram('playground', async () => {
    const options = await parseOptions(program, argv, (text) => process.stdout.write(text))
    if (options !== undefined) await play(options)
  })
}
