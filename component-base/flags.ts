import yargs, { type Options } from 'yargs'
import { z } from 'zod'
import { flagError, flagOf, type UnsupportedFlags } from '#apimachinery/errors/flag-error.ts'
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

/** A duration as Go writes one of a single unit, in milliseconds. */
export const duration = (leastMs: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?(ms|s|m|h)$/, 'must be a duration such as 10s, 500ms or 1m')
    .transform((text) => {
      const factors: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
      return Math.round(Number.parseFloat(text) * (factors[text.replace(/[\d.]/g, '')] ?? 0))
    })
    .refine((ms) => ms >= leastMs, `must be at least ${leastMs}ms`)

const camelCase = (flag: string): string =>
  flag.replace(/-([a-z])/g, (_, c: string) => c.toUpperCase())

const describeIssue = ({ path: [key], message }: z.core.$ZodIssue): string =>
  key === undefined ? message : `${flagOf(String(key))} ${message}`

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
      throw error ?? flagError(message, argv, line.unsupported ?? [])
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
  throw new UsageError(result.error.issues.map(describeIssue).join('; '))
}
