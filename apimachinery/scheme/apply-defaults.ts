import type { GroupVersionKind } from '../meta/group-version.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import { formatQuantity, parseQuantity, roundedUp } from '../meta/quantity.ts'
import { clone } from '../patch/json-value.ts'
import { defaults } from '../schema/defaults.ts'
import { fillDefaults } from '../structural/defaulting.ts'
import type { Definitions } from './definition.ts'
import { type FieldType, structType } from './field-types.ts'
import type { Scheme } from './scheme.ts'

/**
 * Fills in, in place, what a Kubernetes server would: what Go writes for absent values (`status: {}`, `replicas: 0`) and the table of defaults. What
 * admission and strategies add (cluster IPs, finalizers, service accounts) is not here. Values of a wrong type are left alone.
 */
export function applyDefaults(scheme: Scheme, gvk: GroupVersionKind, object: JsonObject): void {
  const structural = scheme.structuralOf(gvk)
  if (structural !== undefined) return fillDefaults(structural, object)
  const name = scheme.definitionOf(gvk)
  if (name !== undefined) defaultStruct(scheme.definitions, name, object)
}

function defaultStruct(definitions: Definitions, name: string, object: JsonObject): void {
  const { fields, alwaysThere, zeros, nulls } = structType(definitions, name)
  for (const field of alwaysThere) object[field] ??= {}
  const rule = defaults.get(name)
  for (const [field, value] of Object.entries(rule?.values ?? {})) {
    if (object[field] === undefined) object[field] = clone(value)
  }
  rule?.more?.(object)
  for (const [field, zero] of zeros) object[field] ??= zero
  for (const field of nulls) object[field] ??= null
  for (const key of Object.keys(object)) {
    const field = fields.get(key)
    if (field !== undefined) defaultValue(definitions, field.type, object[key])
  }
}

function defaultValue(definitions: Definitions, type: FieldType, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (type.kind === 'struct') {
    if (!Array.isArray(value)) defaultStruct(definitions, type.definition, value as JsonObject)
  } else if (type.kind === 'list') {
    if (isStructured(type.element) && Array.isArray(value)) {
      for (const item of value) defaultValue(definitions, type.element, item)
    }
  } else if (type.kind === 'map' && type.value.kind === 'quantity') {
    roundAmounts(value as JsonObject)
  } else if (type.kind === 'map' && isStructured(type.value)) {
    for (const item of Object.values(value)) defaultValue(definitions, type.value, item)
  }
}

/** Amounts of resources are counted in thousandths: less than one counts as one. */
function roundAmounts(amounts: JsonObject): void {
  for (const [name, amount] of Object.entries(amounts)) {
    if (typeof amount !== 'string' || !/[nu]$|e-/.test(amount)) continue
    const quantity = parseQuantity(amount)
    if (quantity !== undefined) amounts[name] = formatQuantity(roundedUp(quantity))
  }
}

const isStructured = ({ kind }: FieldType): boolean =>
  kind === 'struct' || kind === 'list' || kind === 'map'
