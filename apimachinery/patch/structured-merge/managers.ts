import type { JsonObject } from '../../meta/object-meta.ts'
import { isObject } from '../json-value.ts'
import { FieldSet } from './field-set.ts'

export type Operation = 'Apply' | 'Update'

/** Who wrote: a name given by the client, how, in which version, and through which subresource ('' for the object). */
export interface Writer {
  readonly manager: string
  readonly operation: Operation
  readonly apiVersion: string
  readonly subresource: string
}

/** One entry of metadata.managedFields. */
export interface Manager extends Writer {
  /** RFC 3339; undefined when the entry changed nothing yet. */
  readonly time: string | undefined
  readonly fields: FieldSet
}

/** Managers by identity (`identityOf`). */
export type Managers = Map<string, Manager>

/** What makes two writers the same; appliers are the same in every version. The text sorts as upstream's, which shows in messages. */
export function identityOf({ manager, operation, apiVersion, subresource }: Writer): string {
  const by = `{"manager":${JSON.stringify(manager)},"operation":"${operation}"`
  const through = operation === 'Apply' ? '' : `,"apiVersion":${JSON.stringify(apiVersion)}`
  const at = subresource === '' ? '' : `,"subresource":${JSON.stringify(subresource)}`
  return `${by}${through}${at}}`
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The entries of metadata.managedFields; throws Error for what is none. */
export function decodeManagers(entries: readonly unknown[]): Managers {
  const managers: Managers = new Map()
  for (const [i, entry] of entries.entries()) {
    const decoded = decodeManager(isObject(entry) ? entry : {}, i)
    managers.set(identityOf(decoded), decoded)
  }
  return managers
}

function decodeManager(entry: JsonObject, i: number): Manager {
  const { operation, fieldsType } = entry
  if (operation !== 'Apply' && operation !== 'Update') {
    throw new Error('operation must be `Apply` or `Update`')
  }
  if (text(entry['apiVersion']) === '') throw new Error('apiVersion must not be empty')
  if (text(fieldsType) === '') throw new Error(`missing fieldsType in managed fields entry ${i}`)
  if (fieldsType !== 'FieldsV1') {
    throw new Error(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${i}`)
  }
  const fields = entry['fieldsV1'] ?? {}
  if (!isObject(fields)) throw new Error(`fieldsV1 of managed fields entry ${i} is no object`)
  return {
    manager: text(entry['manager']),
    operation,
    apiVersion: text(entry['apiVersion']),
    subresource: text(entry['subresource']),
    time: text(entry['time']) || undefined,
    fields: FieldSet.fromFields(fields),
  }
}

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

/** Appliers first, then the older, then by name. */
const inOrder = (a: Manager, b: Manager): number =>
  compareText(a.operation, b.operation) ||
  compareText(a.time ?? '', b.time ?? '') ||
  compareText(a.manager, b.manager) ||
  compareText(a.apiVersion, b.apiVersion) ||
  compareText(a.subresource, b.subresource)

/** metadata.managedFields of the managers; undefined when there is none. `isRead`: see FieldSet.toFields. */
export function encodeManagers(
  managers: Managers,
  options: { readonly isRead?: boolean } = {},
): JsonObject[] | undefined {
  if (managers.size === 0) return undefined
  return [...managers.values()].sort(inOrder).map((one) => ({
    ...(one.manager === '' ? {} : { manager: one.manager }),
    operation: one.operation,
    apiVersion: one.apiVersion,
    ...(one.time === undefined ? {} : { time: one.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: one.fields.toFields(options),
    ...(one.subresource === '' ? {} : { subresource: one.subresource }),
  }))
}
