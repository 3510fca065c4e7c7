import type { ApiObject } from './object-meta.ts'

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
