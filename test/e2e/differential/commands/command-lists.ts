import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** A version as a command line's condition has it. */
export type Version = `${number}.${number}`

/** One line for the shell; `{ns}` is the case's namespace. */
export interface CommandLine {
  readonly line: string
  /** Undefined: from the first version on. */
  readonly since?: string
  /** The last version that has it; undefined: the newest too. */
  readonly until?: string
}

/** Lines that run after each other, in one folder and one namespace. */
export interface CommandList {
  readonly name: string
  readonly lines: readonly CommandLine[]
}

const condition = /^\[(?<since>\d+\.\d+)?-(?<until>\d+\.\d+)?\] /

function commandLine(text: string): CommandLine {
  const { since, until } = condition.exec(text)?.groups ?? {}
  return {
    line: text.replace(condition, ''),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  }
}

/** `\` at the end of a line joins the next one; `#` begins a comment line. */
const linesOf = (text: string): CommandLine[] =>
  text
    .replaceAll(/ *\\\n */g, ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(commandLine)

/** The lists of a folder, by file name. */
export const readCommandLists = (folder: string): CommandList[] =>
  readdirSync(folder)
    .sort()
    .map((file) => ({
      name: basename(file, '.txt'),
      lines: linesOf(readFileSync(join(folder, file), 'utf8')),
    }))

const minor = (version: string): number => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major * 1000 + minor
}

/** The lines that a version of the program understands. */
export const linesFor = ({ lines }: CommandList, version: Version): CommandLine[] =>
  lines.filter(
    ({ since, until }) =>
      (since === undefined || minor(version) >= minor(since)) &&
      (until === undefined || minor(version) <= minor(until)),
  )
