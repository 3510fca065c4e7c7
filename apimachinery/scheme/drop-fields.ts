import type { GroupVersionKind } from '../meta/group-version.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import { disabledFields } from '../schema/disabled-fields.ts'
import type { Definitions } from './definition.ts'
import { type FieldType, type StructType, structType } from './field-types.ts'
import type { Scheme } from './scheme.ts'

interface Plan {
  readonly dropped: readonly string[]
  /** Fields below which there may be more. */
  readonly below: readonly (readonly [string, FieldType])[]
}

const nothing: Plan = { dropped: [], below: [] }
const plans = new WeakMap<StructType, Plan>()

const structOf = (type: FieldType): string | undefined => {
  if (type.kind === 'list') return structOf(type.element)
  if (type.kind === 'map') return structOf(type.value)
  return type.kind === 'struct' ? type.definition : undefined
}

/** Where disabled fields can be; types that contain themselves have none. */
function planOf(definitions: Definitions, name: string): Plan {
  const struct = structType(definitions, name)
  const known = plans.get(struct)
  if (known !== undefined) return known
  plans.set(struct, nothing)
  const below = [...struct.fields.values()].flatMap(({ name: field, type }) => {
    const inner = structOf(type)
    if (inner === undefined) return []
    const plan = planOf(definitions, inner)
    return plan.dropped.length + plan.below.length > 0 ? [[field, type] as const] : []
  })
  const plan = { dropped: disabledFields[name] ?? [], below }
  plans.set(struct, plan)
  return plan
}

/** Takes away, in place, fields that the schema has and that the features of this server do not. */
export function dropDisabledFields(
  scheme: Scheme,
  gvk: GroupVersionKind,
  object: JsonObject,
): void {
  const name = scheme.definitionOf(gvk)
  if (name !== undefined) dropFrom(scheme.definitions, name, object)
}

function dropFrom(definitions: Definitions, name: string, object: JsonObject): void {
  const { dropped, below } = planOf(definitions, name)
  for (const field of dropped) delete object[field]
  for (const [field, type] of below) dropBelow(definitions, type, object[field])
}

function dropBelow(definitions: Definitions, type: FieldType, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (type.kind === 'struct') dropFrom(definitions, type.definition, value as JsonObject)
  else if (type.kind === 'list') {
    for (const item of value as unknown[]) dropBelow(definitions, type.element, item)
  } else if (type.kind === 'map') {
    for (const item of Object.values(value)) dropBelow(definitions, type.value, item)
  }
}
