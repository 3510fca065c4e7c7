import { type FieldError, invalid } from '#apimachinery/errors/field-error.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { isEqual } from '../equality.ts'
import type { Strategy } from '../strategy.ts'
import { cleanupFinalizer, isTrue, specOf, statusOf, withCondition } from './definition.ts'
import {
  approvalErrors,
  preserveErrors,
  specErrors,
  storedVersionErrors,
} from './validate-definition.ts'

function remember(object: ApiObject): void {
  const status = { ...statusOf(object) }
  const stored = status.storedVersions ?? []
  const storage = specOf(object).versions.find((version) => version.storage)?.name
  if (storage !== undefined && !stored.includes(storage)) {
    status.storedVersions = [...stored, storage]
  }
  object.status = status as JsonObject
}

const wholeErrors = (object: ApiObject, old?: Readonly<ApiObject>): FieldError[] => [
  ...specErrors(object, old),
  ...storedVersionErrors(object),
  ...approvalErrors(object),
  ...preserveErrors(object),
]

export const customResourceDefinitionStrategy: Strategy = {
  group: 'apiextensions.k8s.io',
  resource: 'customresourcedefinitions',
  isHeld: ({ metadata }) => metadata.deletionTimestamp === undefined,
  markDeleted(object) {
    const finalizers = new Set([...(object.metadata.finalizers ?? []), cleanupFinalizer])
    object.metadata.finalizers = [...finalizers]
    const conditions = withCondition(statusOf(object).conditions ?? [], {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message:
        'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    })
    object.status = { ...object.status, conditions }
    // As upstream's own way of deleting definitions: no grace, and no generation counted.
    delete object.metadata.deletionGracePeriodSeconds
    object.metadata.generation = (object.metadata.generation ?? 1) - 1
  },
  prepareForCreate: remember,
  prepareForUpdate(object, _old, { subresource }) {
    if (subresource === '') remember(object)
  },
  validate(object) {
    const { names, group } = specOf(object)
    const wanted = `${names.plural}.${group}`
    return (['generateName', 'name'] as const).flatMap((field) => {
      const given = object.metadata[field] ?? ''
      if (given === '' || given === wanted) return []
      return [invalid(`metadata.${field}`, given, 'must be spec.names.plural+"."+spec.group')]
    })
  },
  validateCreate: (object) => wholeErrors(object),
  validateUpdate(object, old, { subresource }) {
    const [spec, before] = [specOf(object), specOf(old)]
    // What was accepted once is: another version of this server may judge otherwise.
    const errors = isEqual(spec, before) ? storedVersionErrors(object) : wholeErrors(object, old)
    if (subresource !== '') return errors
    const same = (field: string, value: unknown, was: unknown): void => {
      if (!isEqual(value, was)) errors.push(invalid(field, value, 'field is immutable'))
    }
    if (isTrue(old, 'Established')) {
      same('spec.scope', spec.scope, before.scope)
      same('spec.names.kind', spec.names.kind, before.names.kind)
    }
    same('spec.group', spec.group, before.group)
    same('spec.names.plural', spec.names.plural, before.names.plural)
    return errors
  },
}
