import { validatePathSegment } from '#apimachinery/meta/names.ts'
import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { AdmissionAttributes } from '../registry/admission.ts'

export const pods = { group: '', resource: 'pods' } as const

/** A write of a Pod itself, not of a subresource. */
export const isPod = ({ resource, subresource }: AdmissionAttributes): boolean =>
  resource.group === '' && resource.resource === 'pods' && subresource === ''

/** The field as a text; '' for anything else. */
export const text = (object: JsonObject, field: string): string => {
  const value = object[field]
  return typeof value === 'string' ? value : ''
}

/** The list in a field; empty for anything else. */
export const listOf = (object: JsonObject, field: string): JsonObject[] => {
  const value = object[field]
  return Array.isArray(value) ? (value as JsonObject[]) : []
}

/** Why nothing can be asked for by the name, in the words of a client that would ask. */
export function unusableName(name: string): string | undefined {
  const problems = validatePathSegment(name)
  return problems.length === 0
    ? undefined
    : `invalid resource name ${JSON.stringify(name)}: [${problems.join(' ')}]`
}
