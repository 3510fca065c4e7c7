import type { NameProblems } from './names.ts'
import type { ApiObject } from './object-meta.ts'

const standard = new Set(['orphan', 'foregroundDeletion', 'kubernetes'])

/** What Kubernetes' own groups require of finalizers besides: a name without a slash must be one of theirs. */
export const validateStandardFinalizer = (finalizer: string): NameProblems =>
  standard.has(finalizer) || finalizer.includes('/')
    ? []
    : ['name is neither a standard finalizer name nor is it fully qualified']

export const hasFinalizer = ({ metadata }: ApiObject, finalizer: string): boolean =>
  metadata.finalizers?.includes(finalizer) ?? false

/** The object with the finalizer; itself when it has it already. */
export const withFinalizer = <T extends ApiObject>(object: T, finalizer: string): T =>
  hasFinalizer(object, finalizer)
    ? object
    : withFinalizers(object, [...(object.metadata.finalizers ?? []), finalizer])

/** The object without the finalizer; itself when it has none such. */
export const withoutFinalizer = <T extends ApiObject>(object: T, finalizer: string): T =>
  hasFinalizer(object, finalizer)
    ? withFinalizers(
        object,
        (object.metadata.finalizers ?? []).filter((other) => other !== finalizer),
      )
    : object

function withFinalizers<T extends ApiObject>(object: T, finalizers: string[]): T {
  const { finalizers: _, ...metadata } = object.metadata
  return {
    ...object,
    metadata: finalizers.length === 0 ? metadata : { ...metadata, finalizers },
  }
}
