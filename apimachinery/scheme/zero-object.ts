import type { JsonObject } from '../meta/object-meta.ts'
import type { Definition, Definitions } from './definition.ts'
import { structType } from './field-types.ts'

const made = new WeakMap<Definition, JsonObject>()

/** What Go writes for a struct that nobody has filled in: structs within, zeros, nulls. Shared: read only. */
export function zeroObject(definitions: Definitions, name: string): Readonly<JsonObject> {
  const definition = definitions[name]
  if (definition === undefined) return {}
  const known = made.get(definition)
  if (known !== undefined) return known
  const { fields, alwaysThere, zeros, nulls, nullPointers } = structType(definitions, name)
  const zero: JsonObject = {}
  for (const field of alwaysThere) {
    const type = fields.get(field)?.type
    if (type?.kind === 'struct') zero[field] = zeroObject(definitions, type.definition)
  }
  for (const field of [...nulls, ...nullPointers]) zero[field] = null
  for (const [field, value] of zeros) zero[field] = value
  made.set(definition, zero)
  return zero
}
