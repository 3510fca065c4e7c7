import type { GroupVersionKind } from '../meta/group-version.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import { isObject } from '../patch/json-value.ts'
import { disabledFields, goesWithFields } from '../schema/disabled-fields.ts'
import type { Definitions } from './definition.ts'
import { noteEmptied } from './emptied.ts'
import { type FieldType, type StructType, structType } from './field-types.ts'
import type { Scheme } from './scheme.ts'

interface Plan {
  readonly dropped: readonly string[]
  /** Lists that are null when they are empty. */
  readonly lists: readonly string[]
  /** Fields below which there may be more. */
  readonly below: readonly (readonly [string, FieldType])[]
}

const nothing: Plan = { dropped: [], lists: [], below: [] }
const plans = new WeakMap<StructType, Plan>()

const structOf = (type: FieldType): string | undefined => {
  if (type.kind === 'list') return structOf(type.element)
  if (type.kind === 'map') return structOf(type.value)
  return type.kind === 'struct' ? type.definition : undefined
}

/** What is to do with a struct and where below it there may be more; types that contain themselves have none. */
function planOf(definitions: Definitions, name: string): Plan {
  const struct = structType(definitions, name)
  const known = plans.get(struct)
  if (known !== undefined) return known
  plans.set(struct, nothing)
  const below = [...struct.fields.values()].flatMap(({ name: field, type }) => {
    const inner = structOf(type)
    if (inner === undefined) return []
    const plan = planOf(definitions, inner)
    return plan.dropped.length + plan.lists.length + plan.below.length > 0
      ? [[field, type] as const]
      : []
  })
  const lists = struct.nulls.filter((field) => struct.fields.get(field)?.type.kind === 'list')
  const plan = { dropped: disabledFields[name] ?? [], lists, below }
  plans.set(struct, plan)
  return plan
}

/**
 * Makes, in place, what a Kubernetes server would store: without the fields of features that it has off, and with null for empty lists that Go
 * always writes (they do not survive its storage).
 */
export function toStoredForm(scheme: Scheme, gvk: GroupVersionKind, object: JsonObject): void {
  const name = scheme.definitionOf(gvk)
  if (name !== undefined) storeStruct(scheme.definitions, name, object)
}

function storeStruct(definitions: Definitions, name: string, object: JsonObject): void {
  const { dropped, lists, below } = planOf(definitions, name)
  for (const field of dropped) delete object[field]
  for (const field of lists) {
    const value = object[field]
    if (!Array.isArray(value) || value.length > 0) continue
    object[field] = null
    noteEmptied(object, field, value)
  }
  for (const [field, type] of below) {
    const value = object[field]
    const isGiven = isObject(value) && Object.keys(value).length > 0
    storeValue(definitions, type, value)
    const mayGo = type.kind === 'struct' && goesWithFields.has(type.definition)
    if (mayGo && isGiven && Object.keys(value).length === 0) delete object[field]
  }
}

function storeValue(definitions: Definitions, type: FieldType, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (type.kind === 'struct') storeStruct(definitions, type.definition, value as JsonObject)
  else if (type.kind === 'list') {
    for (const item of value as unknown[]) storeValue(definitions, type.element, item)
  } else if (type.kind === 'map') {
    for (const item of Object.values(value)) storeValue(definitions, type.value, item)
  }
}
