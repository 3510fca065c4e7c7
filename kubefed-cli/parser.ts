import yargs, { type Argv } from 'yargs'
import { similarNames } from '#apimachinery/meta/name-hints.ts'
import { flagError, shownNames } from '#apimachinery/errors/flag-error.ts'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import type { Command } from './command.ts'
import { commands } from './commands.ts'
import { persistentFlags } from './persistent-flags.ts'

/** What a command line asks for: a command with its flags, or a text (help, completions) to print. */
export type Parsed =
  | { readonly command: Command; readonly flags: Readonly<Record<string, unknown>> }
  | { readonly text: string }

const width = 100

/** One variadic argument, so that a wrong number of them is reported by the command, in its own words. */
const signature = ({ name, positional }: Command): string =>
  positional === '' ? name : `${name} [${positional}..]`

/** Help shows what is meant: exactly one, and no list of it. */
const withoutVariadic = (text: string): string =>
  text.replace(/\[([A-Z]+)\.\.\]/g, '$1    ').replace(/^Positionals:\n(?: .*\n)+\n/m, '')

function describe(command: Command, argv: Argv): Argv {
  const usage = ['kubefed', command.name, command.positional, '[flags]'].filter((w) => w !== '')
  let built = argv
    .usage(
      `${command.summary}.${command.details === undefined ? '' : `\n\n${command.details}`}\n\nUsage:\n  ${usage.join(' ')}`,
    )
    .options(command.flags)
    .group(Object.keys(command.flags), 'Flags:')
    .group(Object.keys(persistentFlags), 'Flags of every command:')
  if (command.positional !== '')
    built = built.positional(command.positional, { type: 'string', array: true })
  for (const [line, what] of command.examples ?? []) built = built.example(line, what)
  return built
}

/** A parser's complaint about a command line. */
function complaint(message: string, argv: readonly string[]): UsageError {
  const command = commands.find(({ name }) => name === argv[0])
  const known = shownNames({ ...persistentFlags, ...command?.flags })
  const unknown = flagError(message, argv, { known, unsupported: [] })
  const [, first] = /^unknown flag (--[^\s,;]+)/.exec(unknown.message) ?? []
  // A word too many is unknown, too, and no flag.
  if (first !== undefined && argv.some((arg) => arg.startsWith(first))) return unknown
  return new UsageError(`${message.replace(/\n/g, '; ')}. See "kubefed --help"`)
}

function build(
  argv: readonly string[],
  onCommand: (command: Command, flags: Record<string, unknown>) => void,
): Argv {
  let parser: Argv = yargs()
    .scriptName('kubefed')
    // A flag is named as it stands: --no-headers is one of its own.
    .parserConfiguration({ 'boolean-negation': false })
    .usage(
      'kubefed controls a federation of Kubernetes clusters.\n\nUsage:\n  kubefed COMMAND [flags]',
    )
    .options(persistentFlags)
    .group(Object.keys(persistentFlags), 'Flags of every command:')
  for (const command of commands) {
    parser = parser.command(
      signature(command),
      command.summary,
      (built) => describe(command, built),
      (flags) => onCommand(command, flags),
    )
  }
  return parser
    .demandCommand(1, 'a command is required')
    .strict()
    .version(false)
    .help()
    .alias('help', 'h')
    .completion('completions-of-yargs', false)
    .epilogue(
      '"kubefed COMMAND --help" tells more about a command, "kubefed options" lists the flags of every command.',
    )
    .wrap(width)
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? complaint(message, argv)
    })
}

function requireCommand(word: string | undefined): void {
  if (word === undefined || word.startsWith('-') || commands.some(({ name }) => name === word))
    return
  const similar = similarNames(
    word,
    commands.map(({ name }) => name),
  )
  const hint = similar.length > 0 ? `did you mean ${similar.join(' or ')}?` : 'see "kubefed --help"'
  throw new UsageError(`unknown command "${word}" for "kubefed"; ${hint}`)
}

/** Reads a command line. Throws UsageError. */
export async function parse(argv: readonly string[]): Promise<Parsed> {
  requireCommand(argv[0])
  let text = ''
  let found: Parsed | undefined
  const parser = build(argv, (command, flags) => {
    found = { command, flags: { ...flags, arguments: flags[command.positional] } }
  })
  await parser.parse([...argv], {}, (_error, _argv, output) => {
    text = output
  })
  if (text !== '' || found === undefined) return { text: `${withoutVariadic(text)}\n` }
  return found
}
