import { isObject } from '../../patch/json-value.ts'
import type { DeclaredType } from './declared-type.ts'

/** The same type with the sizes that these values of it have, in place of those that they may have: as large as the largest, at each place. */
export function measuredType(declared: DeclaredType, values: readonly unknown[]): DeclaredType {
  const { element, type } = declared
  const maxElements = values.reduce<number>((most, value) => Math.max(most, sizeOf(value)), 0)
  if (element !== undefined) {
    const inner = values.flatMap((value) => (isContainer(value) ? Object.values(value) : []))
    return { ...declared, maxElements, element: measuredType(element, inner) }
  }
  if (type.kind !== 'object') return { ...declared, maxElements }
  const fields = new Map<string, DeclaredType>()
  for (const [name, field] of type.fields) {
    const inner = values.flatMap((value) =>
      isObject(value) && Object.hasOwn(value, name) ? [value[name]] : [],
    )
    fields.set(name, measuredType(field, inner))
  }
  return { ...declared, type: { kind: 'object', fields } }
}

const isContainer = (value: unknown): value is object => Array.isArray(value) || isObject(value)

function sizeOf(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length
  if (Array.isArray(value)) return value.length
  return isObject(value) ? Object.keys(value).length : 0
}
