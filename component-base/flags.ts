import yargs, { type Options } from 'yargs'
import type { z } from 'zod'
import {
  flagError,
  flagOf,
  shownNames,
  type UnsupportedFlags,
} from '#apimachinery/errors/flag-error.ts'
import { UsageError } from '#apimachinery/errors/usage-error.ts'

/** What a program takes on its command line: flags for yargs, and the strict schema that their values (camel case) must fit. */
export interface CommandLine<S extends z.ZodType> {
  readonly name: string
  /** One sentence for --help. */
  readonly about: string
  /** PREFIX_DATA_DIR stands in for --data-dir when that is not given. */
  readonly envPrefix: string
  readonly flags: Readonly<Record<string, Options>>
  readonly schema: S
  /** Told apart from flags that nobody knows. */
  readonly unsupported?: readonly UnsupportedFlags[]
}

const camelCase = (flag: string): string =>
  flag.replace(/-([a-z])/g, (_, c: string) => c.toUpperCase())

/** What was given: of a list, the one that is meant. A text that was taken apart later counts whole. */
const valueAt = (given: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : at,
    given,
  )

/** `--log-level must be info or warn, and is "loud"` */
function describeIssue({ path, message }: z.core.$ZodIssue, given: unknown): string {
  const [key] = path
  if (key === undefined) return message
  const value = valueAt(given, path)
  // The parser has made that of something that is no number.
  const shown = Number.isNaN(value) ? 'no number' : JSON.stringify(value)
  const tail = value === undefined || value === '' ? '' : `, and is ${shown}`
  return `${flagOf(String(key))} ${message}${tail}`
}

/** Elsewhere --no-x is a flag of its own or one that nobody knows, not the opposite of one. */
const hasSwitchToTurnOff = (flags: CommandLine<z.ZodType>['flags']): boolean =>
  Object.entries(flags).some(([name, flag]) => flag.type === 'boolean' && !name.startsWith('no-'))

/**
 * Reads flags and their environment twins. Undefined: help was asked for, and `write` has the text. Throws UsageError that names
 * every flag that cannot be used, and why.
 */
export async function parseFlags<S extends z.ZodType>(
  line: CommandLine<S>,
  argv: readonly string[],
  write: (text: string) => void,
): Promise<z.output<S> | undefined> {
  const parser = yargs()
    .scriptName(line.name)
    .usage(`$0 [options]\n\n${line.about}`)
    .env(line.envPrefix)
    .parserConfiguration({ 'boolean-negation': hasSwitchToTurnOff(line.flags) })
    .options(line.flags)
    .strict()
    .version(false)
    .help()
    .epilogue(
      `A flag that is not given is read from the environment: ${line.envPrefix}_LOG_LEVEL for --log-level.`,
    )
    .wrap(100)
    .exitProcess(false)
    .fail((message, error) => {
      const known = shownNames(line.flags)
      throw error ?? flagError(message, argv, { known, unsupported: line.unsupported ?? [] })
    })
  let printed = ''
  const parsed: Record<string, unknown> = await parser.parse(
    [...argv],
    {},
    (_error, _argv, output) => {
      printed = output
    },
  )
  if (printed !== '') {
    write(`${printed}\n`)
    return undefined
  }
  const names = Object.keys(line.flags).map(camelCase)
  const given = Object.fromEntries(
    names.flatMap((name) => (parsed[name] === undefined ? [] : [[name, parsed[name]]])),
  )
  const result = line.schema.safeParse(given)
  if (result.success) return result.data
  throw new UsageError(result.error.issues.map((issue) => describeIssue(issue, given)).join('; '))
}
