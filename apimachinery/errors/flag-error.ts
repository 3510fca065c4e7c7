import { similarNames } from '../meta/name-hints.ts'
import { UsageError } from './usage-error.ts'

/** Flags that users know from Kubernetes and that a program does not have. */
export interface UnsupportedFlags {
  /** Without dashes; `*` stands for any part of a name. */
  readonly flags: readonly string[]
  /** What is not done yet, or what does it instead; no capital, no full stop. */
  readonly why: string
}

/** The flag of an option in camel case. */
export const flagOf = (key: string): string =>
  `--${key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`

const matches = (pattern: string, flag: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(flag)

/** Why a program does not have a flag of Kubernetes; undefined when nobody knows it. */
export const whyUnsupported = (
  flag: string,
  table: readonly UnsupportedFlags[],
): string | undefined =>
  table.find(({ flags }) => flags.some((pattern) => matches(pattern, flag)))?.why

export interface FlagTables {
  /** Names without dashes that one may have been meant for. */
  readonly known: readonly string[]
  readonly unsupported: readonly UnsupportedFlags[]
}

/** What a parser is told of a flag, as far as it matters here. */
interface Flag {
  readonly type?: string | undefined
  readonly alias?: string | readonly string[] | undefined
  readonly hidden?: boolean | undefined
}

/** Names of flags that --help shows, other names of theirs among them; without dashes. */
export const shownNames = (flags: Readonly<Record<string, Flag>>): string[] =>
  Object.entries(flags).flatMap(([name, { alias = [], hidden }]) =>
    hidden === true ? [] : [name, ...[alias].flat()],
  )

function unknownFlag(name: string, known: readonly string[]): string {
  const similar = similarNames(name, known).map((one) => `--${one}`)
  return `flag --${name}${similar.length === 0 ? '' : ` (did you mean ${similar.join(' or ')}?)`}`
}

/** A parser's complaint as a UsageError; flags that are not there are named once, as they were typed, each with the way out. */
export function flagError(
  message: string,
  argv: readonly string[],
  { known, unsupported }: FlagTables,
): UsageError {
  const match = /^Unknown arguments?: (.+)$/.exec(message)
  if (match === null) return new UsageError(message)
  // The parser lists each flag twice: as it was typed, and in camel case. Those of the environment are in camel case only.
  const names = new Set((match[1] ?? '').split(', ').map((name) => flagOf(name).slice(2)))
  const unknown: string[] = []
  const reasons = new Map<string, string[]>()
  for (const name of names) {
    const why = whyUnsupported(name.replace(/^no-/, ''), unsupported)
    if (why === undefined)
      unknown.push(argv.includes(name) ? `argument "${name}"` : unknownFlag(name, known))
    else reasons.set(why, [...(reasons.get(why) ?? []), `--${name}`])
  }
  const texts = [...reasons].map(
    ([why, flags]) =>
      `${flags.join(', ')} ${flags.length > 1 ? 'are' : 'is'} not supported: ${why}`,
  )
  if (unknown.length > 0)
    texts.push(`unknown ${unknown.join(', ')}; --help lists the flags there are`)
  return new UsageError(texts.join('; '))
}
