import type { SelectableObject } from './strategy.ts'

/** What a scalar is called in a field selector: `true`, `3`, `Running`; `absent` when there is none. */
export function scalarText(value: unknown, absent = ''): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : absent
}

/** Field labels that are fields of spec, or of status. */
export const specField =
  (field: string, absent = '') =>
  (object: SelectableObject): string =>
    scalarText(object.spec?.[field], absent)

export const statusField =
  (field: string, absent = '') =>
  (object: SelectableObject): string =>
    scalarText(object.status?.[field], absent)
