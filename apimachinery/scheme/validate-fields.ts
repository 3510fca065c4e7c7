import type { FieldError } from '../errors/field-error.ts'
import type { GroupVersionKind } from '../meta/group-version.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import type { Scheme } from './scheme.ts'

export function validateFields(
  _scheme: Scheme,
  _gvk: GroupVersionKind,
  _object: JsonObject,
): FieldError[] {
  return []
}
