import type { FieldType } from './field-types.ts'

/** Go's kind of a JSON value. */
function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'slice'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'string' ? 'string' : 'map'
}

/**
 * What is wrong with a value in the words of Go's converter of unstructured objects, which a strategic merge patch goes through where bodies
 * go through a decoder. It names no field.
 */
export function converterWords({ kind, goType }: FieldType, value: unknown): string {
  const given = goKind(value)
  if (kind === 'struct') return `cannot restore struct from: ${given}`
  if (kind === 'map') return `cannot restore map from ${given}`
  if (kind === 'list' || kind === 'bytes') return `cannot restore slice from ${given}`
  const isConvertible =
    kind === 'string' ? given === 'int64' : given === 'float64' && kind.startsWith('int')
  if (isConvertible) return `cannot convert ${given} to ${goType}`
  return `unrecognized type: ${kind === 'float' ? 'float64' : kind}`
}
