import { hash } from 'node:crypto'

/** A short digest of a JSON value, independent of the order of keys. Undefined fields count as absent. */
export const hashOf = (value: unknown): string => hash('sha1', canonical(value), 'base64url')

function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const fields: string[] = []
  for (const [field, inner] of Object.entries(value).sort(byKey)) {
    if (inner !== undefined) fields.push(`${JSON.stringify(field)}:${canonical(inner)}`)
  }
  return `{${fields.join(',')}}`
}

const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0
