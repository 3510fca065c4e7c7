import { newBadRequest } from '#apimachinery/errors/status-error.ts'
import { type FieldSelector, parseFieldSelector } from '#apimachinery/selectors/fields.ts'
import { type LabelSelector, parseLabelSelector } from '#apimachinery/selectors/labels.ts'
import type { Strategy } from '../registry/strategy.ts'
import type { StoredObject } from '../storage/interface.ts'
import { checkCombination, checkNumbers } from './list-options.ts'
import type { RequestInfo } from './request-info.ts'
import type { ServedResource } from './served-resource.ts'

export type Predicate = (object: StoredObject) => boolean

/** Those who have field labels of their own do not know the namespace of what has none. */
const isBuiltIn = (label: string, { info, store }: ServedResource): boolean =>
  label === 'metadata.name' ||
  (label === 'metadata.namespace' && (info.namespaced || store.strategy.fields === undefined))

function unknownLabel(label: string, { fields, unknownField }: Strategy): Error {
  if (unknownField !== undefined) return newBadRequest(unknownField(label))
  return newBadRequest(
    fields === undefined
      ? `${JSON.stringify(label)} is not a known field selector: only "metadata.name", "metadata.namespace"`
      : `field label not supported: ${label}`,
  )
}

function fieldPredicate(served: ServedResource, selector: FieldSelector): Predicate {
  const { strategy } = served.store
  // Field labels of a version that is not stored have the names of that version.
  const rename = served.conversion?.fieldLabel ?? ((label: string) => label)
  for (const { field } of selector.requirements) {
    const label = rename(field)
    const isKnown = label !== undefined && strategy.fields?.[label] !== undefined
    if (!isKnown && !isBuiltIn(field, served)) throw unknownLabel(field, strategy)
  }
  const [only] = selector.requirements
  if (selector.requirements.length === 1 && only?.field === 'metadata.name' && only.op !== '!=') {
    // The key ends with the name: nothing is parsed to find one object.
    const ending = `/${only.value}`
    return (stored) => stored.key.endsWith(ending)
  }
  return ({ object }) =>
    selector.matches((field) => {
      const label = rename(field)
      if (label === 'metadata.name') return object.metadata.name
      if (label === 'metadata.namespace') return object.metadata.namespace ?? ''
      return label === undefined ? '' : (strategy.fields?.[label]?.(object) ?? '')
    })
}

function labelPredicate(selector: LabelSelector): Predicate | undefined {
  if (selector.isEmpty) return undefined
  return ({ object }) => selector.matches(object.metadata.labels ?? {})
}

/**
 * What labelSelector and fieldSelector let through, and of that the one object whose name was authorised, if the request names one;
 * undefined when that is everything. Throws 400, or 422 for options that a list or watch may not have: in the order in which the original finds
 * them.
 */
export function parsePredicate(
  served: ServedResource,
  { query, name }: Pick<RequestInfo, 'query' | 'name'>,
): Predicate | undefined {
  const selected = selectorPredicate(served, query)
  if (name === '') return selected
  const ending = `/${name}`
  return (stored) => stored.key.endsWith(ending) && (selected === undefined || selected(stored))
}

function selectorPredicate(served: ServedResource, query: URLSearchParams): Predicate | undefined {
  if (query.size === 0) return undefined
  checkNumbers(query)
  const labels = parseLabelSelector(query.get('labelSelector') ?? '')
  const fields = query.get('fieldSelector') ?? ''
  const fieldSelector = fields === '' ? undefined : parseFieldSelector(fields)
  checkCombination(query)
  const byLabel = labelPredicate(labels)
  const byField = fieldSelector === undefined ? undefined : fieldPredicate(served, fieldSelector)
  if (byLabel === undefined || byField === undefined) return byLabel ?? byField
  return (stored) => byField(stored) && byLabel(stored)
}
