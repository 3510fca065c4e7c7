import { randomUUID } from 'node:crypto'
import { newAlreadyExists, newInvalid, newStatusError } from '#apimachinery/errors/status-error.ts'
import { generateName } from '#apimachinery/meta/names.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { now } from '#apimachinery/meta/time.ts'
import { after, type Awaitable } from '#apimachinery/meta/awaitable.ts'
import { zeroObject } from '#apimachinery/scheme/zero-object.ts'
import { toStoredForm } from '#apimachinery/scheme/fields.ts'
import { isStorageError } from '../storage/errors.ts'
import type { StoredObject } from '../storage/interface.ts'
import { objectKey } from './keys.ts'
import type { StoreContext, WriteOptions } from './store-context.ts'
import type { StrategyContext } from './strategy.ts'
import { allObjects, unstoredObject } from './stored.ts'
import { validateNewObject } from './validate.ts'

/** Attempts to find a free name for generateName. */
const nameAttempts = 8

/** Gives a new object what only the server may give, and takes away what only the server may set. */
function fillSystemFields(context: StoreContext, object: ApiObject, namespace: string): void {
  const meta = object.metadata
  delete meta.deletionTimestamp
  delete meta.deletionGracePeriodSeconds
  delete (meta as { selfLink?: string }).selfLink
  if (context.resource.namespaced) meta.namespace = namespace
  else delete meta.namespace
  meta.uid = randomUUID()
  meta.creationTimestamp = now()
  if (context.strategy.generation) meta.generation = 1
  if (context.resource.subresources.has('status') && !context.strategy.keepsStatusOnCreate) {
    const zero = zeroObject(context.scheme.definitions, context.resource.definition)['status']
    object.status = structuredClone({ ...(zero as JsonObject), ...context.strategy.initialStatus })
  }
}

/** What storing it would say, and how it would be stored. */
async function storeDry(
  context: StoreContext,
  key: string,
  { object, signal }: { object: ApiObject; signal: AbortSignal },
): Promise<StoredObject> {
  const taken = await context.storage.get(key, 'latest', signal)
  if (taken !== undefined) throw newAlreadyExists(context.spoken, object.metadata.name)
  return unstoredObject(key, object)
}

function storeNew(
  context: StoreContext,
  object: ApiObject,
  options: WriteOptions,
): Promise<StoredObject> {
  const key = objectKey(context.prefix, options.namespace, object.metadata.name)
  context.strategy.prepareForStorage?.(object)
  if (options.dryRun) return storeDry(context, key, { object, signal: options.request.signal })
  if ((object.metadata.resourceVersion ?? '') !== '') {
    const message = 'resourceVersion should not be set on objects to be created'
    throw newStatusError({ code: 500, reason: '', message })
  }
  const { ttlSeconds } = context.strategy
  return context.storage.create(key, object, ttlSeconds === undefined ? {} : { ttlSeconds })
}

/** Everything between admission and storage for a new object: system fields, the strategy's rules, validation. */
export function prepareNewObject(
  context: StoreContext,
  object: ApiObject,
  options: WriteOptions,
): Awaitable<void> {
  const strategyContext: StrategyContext = {
    user: options.user,
    subresource: '',
    dryRun: options.dryRun,
    group: context.spoken.group,
  }
  fillSystemFields(context, object, options.namespace)
  toStoredForm(context.scheme, context.resource, object)
  context.strategy.prepareForCreate?.(object, strategyContext)
  const { strategy } = context
  const allocating = strategy.allocate?.(object, allObjects(context, options.request.signal))
  return after(allocating, () => {
    const errors = validateNewObject(context, object, strategyContext)
    if (errors.length > 0) throw newInvalid(context.resource, object.metadata.name ?? '', errors)
    return options.gate.validate(object)
  })
}

/** Says so when the one that is there is going. */
async function alreadyExists(
  context: StoreContext,
  name: string,
  options: WriteOptions,
): Promise<Error> {
  const key = objectKey(context.prefix, options.namespace, name)
  const err = newAlreadyExists(context.spoken, name)
  const taken = await context.storage
    .get(key, 'latest', options.request.signal)
    .catch((why: unknown) => {
      if (isStorageError(why, 'Corrupt')) return undefined
      throw why
    })
  if (taken?.object.metadata.deletionTimestamp === undefined) return err
  return newStatusError({
    ...err.status,
    code: err.code,
    reason: 'AlreadyExists',
    message: `object is being deleted: ${err.message}`,
  })
}

/** POST. The object is the callee's, and is changed. */
export async function createObject(
  context: StoreContext,
  object: ApiObject,
  options: WriteOptions,
): Promise<StoredObject> {
  const base = object.metadata.generateName ?? ''
  const generated = (object.metadata.name ?? '') === '' && base !== ''
  await options.gate.admit(object)
  // What the server fills in may have the name in it, so that another name is another object.
  const spare = generated ? structuredClone(object) : object
  for (let attempt = 1; ; attempt++) {
    const made = attempt === 1 ? object : structuredClone(spare)
    if (generated) made.metadata.name = generateName(base)
    await prepareNewObject(context, made, options)
    try {
      return await storeNew(context, made, options)
    } catch (err) {
      if (!isStorageError(err, 'KeyExists')) throw err
      if (generated && attempt < nameAttempts) continue
      throw await alreadyExists(context, made.metadata.name, options)
    }
  }
}
