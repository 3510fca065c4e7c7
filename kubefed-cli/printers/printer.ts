import { stringify } from 'yaml'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { UsageError } from '#apimachinery/errors/usage-error.ts'

/** How a result is written: as a sentence for people, or as an object for programs. */
export type OutputFormat = 'json' | 'yaml' | 'name' | 'wide'

const formats: readonly OutputFormat[] = ['json', 'yaml', 'name', 'wide']

/** Undefined when none is asked for. Throws UsageError for another format. */
export function outputFormat(text: string | undefined): OutputFormat | undefined {
  if (text === undefined) return undefined
  const format = formats.find((f) => f === text)
  if (format === undefined)
    throw new UsageError(
      `unable to match a printer suitable for the output format "${text}", allowed formats are: ${formats.join(',')}`,
    )
  return format
}

/** The object in a format, with a final line break. `resource` is its lower-case singular, with the group. */
export function printObject(
  format: Exclude<OutputFormat, 'wide'>,
  object: ApiObject,
  resource: string,
): string {
  if (format === 'name') return `${resource}/${object.metadata.name}\n`
  return format === 'json' ? `${JSON.stringify(object, undefined, 4)}\n` : stringify(object)
}

/** A table as kubectl prints it: three spaces between columns, nothing behind the last. */
export function printTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}

/** Lines of columns, aligned as kubectl's tables. */
export function printColumns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('')
}
