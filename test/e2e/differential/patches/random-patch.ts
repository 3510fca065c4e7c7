import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { type PatchSchema, rulesOf } from '#apimachinery/patch/patch-schema.ts'
import type { Random } from '../apply/random.ts'

type Dice = Random

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Another value of the same sort, which is mostly as valid; now and then null, or of a wrong sort. */
function otherScalar(value: unknown, dice: Dice): unknown {
  const chance = dice.next()
  if (chance < 0.12) return null
  if (chance < 0.15) return typeof value === 'string' ? 5 : 'text'
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  return typeof value === 'string' && /^[a-z/.:0-9-]+$/.test(value) ? `${value}1` : value
}

/** A patch of a map or a struct: some of its fields, at times one more, and directives. */
export function objectPatch(object: JsonObject, schema: PatchSchema, dice: Dice): JsonObject {
  const patch: JsonObject = {}
  const fields = Object.keys(object).filter((field) => !['apiVersion', 'kind'].includes(field))
  const chosen = dice.some(fields, fields.length > 3 ? 0.35 : 0.6)
  for (const field of chosen) addField(patch, { field, value: object[field] }, { schema, dice })
  if (dice.chance(0.06)) patch['added'] = 'added'
  if (dice.chance(0.06)) patch['$patch'] = dice.one(['replace', 'merge', 'delete', 'wrong'])
  if (dice.chance(0.05)) patch['$retainKeys'] = dice.one([chosen, fields, [], 'wrong'])
  return patch
}

interface At {
  readonly schema: PatchSchema
  readonly dice: Dice
}

interface ItemsAt extends At {
  readonly mergeKey: string | undefined
  readonly isOrdered: boolean
}

function addField(
  patch: JsonObject,
  { field, value }: { field: string; value: unknown },
  { schema, dice }: At,
): void {
  const rules = rulesOf(schema, field)
  if (Array.isArray(value)) {
    // An order for a list that is not merged makes the original drop the connection.
    const at = { mergeKey: rules.mergeKey, schema: rules.value, dice, isOrdered: rules.isMerge }
    if (value.every(isObject)) addItems(patch, { field, items: value }, at)
    else addPrimitives(patch, { field, items: value }, at)
  } else if (isObject(value)) {
    patch[field] = dice.chance(0.05) ? null : objectPatch(value, rules.value, dice)
  } else patch[field] = otherScalar(value, dice)
}

function itemPatch(item: JsonObject, at: ItemsAt): JsonObject {
  const { mergeKey, schema, dice } = at
  const patch = objectPatch(item, schema, dice)
  if (mergeKey === undefined) return { ...item, ...patch }
  if (dice.chance(0.04)) return patch
  const chance = dice.next()
  if (chance < 0.15) return { [mergeKey]: item[mergeKey], $patch: 'delete' }
  if (chance < 0.2) return { ...item, $patch: 'replace' }
  const other = dice.chance(0.2) ? otherScalar(item[mergeKey], dice) : item[mergeKey]
  return { ...patch, [mergeKey]: other }
}

function addItems(
  patch: JsonObject,
  { field, items }: { field: string; items: readonly JsonObject[] },
  at: ItemsAt,
): void {
  const { mergeKey, dice } = at
  const patches = dice.some(items, 0.7).map((item) => itemPatch(item, at))
  if (dice.chance(0.8)) patch[field] = dice.chance(0.05) ? null : patches
  if (!at.isOrdered || !dice.chance(0.3)) return
  const key = mergeKey ?? 'name'
  const wrong = dice.chance(0.15)
  const order = wrong ? dice.some(items, 0.6) : [...items, ...patches].filter((p) => !p['$patch'])
  const named = order.map((item) => (dice.chance(0.05) ? {} : { [key]: item[key] }))
  patch[`$setElementOrder/${field}`] = dice.chance(0.05) ? 'wrong' : named
}

function addPrimitives(
  patch: JsonObject,
  { field, items }: { field: string; items: readonly unknown[] },
  { dice, isOrdered }: ItemsAt,
): void {
  if (dice.chance(0.6)) patch[field] = dice.some(items, 0.6).map((item) => otherScalar(item, dice))
  if (dice.chance(0.4)) patch[`$deleteFromPrimitiveList/${field}`] = dice.some(items, 0.5)
  if (isOrdered && dice.chance(0.3)) patch[`$setElementOrder/${field}`] = dice.some(items, 0.9)
}

/** The same without directives. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([field]) => !field.startsWith('$'))
      .map(([field, item]) => [field, withoutDirectives(item)]),
  )
}

/** All places in a value, as JSON pointers. */
function pointers(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => {
    const here = `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    return [here, ...pointers(item, here)]
  })
}

const valueAt = (object: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, token) => {
      const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
      return (value as Record<string, unknown> | undefined)?.[key]
    }, object)

/** A few operations on places that are there, and some that are not. */
export function jsonPatch(object: JsonObject, dice: Dice): JsonObject[] {
  const places = pointers(object).filter((at) => !/^\/(apiVersion|kind|metadata\/name)/.test(at))
  return Array.from({ length: 1 + Math.floor(dice.next() * 3) }, () => {
    const path = dice.one(places)
    const shown = dice.chance(0.1) ? `${path}/missing` : path
    const value = otherScalar(valueAt(object, path), dice)
    const op = dice.one(['add', 'remove', 'replace', 'test', 'copy', 'move', 'replace', 'test'])
    if (op === 'test') return { op, path: shown, value: valueAt(object, path) }
    if (op === 'copy' || op === 'move') return { op, from: shown, path: dice.one(places) }
    return op === 'remove' ? { op, path: shown } : { op, path: shown, value }
  })
}
