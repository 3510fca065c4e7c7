import { stringify } from 'yaml'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { UsageError } from '#apimachinery/errors/usage-error.ts'

/** How a result is written: as a sentence for people, or as an object for programs. */
export type OutputFormat = 'json' | 'yaml' | 'name'

const formats: readonly OutputFormat[] = ['json', 'yaml', 'name']

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
export function printObject(format: OutputFormat, object: ApiObject, resource: string): string {
  if (format === 'name') return `${resource}/${object.metadata.name}\n`
  return format === 'json' ? `${JSON.stringify(object, undefined, 4)}\n` : stringify(object)
}

/** Lines of columns, aligned as kubectl's tables. */
export function printColumns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('')
}
