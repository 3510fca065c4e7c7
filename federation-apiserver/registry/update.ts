import {
  newConflict,
  newInvalid,
  newNotFound,
  newStatusError,
} from '#apimachinery/errors/status-error.ts'
import { invalid } from '#apimachinery/errors/field-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { sameManagers } from '#apimachinery/patch/structured-merge/field-manager.ts'
import { toStoredForm } from '#apimachinery/scheme/fields.ts'
import type { StoredObject } from '../storage/interface.ts'
import { prepareNewObject } from './create.ts'
import { isHeld } from './delete.ts'
import { isEqual, isEqualExcept } from './equality.ts'
import { objectKey } from './keys.ts'
import { modifiedMessage } from './status-of.ts'
import type { ObjectName, StoreContext, WriteOptions } from './store-context.ts'
import { allObjects, unstoredObject, wholeObject } from './stored.ts'
import type { Strategy, StrategyContext } from './strategy.ts'
import { mergeSubresource } from './subresource.ts'
import { validateChangedObject } from './validate.ts'

/**
 * Makes the new whole object (hub version, defaulted, owned by the caller) from the current stored one; `undefined` when the key
 * does not exist and the resource can be created by PUT.
 */
export type Transform = (current: StoredObject | undefined) => Promise<ApiObject> | ApiObject

interface Change {
  readonly ref: ObjectName
  readonly transform: Transform
}

export interface UpdateOptions extends WriteOptions {
  readonly subresource?: string
  /** A missing object is made, whatever its resource says of PUT: the way of apply. */
  readonly createsMissing?: boolean
}

const notContent: ReadonlySet<string> = new Set(['metadata', 'apiVersion', 'kind'])
const notSpec: ReadonlySet<string> = new Set(['metadata', 'status', 'apiVersion', 'kind'])

/** Where the original's storage has resources that it called otherwise once. By `resource.group`. */
const storagePrefixes: Readonly<Record<string, string>> = {
  'endpoints.': 'services/endpoints',
  'ingresses.networking.k8s.io': 'ingress',
  'nodes.': 'minions',
  'replicationcontrollers.': 'controllers',
  'services.': 'services/specs',
}

/** In the words of the original's storage; its key begins with the resource. */
const uidMismatch = (context: StoreContext, ref: ObjectName, uids: [string, string]): string => {
  const { resource, group } = context.resource
  const prefix = storagePrefixes[`${resource}.${group}`] ?? resource
  const parts = [prefix, ref.namespace, ref.name].filter((part) => part !== '')
  const why = `Precondition failed: UID in precondition: ${uids[0]}, UID in object meta: ${uids[1]}`
  return `StorageError: invalid object, Code: 4, Key: /${parts.join('/')}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`
}

/** Optimistic concurrency: an empty resourceVersion means "whatever is there", where the resource allows it. */
function checkPreconditions(
  context: StoreContext,
  object: ApiObject,
  old: Readonly<ApiObject>,
): void {
  const { name } = old.metadata
  const given = object.metadata.resourceVersion ?? ''
  if (given === '' && context.strategy.needsResourceVersion) {
    // The resource where others name the kind, as the original answers.
    const { group, resource } = context.spoken
    throw newInvalid({ group, kind: resource }, name, [
      invalid('metadata.resourceVersion', 0, 'must be specified for an update'),
    ])
  }
  if (given !== '' && !/^\d+$/.test(given)) {
    const message = `strconv.ParseUint: parsing ${JSON.stringify(given)}: invalid syntax`
    throw newStatusError({ code: 500, reason: '', message })
  }
  if (given !== '' && given !== old.metadata.resourceVersion) {
    throw newConflict(context.spoken, name, modifiedMessage)
  }
  const uid = object.metadata.uid ?? ''
  if (uid !== '' && uid !== old.metadata.uid) {
    const ref = { name, namespace: old.metadata.namespace ?? '' }
    const why = uidMismatch(context, ref, [uid, old.metadata.uid ?? ''])
    throw newConflict(context.spoken, name, why)
  }
}

const restored = [
  'uid',
  'creationTimestamp',
  'generation',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'resourceVersion',
] as const

/** Puts back what only the server may change. */
function restoreSystemFields(object: ApiObject, old: Readonly<ApiObject>): void {
  const meta: Record<string, unknown> = object.metadata as unknown as Record<string, unknown>
  for (const field of restored) {
    const isDeletion = field === 'deletionTimestamp' || field === 'deletionGracePeriodSeconds'
    if (isDeletion && old.metadata.deletionTimestamp === undefined) continue
    if (old.metadata[field] === undefined) delete meta[field]
    else meta[field] = old.metadata[field]
  }
  if (old.metadata.namespace === undefined) delete meta['namespace']
  else meta['namespace'] ??= old.metadata.namespace
  if (old.metadata.generateName !== undefined) meta['generateName'] ??= old.metadata.generateName
}

function restoreStatus(context: StoreContext, object: ApiObject, old: Readonly<ApiObject>): void {
  if (!context.resource.subresources.has('status')) return
  if (old.status === undefined) delete object.status
  else object.status = old.status
}

/** What is equal to the original's becomes the same object, which nobody has to compare, judge or freeze again. */
function shareUnchanged(object: ApiObject, old: Readonly<ApiObject>): void {
  for (const field of Object.keys(object)) {
    if (field !== 'metadata' && isEqual(object[field], old[field])) object[field] = old[field]
  }
}

/** Turns what was asked for into what is to be stored; throws when it may not be. */
async function prepareChange(
  context: StoreContext,
  change: { given: ApiObject; old: Readonly<ApiObject> },
  options: UpdateOptions,
): Promise<ApiObject> {
  const { given, old } = change
  const subresource = options.subresource ?? ''
  const strategyContext: StrategyContext = {
    user: options.user,
    subresource,
    dryRun: options.dryRun,
    group: context.spoken.group,
  }
  checkPreconditions(context, given, old)
  const object =
    subresource === '' ? given : mergeSubresource(context.strategy, { subresource, given, old })
  restoreSystemFields(object, old)
  if (subresource === '') restoreStatus(context, object, old)
  await options.gate.admit(object, old)
  toStoredForm(context.scheme, context.resource, object)
  context.strategy.prepareForUpdate?.(object, old, strategyContext)
  if (subresource === '') {
    await context.strategy.allocate?.(object, allObjects(context, options.request.signal))
  }
  shareUnchanged(object, old)
  if (subresource !== 'status' && isNextGeneration(context.strategy, object, old)) {
    object.metadata.generation = (old.metadata.generation ?? 0) + 1
  }
  const errors = validateChangedObject(context, { object, old }, strategyContext)
  if (errors.length > 0) throw newInvalid(context.resource, old.metadata.name, errors)
  await options.gate.validate(object, old)
  return object
}

const isNextGeneration = (
  { generation }: Strategy,
  object: ApiObject,
  old: Readonly<ApiObject>,
): boolean =>
  generation !== undefined &&
  (!isEqualExcept(object, old, generation === 'status' ? notContent : notSpec) ||
    ((generation === 'annotations' || generation === 'labels') &&
      !isEqual(object.metadata[generation] ?? {}, old.metadata[generation] ?? {})))

/** The last thing that held an object under deletion is gone with this write. */
const endsDeletion = (context: StoreContext, object: Readonly<ApiObject>): boolean =>
  object.metadata.deletionTimestamp !== undefined &&
  (object.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
  !isHeld(context.strategy, object)

/** A write that would change nothing but the times of managedFields changes nothing. */
function isUnchanged(object: ApiObject, old: Readonly<ApiObject>): boolean {
  if (!sameManagers(object.metadata, old.metadata)) return false
  const { managedFields = [] } = old.metadata
  const metadata =
    managedFields.length === 0 ? object.metadata : { ...object.metadata, managedFields }
  return isEqual({ ...object, metadata }, old)
}

/** PUT and PATCH, of the object or of a subresource. A change of nothing is not written and keeps the resourceVersion. */
export async function updateObject(
  context: StoreContext,
  { ref, transform }: Change,
  options: UpdateOptions,
): Promise<{ object: StoredObject; created: boolean }> {
  const key = objectKey(context.prefix, ref.namespace, ref.name)
  let created = false
  let last: ApiObject | undefined

  const step = async (
    current: StoredObject | undefined,
  ): Promise<object | StoredObject | 'delete'> => {
    created = current === undefined
    last = undefined
    if (current === undefined) {
      const creates = context.strategy.createOnUpdate ?? options.createsMissing ?? false
      if (!creates || (options.subresource ?? '') !== '') {
        throw newNotFound(context.spoken, ref.name)
      }
      const object = await transform(undefined)
      const { uid = '' } = object.metadata
      if (uid !== '') {
        throw newConflict(context.spoken, ref.name, uidMismatch(context, ref, [uid, '']))
      }
      delete object.metadata.resourceVersion
      await options.gate.admit(object)
      await prepareNewObject(context, object, options)
      context.strategy.prepareForStorage?.(object)
      return object
    }
    const old = wholeObject(context.resource, current)
    const given = await transform(current)
    const object = await prepareChange(context, { given, old }, options)
    if (endsDeletion(context, object)) {
      last = object
      return 'delete'
    }
    return isUnchanged(object, old) ? current : object
  }

  if (options.dryRun) {
    const current = await context.storage.get(key, 'latest', options.request.signal)
    const result = await step(current)
    const object = result === 'delete' ? last : result
    if (object === undefined) throw newNotFound(context.resource, ref.name)
    const answer = object === current ? current : unstoredObject(key, object as ApiObject)
    return { object: answer, created }
  }
  const written = await context.storage.guaranteedUpdate(key, step, {
    signal: options.request.signal,
  })
  return {
    object: written.deleted && last !== undefined ? unstoredObject(key, last) : written.object,
    created,
  }
}
