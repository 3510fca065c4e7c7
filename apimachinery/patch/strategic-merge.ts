import { newBadRequest, newStatusError } from '../errors/status-error.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import type { Definitions } from '../scheme/definition.ts'
import { isSame, ItemIndex, orderElements } from './element-order.ts'
import { clone, formatGo, getField, isObject, jsonTypeOf, setField } from './json-value.ts'
import {
  type FieldPatchRules,
  hasField,
  type PatchSchema,
  rulesOf,
  schemaOf,
} from './patch-schema.ts'

const setElementOrder = '$setElementOrder/'
const deleteFromPrimitiveList = '$deleteFromPrimitiveList/'

/** Kubernetes answers with 500 and no reason when a directive is wrong. */
const failed = (message: string): Error => newStatusError({ code: 500, reason: '', message })

/**
 * Applies a strategic merge patch by the merge keys of the published schema; `definition` names the object's kind
 * there. `object` is not changed. `patch` is the callee's: the result shares values with it, and the directives that were
 * followed are gone from it, as messages show it. Throws 400 for what is no patch and for a wrong $retainKeys, 500 for
 * other wrong directives, both as Kubernetes does.
 */
export function applyStrategicMergePatch(
  object: JsonObject,
  patch: unknown,
  schema: { definitions: Definitions; definition: string },
): JsonObject {
  if (patch === null) return clone(object)
  if (!isObject(patch))
    throw newBadRequest(
      `json: cannot unmarshal ${jsonTypeOf(patch)} into Go value of type map[string]interface {}`,
    )
  return mergeObjects(clone(object), patch, schemaOf(schema.definitions, schema.definition))
}

/** Both arguments are ours to change. */
function mergeObjects(original: JsonObject, patch: JsonObject, schema: PatchSchema): JsonObject {
  if (Object.hasOwn(patch, '$patch')) return replaceWhole(patch)
  retainKeys(original, patch)
  applyElementOrders(original, patch, schema)
  for (const field of Object.keys(patch)) {
    if (field.startsWith(deleteFromPrimitiveList)) deletePrimitives(original, patch, field)
    else mergeField(original, { field, value: patch[field] }, schema)
  }
  return original
}

function replaceWhole(patch: JsonObject): JsonObject {
  const { $patch: directive } = patch
  if (directive === 'delete') return {}
  if (directive !== 'replace') throw unknownDirective(patch)
  delete patch['$patch']
  return { ...patch }
}

const unknownDirective = (patch: JsonObject): Error =>
  failed(`unknown patch type: ${asText(patch['$patch'])} in map: ${formatGo(patch)}`)

/** As Go's %s prints it: other things than texts with their type. */
const asText = (value: unknown): string => {
  if (typeof value === 'string') return value
  return value === null ? '%!s(<nil>)' : `%!s(${goTypeOf(value)}=${formatGo(value)})`
}

/** `$retainKeys` names all that may stay; what the patch sets must be among it. */
function retainKeys(original: JsonObject, patch: JsonObject): void {
  const retained = getField(patch, '$retainKeys')
  if (retained === undefined) return
  delete patch['$retainKeys']
  const wrong = newBadRequest('invalid patch format of retainKeys')
  if (!Array.isArray(retained)) throw wrong
  const kept: ReadonlySet<unknown> = new Set(retained)
  for (const [field, value] of Object.entries(patch))
    if (!field.startsWith('$') && value !== null && !kept.has(field)) throw wrong
  for (const field of Object.keys(original)) if (!kept.has(field)) delete original[field]
}

function mergeField(
  original: JsonObject,
  { field, value }: { field: string; value: unknown },
  schema: PatchSchema,
): void {
  if (value === null) {
    delete original[field]
    return
  }
  const present = getField(original, field)
  const rules = rulesOf(schema, field)
  if (isObject(present) && isObject(value) && !rules.isReplace)
    setField(original, field, mergeObjects(present, value, rules.value))
  else if (Array.isArray(present) && Array.isArray(value) && rules.isMerge)
    setField(original, field, mergeLists(present, value, rules))
  else if (isObject(present) || Array.isArray(present)) setField(original, field, value)
  else {
    const fresh = withoutDirectives(value)
    if (fresh !== undefined) setField(original, field, fresh)
  }
}

/** A value for a place where nothing was: without nulls, and without directives, which have nothing to act on. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(withoutDirectives).filter((item: unknown) => item !== undefined)
  if (!isObject(value)) return value
  if (Object.hasOwn(value, '$patch')) return undefined
  const fresh: JsonObject = {}
  for (const field of Object.keys(value)) {
    if (field === '$retainKeys' || field.startsWith(setElementOrder)) continue
    if (field.startsWith(deleteFromPrimitiveList) || value[field] === null) continue
    const inner = withoutDirectives(value[field])
    if (inner !== undefined) setField(fresh, field, inner)
  }
  return fresh
}

function deletePrimitives(original: JsonObject, patch: JsonObject, directive: string): void {
  const field = directive.slice(deleteFromPrimitiveList.length)
  const present = getField(original, field)
  const gone = patch[directive]
  if (!Array.isArray(present) || !Array.isArray(gone)) return
  const known = new ItemIndex(gone, undefined)
  setField(
    original,
    field,
    present.filter((item) => known.find(item) < 0),
  )
}

/** Each `$setElementOrder/x`, together with the patch's `x` if it has one. */
function applyElementOrders(original: JsonObject, patch: JsonObject, schema: PatchSchema): void {
  for (const directive of Object.keys(patch)) {
    if (!directive.startsWith('$setElementOrder')) continue
    const order = patch[directive]
    delete patch[directive]
    if (!Array.isArray(order))
      throw failed(`expected a []interface {}, but received a ${goTypeOf(order)}`)
    if (!directive.startsWith(setElementOrder)) {
      throw newBadRequest('invalid patch format of setElementOrder list')
    }
    const field = directive.slice(setElementOrder.length)
    applyElementOrder({ original, patch, schema, field, order })
  }
}

function goTypeOf(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  if (value === null) return '%!s(<nil>)'
  if (Array.isArray(value)) return '[]interface {}'
  return isObject(value) ? 'map[string]interface {}' : jsonTypeOf(value)
}

interface Ordering {
  readonly original: JsonObject
  readonly patch: JsonObject
  readonly schema: PatchSchema
  readonly field: string
  readonly order: readonly unknown[]
}

function applyElementOrder({ original, patch, schema, field, order }: Ordering): void {
  const present = getField(original, field)
  const added = getField(patch, field)
  for (const list of [getField(original, field), added]) {
    if (list !== undefined && !Array.isArray(list))
      throw failed(`expected a []interface {}, but received a ${goTypeOf(list)}`)
  }
  if (!hasField(schema, field)) {
    const json = JSON.stringify(field)
    throw failed(`unable to find api field in struct ${schema.goName} for the json field ${json}`)
  }
  const rules = rulesOf(schema, field)
  if (Array.isArray(added)) checkOrder(added, order, rules.mergeKey)
  const deletion = deleteFromPrimitiveList + field
  if (Object.hasOwn(patch, deletion)) {
    deletePrimitives(original, patch, deletion)
    delete patch[deletion]
  }
  const server = getField(original, field)
  if (!Array.isArray(server) && !Array.isArray(added)) return
  delete patch[field]
  const merged = mergedForOrder(server, added, rules)
  const { mergeKey } = rules
  requireComparable(merged, order, mergeKey)
  requireOneType([present, added])
  setField(
    original,
    field,
    orderElements(merged, {
      patch: order,
      server: Array.isArray(present) ? present : [],
      mergeKey,
    }),
  )
}

function mergedForOrder(present: unknown, added: unknown, rules: FieldPatchRules): unknown[] {
  if (!Array.isArray(added)) return Array.isArray(present) ? present : []
  if (Array.isArray(present)) return rules.isMerge ? mergeLists(present, added, rules) : added
  const fresh = withoutDirectives(added)
  return Array.isArray(fresh) ? fresh : []
}

const isDeletion = (item: unknown): boolean => isObject(item) && item['$patch'] === 'delete'

/** The patch's list must be in the order that the directive gives. */
function checkOrder(
  added: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string | undefined,
): void {
  if (order.length === 0 || added.length === 0) return
  let at = 0
  const kept = added.filter((item) => !isDeletion(item))
  for (const item of order) {
    requireMergeKey(item, mergeKey)
    if (at < kept.length && isSame(kept[at], item, mergeKey)) at++
  }
  if (at < kept.length)
    throw failed(
      `The order in patch list:\n${formatGo(added)}\n doesn't match $setElementOrder list:\n${formatGo(order)}\n`,
    )
}

/** Looks for each item in the order, as far as it stands there: what is no object has no merge key. */
function requireComparable(
  merged: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string | undefined,
): void {
  if (mergeKey === undefined || merged.length === 0) return
  const wrong = order.findIndex((item) => !isObject(item))
  const before = new ItemIndex(wrong < 0 ? order : order.slice(0, wrong), mergeKey)
  if (wrong >= 0 && merged.some((item) => before.find(item) < 0))
    throw failed(`value for key ${wrong} is not a map`)
  for (const item of order) requireMergeKey(item, mergeKey)
}

function requireOneType(lists: readonly unknown[]): void {
  const given = lists.map((list) => (Array.isArray(list) ? (list as unknown[]) : []))
  const types = new Set(given.flat().map(jsonTypeOf))
  if (types.size === 0) throw failed('no elements in any of the given slices')
  if (types.size > 1)
    throw failed(`list element types are not identical: [${given.map(formatGo).join(' ')}]`)
}

function requireMergeKey(item: unknown, mergeKey: string | undefined): void {
  if (mergeKey === undefined || !isObject(item) || Object.hasOwn(item, mergeKey)) return
  throw failed(`map: ${formatGo(item)} does not contain declared merge key: ${mergeKey}`)
}

function mergeLists(original: unknown[], patch: unknown[], rules: FieldPatchRules): unknown[] {
  if (original.length === 0 && patch.length === 0) return original
  const kinds = new Set([...original, ...patch].map(jsonTypeOf))
  if (kinds.size > 1)
    throw failed(`list element types are not identical: [${formatGo(original)} ${formatGo(patch)}]`)
  const { mergeKey } = rules
  if (!kinds.has('object')) {
    const both = [...original, ...patch]
    const known = new ItemIndex(both, undefined)
    const merged = both.filter((item, index) => known.find(item) === index)
    return orderElements(merged, { patch, server: original, mergeKey: undefined })
  }
  if (mergeKey === undefined) throw failed('cannot merge lists without merge key')
  const { server, added } = applyItemDirectives(original, patch, mergeKey)
  const merged = mergeItems(server, added, { mergeKey, value: rules.value })
  return orderElements(merged, { patch: added, server, mergeKey })
}

/** `$patch: delete` takes items away; `$patch: replace` as an item makes the patch's other items the whole list. */
function applyItemDirectives(
  original: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
): { server: unknown[]; added: unknown[] } {
  const deleted: unknown[] = []
  const added: unknown[] = []
  let isReplaced = false
  for (const item of patch) {
    if (!isObject(item) || !Object.hasOwn(item, '$patch')) {
      added.push(item)
      continue
    }
    const directive = item['$patch']
    if (directive === 'delete') {
      requireMergeKey(item, mergeKey)
      deleted.push(item)
    } else if (directive === 'replace') isReplaced = true
    else if (directive === 'merge')
      throw failed('merging lists cannot yet be specified in the patch')
    else throw unknownDirective(item)
  }
  const gone = new ItemIndex(deleted, mergeKey)
  const server = original.filter((item) => gone.find(item) < 0)
  return isReplaced ? { server: added, added: [] } : { server, added }
}

function mergeItems(
  server: readonly unknown[],
  added: readonly unknown[],
  { mergeKey, value }: { mergeKey: string; value: PatchSchema },
): unknown[] {
  const merged = [...server]
  const known = new ItemIndex(merged, mergeKey)
  for (const item of added) {
    if (!isObject(item)) continue
    requireMergeKey(item, mergeKey)
    const at = known.find(item)
    const present = merged[at]
    if (at >= 0 && isObject(present)) merged[at] = mergeObjects(present, item, value)
    else merged.push(withoutDirectives(item))
  }
  return merged
}
