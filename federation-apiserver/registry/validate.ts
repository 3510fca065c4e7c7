import type { FieldError } from '#apimachinery/errors/field-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { validateFields } from '#apimachinery/scheme/fields.ts'
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
export const validateNewObject = (
  context: StoreContext,
  object: ApiObject,
  strategyContext: StrategyContext,
): FieldError[] => [
  ...validateObjectMeta(object.metadata, {
    namespaced: context.resource.namespaced,
    validateName: nameRule(context, object),
  }),
  ...groupFinalizerErrors(context, object),
  ...validateFields(context.scheme, context.resource, object),
  ...(context.strategy.validate?.(object, strategyContext) ?? []),
  ...(context.strategy.validateCreate?.(object, strategyContext) ?? []),
]

function nameRule({ strategy }: StoreContext, object: ApiObject): NameRule | undefined {
  const { validateName } = strategy
  return validateName === undefined ? undefined : (name) => validateName(name, object)
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
  return [
    ...validateFields(context.scheme, context.resource, object, { ...old }),
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
