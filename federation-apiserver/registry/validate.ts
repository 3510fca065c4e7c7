import type { FieldError } from '#apimachinery/errors/field-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { validateFields } from '#apimachinery/scheme/fields.ts'
import { asksForStandardFinalizers, judgesNamesAgain } from './behaviour.ts'
import { fixedFieldErrors } from './fixed-fields.ts'
import {
  standardFinalizerErrors,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from './object-meta.ts'
import type { StoreContext } from './store.ts'
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
    validateName: context.strategy.validateName,
  }),
  ...groupFinalizerErrors(context, object),
  ...validateFields(context.scheme, context.resource, object),
  ...(context.strategy.validate?.(object, strategyContext) ?? []),
  ...(context.strategy.validateCreate?.(object) ?? []),
]

export const validateChangedObject = (
  context: StoreContext,
  change: { object: ApiObject; old: Readonly<ApiObject> },
  strategyContext: StrategyContext,
): FieldError[] => [
  ...validateObjectMeta(change.object.metadata, {
    namespaced: context.resource.namespaced,
    validateName: judgesNamesAgain(context.resource) ? context.strategy.validateName : () => [],
  }),
  ...validateObjectMetaUpdate(change.object.metadata, change.old.metadata),
  ...groupFinalizerErrors(context, change.object),
  ...validateFields(context.scheme, context.resource, change.object, { ...change.old }),
  ...(strategyContext.subresource === ''
    ? (context.strategy.validate?.(change.object, strategyContext) ?? [])
    : []),
  ...(strategyContext.subresource === ''
    ? fixedFieldErrors(context.resource, change.object, change.old)
    : []),
  ...(context.strategy.validateUpdate?.(change.object, change.old, strategyContext) ?? []),
]
