import { newConflict, newNotFound } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { now } from '#apimachinery/meta/time.ts'
import type { StoredObject } from '../storage/interface.ts'
import { isEqual } from './equality.ts'
import { objectKey } from './keys.ts'
import type { DeleteOptions, ObjectName, StoreContext, WriteOptions } from './store-context.ts'
import type { Strategy } from './strategy.ts'
import { thawedObject, unstoredObject, wholeObject } from './stored.ts'

export const foregroundFinalizer = 'foregroundDeletion'
export const orphanFinalizer = 'orphan'

/** Somebody must still do something before the object can go. */
export const isHeld = (strategy: Strategy, object: Readonly<ApiObject>): boolean =>
  (object.metadata.finalizers ?? []).length > 0 || (strategy.isHeld?.(object) ?? false)

function checkPreconditions(
  context: StoreContext,
  object: Readonly<ApiObject>,
  preconditions: DeleteOptions['preconditions'],
): void {
  const { uid, resourceVersion } = preconditions ?? {}
  const meta = object.metadata
  // The kind, not the resource, as the original answers.
  const subject = { group: context.resource.group, resource: context.resource.kind }
  if (uid !== undefined && uid !== meta.uid) {
    throw newConflict(
      subject,
      meta.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${meta.uid ?? ''}). The object might have been deleted and then recreated`,
    )
  }
  if (resourceVersion !== undefined && resourceVersion !== meta.resourceVersion) {
    throw newConflict(
      subject,
      meta.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${meta.resourceVersion ?? ''}). The object might have been modified`,
    )
  }
}

/** The garbage collector's finalizers, as the propagation policy says; without one they stay as they are. */
function propagationFinalizers(
  finalizers: readonly string[],
  policy: DeleteOptions['propagationPolicy'],
): string[] {
  if (policy === undefined) return [...finalizers]
  const others = finalizers.filter((f) => f !== foregroundFinalizer && f !== orphanFinalizer)
  if (policy === 'Foreground') return [...others, foregroundFinalizer]
  if (policy === 'Orphan') return [...others, orphanFinalizer]
  return others
}

const defaultPolicy = (
  { orphansByDefault }: Strategy,
  { metadata }: Readonly<ApiObject>,
): DeleteOptions['propagationPolicy'] =>
  orphansByDefault === true && !(metadata.finalizers ?? []).includes(foregroundFinalizer)
    ? 'Orphan'
    : undefined

/** The object marked for deletion; equal to the current one when it is marked already. */
function marked(
  context: StoreContext,
  change: { current: StoredObject; finalizers: string[]; grace: number },
): ApiObject {
  const object = thawedObject(context.resource, change.current)
  const meta = object.metadata
  if (change.finalizers.length > 0) meta.finalizers = change.finalizers
  else delete meta.finalizers
  if (meta.deletionTimestamp === undefined) {
    const base = Date.parse(now()) + change.grace * 1000
    meta.deletionTimestamp = `${new Date(base).toISOString().slice(0, 19)}Z`
    meta.deletionGracePeriodSeconds = change.grace
    if (meta.generation !== undefined) meta.generation += 1
    context.strategy.markDeleted?.(object)
  } else if (change.grace < (meta.deletionGracePeriodSeconds ?? 0)) {
    meta.deletionGracePeriodSeconds = change.grace
  }
  return object
}

interface Deletion {
  readonly ref: ObjectName
  readonly deletion: DeleteOptions
}

/** DELETE of one object: removes it, or marks it and leaves it to whoever holds it. */
export async function deleteObject(
  context: StoreContext,
  { ref, deletion }: Deletion,
  options: WriteOptions,
): Promise<{ object: StoredObject; removed: boolean }> {
  const { strategy } = context
  const key = objectKey(context.prefix, ref.namespace, ref.name)

  // As an object with a grace is shown when it goes at once.
  let last: ApiObject | undefined
  const step = async (current: StoredObject | undefined): Promise<object | 'delete'> => {
    if (current === undefined) throw newNotFound(context.spoken, ref.name)
    const old = wholeObject(context.resource, current)
    checkPreconditions(context, old, deletion.preconditions)
    strategy.checkDelete?.(old)
    await options.gate.release(old)
    const grace = Math.max(0, strategy.gracePeriod?.(old, deletion) ?? 0)
    const finalizers = propagationFinalizers(
      old.metadata.finalizers ?? [],
      deletion.propagationPolicy ?? defaultPolicy(strategy, old),
    )
    const held = finalizers.length > 0 || (strategy.isHeld?.(old) ?? false)
    const object = marked(context, { current, finalizers, grace })
    last = strategy.gracePeriod === undefined ? undefined : object
    if (!held && grace === 0) return 'delete'
    return isEqual(object, old) ? current : object
  }

  if (options.dryRun) {
    const current = await context.storage.get(key, 'latest', options.request.signal)
    const result = await step(current)
    if (current === undefined) throw newNotFound(context.spoken, ref.name)
    return result === 'delete' || result === current
      ? {
          object: last === undefined ? current : unstoredObject(key, last),
          removed: result === 'delete',
        }
      : { object: unstoredObject(key, result as ApiObject), removed: false }
  }
  const written = await context.storage.guaranteedUpdate(key, step, {
    signal: options.request.signal,
  })
  if (!written.deleted || last === undefined) {
    return { object: written.object, removed: written.deleted }
  }
  last.metadata.resourceVersion = String(written.object.revision)
  return { object: unstoredObject(key, last), removed: true }
}
