import { endAsked } from '#component-base/program.ts'
import { codeOf, describeError, exitCode } from './failure.ts'
import type { IOStreams } from './io-streams.ts'
import { parse } from './parser.ts'

/** v1 took flags with `_` for `-`, with a warning; so do we. */
function normalized(argv: readonly string[], io: IOStreams): string[] {
  return argv.map((word) => {
    const [flag = ''] = word.split('=', 1)
    if (!flag.startsWith('--') || !flag.includes('_')) return word
    const dashed = flag.replaceAll('_', '-')
    io.err(`Warning: ${flag} is deprecated: write ${dashed}\n`)
    return dashed + word.slice(flag.length)
  })
}

/** Runs one command line; resolves to the exit code: 0, 1 for a failure, 2 for a command line that cannot be used. */
export async function run(argv: readonly string[], io: IOStreams): Promise<number> {
  try {
    const parsed = await parse(argv.length === 0 ? ['--help'] : normalized(argv, io))
    if ('text' in parsed) io.out(parsed.text)
    else await parsed.command.execute(parsed.flags, io)
    return exitCode.success
  } catch (error) {
    io.err(`${describeError(error)}\n`)
    return codeOf(error)
  }
}

/** The program `kubefed`, on the streams of this process. */
export async function main(argv: readonly string[]): Promise<number> {
  return run(argv, {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    env: process.env,
    signal: endAsked(new Error('interrupted')),
  })
}
