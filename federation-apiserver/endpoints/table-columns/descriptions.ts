import type { Shown } from '../transform.ts'
import texts from './descriptions.json' with { type: 'json' }

/** By `resource.group` and column, as Kubernetes 1.36 describes its columns; `*` is for columns that every resource has. */
const descriptions: Readonly<Record<string, Readonly<Record<string, string>>>> = texts

export function describeColumn({ group, resource }: Shown, column: string): string {
  const name = group === '' ? resource : `${resource}.${group}`
  return descriptions[name]?.[column] ?? descriptions['*']?.[column] ?? ''
}
