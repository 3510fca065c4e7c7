import type { FieldError } from '#apimachinery/errors/field-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { validateFields, validateStatus } from '#apimachinery/scheme/fields.ts'
import { asksForStandardFinalizers, judgesNamesAgain } from './behaviour.ts'
import { fixedFieldErrors } from './fixed-fields.ts'
import {
  type NameRule,
  standardFinalizerErrors,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from './object-meta.ts'
import type { StoreContext } from './store-context.ts'
import type { StrategyContext } from './strategy.ts'

const groupFinalizerErrors = (
  { resource, scheme }: StoreContext,
  { metadata }: ApiObject,
): FieldError[] =>
  asksForStandardFinalizers(resource) && scheme.structuralOf(resource) === undefined
    ? standardFinalizerErrors(metadata.finalizers ?? [])
    : []

/** Everything wrong with an object: metadata, what the schema says, what its strategy says. */
export function validateNewObject(
  context: StoreContext,
  object: ApiObject,
  strategyContext: StrategyContext,
): FieldError[] {
  const { strategy } = context
  const metadata = validateObjectMeta(object.metadata, {
    namespaced: context.resource.namespaced,
    validateName: nameRule(context, object),
  })
  const content = [
    ...groupFinalizerErrors(context, object),
    ...validateFields(context.scheme, context.resource, object),
    ...(strategy.validate?.(object, strategyContext) ?? []),
    ...(strategy.validateCreate?.(object, strategyContext) ?? []),
  ]
  if (strategy.judgesMetadataLast === true && content.length > 0) return content
  return [...metadata, ...content]
}

function nameRule({ strategy }: StoreContext, object: ApiObject): NameRule | undefined {
  const { validateName } = strategy
  return validateName === undefined
    ? undefined
    : (name, isPrefix) => validateName(name, object, isPrefix)
}

interface Change {
  readonly object: ApiObject
  readonly old: Readonly<ApiObject>
}

/** What is wrong with the new state by itself. */
function stateErrors(
  context: StoreContext,
  { object, old }: Change,
  strategyContext: StrategyContext,
): FieldError[] {
  const isWhole = strategyContext.subresource === ''
  const judge = strategyContext.subresource === 'status' ? validateStatus : validateFields
  return [
    ...judge(context.scheme, context.resource, object, { ...old }),
    ...(isWhole ? (context.strategy.validate?.(object, strategyContext) ?? []) : []),
  ]
}

/** What may not have become of the old one. */
function changeErrors(
  context: StoreContext,
  { object, old }: Change,
  strategyContext: StrategyContext,
): FieldError[] {
  const isWhole = strategyContext.subresource === ''
  return [
    ...(isWhole ? fixedFieldErrors(context.resource, object, old) : []),
    ...(context.strategy.validateUpdate?.(object, old, strategyContext) ?? []),
  ]
}

export function validateChangedObject(
  context: StoreContext,
  change: Change,
  strategyContext: StrategyContext,
): FieldError[] {
  const { object, old } = change
  const state = stateErrors(context, change, strategyContext)
  const changes = changeErrors(context, change, strategyContext)
  return [
    ...validateObjectMeta(object.metadata, {
      namespaced: context.resource.namespaced,
      validateName: judgesNamesAgain(context.resource) ? nameRule(context, object) : () => [],
    }),
    ...validateObjectMetaUpdate(object.metadata, old.metadata),
    ...groupFinalizerErrors(context, object),
    ...(context.strategy.tellsChangesFirst ? [...changes, ...state] : [...state, ...changes]),
  ]
}
