import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { translateTimestampSince } from '#apimachinery/meta/time.ts'

export type Cell = string | number | boolean

/** One column of a Table and how an object fills it. */
export interface Column {
  readonly name: string
  /** OpenAPI type; string when absent. */
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format?: string
  /** The original's when absent. */
  readonly description?: string
  /** Shown with `-o wide` only. */
  readonly wide?: true
  /** Of custom resources: 0 when absent, and 1 for `wide`. */
  readonly priority?: number
  readonly cell: (object: ApiObject) => Cell | null
}

/** The value at a dotted path; undefined when anything on the way is missing. */
export function at(object: unknown, path: string): unknown {
  let value: unknown = object
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return value
}

/** A scalar as text; '' for what is no scalar. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

export const textAt = (object: unknown, path: string): string => text(at(object, path))

export const numberAt = (object: unknown, path: string): number => {
  const value = at(object, path)
  return typeof value === 'number' ? value : 0
}

export const listAt = (object: unknown, path: string): readonly unknown[] => {
  const value = at(object, path)
  return Array.isArray(value) ? value : []
}

export const entriesAt = (
  object: unknown,
  path: string,
): readonly (readonly [string, unknown])[] => {
  const value = at(object, path)
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

export const orElse = (value: string, fallback: string): string => (value === '' ? fallback : value)

export const ageOf = (timestamp: unknown): string =>
  translateTimestampSince(text(timestamp) || undefined)

export const name: Column = { name: 'Name', format: 'name', cell: (o) => o.metadata.name ?? '' }
export const age: Column = { name: 'Age', cell: (o) => ageOf(o.metadata.creationTimestamp) }
export const createdAt: Column = {
  name: 'Created At',
  type: 'date',
  cell: (o) => o.metadata.creationTimestamp ?? '',
}

/** A string column: the scalar at a path. */
export const field = (title: string, path: string, fallback = ''): Column => ({
  name: title,
  cell: (o) => orElse(textAt(o, path), fallback),
})

export const count = (title: string, path: string): Column => ({
  name: title,
  type: 'integer',
  cell: (o) => numberAt(o, path),
})

export const wide = (column: Column): Column => ({ ...column, wide: true })

/** Numbers in a column that is declared to hold strings: Kubernetes has a few. */
export const declaredString = (column: Column): Column => ({ ...column, type: 'string' })

/** `a=b,c=d`, sorted; `<none>` for no labels. */
export const formatLabels = (labels: unknown): string =>
  orElse(
    entriesAt({ labels }, 'labels')
      .map(([key, value]) => `${key}=${text(value)}`)
      .sort()
      .join(','),
    '<none>',
  )

/** metav1.LabelSelector as kubectl prints it. */
export function formatSelector(selector: unknown): string {
  const labels = entriesAt(selector, 'matchLabels').map(
    ([key, value]) => [key, `${key}=${text(value)}`] as const,
  )
  const expressions = listAt(selector, 'matchExpressions').map((e) => {
    const [key, operator] = [textAt(e, 'key'), textAt(e, 'operator')]
    const values = listAt(e, 'values').map(text).sort().join(',')
    if (operator === 'Exists') return [key, key] as const
    if (operator === 'DoesNotExist') return [key, `!${key}`] as const
    return [key, `${key} ${operator === 'In' ? 'in' : 'notin'} (${values})`] as const
  })
  const sorted = [...labels, ...expressions].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return orElse(sorted.map(([, shown]) => shown).join(','), '<none>')
}

const containersAt = (o: ApiObject, path: string): readonly unknown[] =>
  listAt(o, `${path}.containers`)

export const containerColumns = (path: string): readonly Column[] => [
  wide({
    name: 'Containers',
    cell: (o) =>
      containersAt(o, path)
        .map((c) => textAt(c, 'name'))
        .join(','),
  }),
  wide({
    name: 'Images',
    cell: (o) =>
      containersAt(o, path)
        .map((c) => textAt(c, 'image'))
        .join(','),
  }),
]

export const selectorColumn = (path = 'spec.selector'): Column =>
  wide({ name: 'Selector', cell: (o) => formatSelector(at(o, path)) })
