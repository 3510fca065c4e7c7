import { newConflict, newStatusError } from '#apimachinery/errors/status-error.ts'
import {
  formatGroupVersion,
  type GroupVersionKind,
  parseGroupVersion,
} from '#apimachinery/meta/group-version.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { now } from '#apimachinery/meta/time.ts'
import { FieldManager, isOwned } from '#apimachinery/patch/structured-merge/field-manager.ts'
import {
  fieldElement,
  FieldSet,
  formatPath,
  type Path,
} from '#apimachinery/patch/structured-merge/field-set.ts'
import type { Operation, Writer } from '#apimachinery/patch/structured-merge/managers.ts'
import { mergeTypeOf } from '#apimachinery/patch/structured-merge/merge-type.ts'
import {
  type Conflict,
  ConflictError,
  type Versions,
} from '#apimachinery/patch/structured-merge/updater.ts'
import type { ResourceInfo } from '#apimachinery/scheme/scheme.ts'
import { zeroObject } from '#apimachinery/scheme/zero-object.ts'
import { resetFields } from '../registry/reset-fields.ts'
import { shownByScale, workloadScale } from '../registry/scale.ts'
import { conversionFor } from '../registry/resources.ts'
import type { ReviewEndpoint } from './review-endpoint.ts'
import type { ServedResource } from './served-resource.ts'
import { unprintable } from './write-options.ts'

const maxManagerLength = 128

/** A client that names no field manager goes by its program: the User-Agent up to the slash. */
function programOf(userAgent: string): string {
  const [program = ''] = userAgent.split('/')
  if (program.length <= maxManagerLength && !unprintable.test(program)) return program
  const printable = Array.from(program).filter((character) => !unprintable.test(character))
  return printable.slice(0, maxManagerLength).join('')
}

/** Who writes, as metadata.managedFields tells it. Scale is written in the terms of its object. */
export const writerOf = (
  served: { readonly info: GroupVersionKind },
  by: { readonly fieldManager: string; readonly userAgent: string | undefined },
  { operation, subresource }: { readonly operation: Operation; readonly subresource: string },
): Writer => ({
  manager: by.fieldManager || programOf(by.userAgent ?? '') || 'unknown',
  operation,
  apiVersion: formatGroupVersion(served.info),
  subresource,
})

const managersOf = new WeakMap<ServedResource, Map<string, FieldManager>>()

/** One FieldManager a resource, version and subresource. */
function fieldManagerOf(served: ServedResource, subresource: string): FieldManager {
  const known = managersOf.get(served) ?? new Map<string, FieldManager>()
  managersOf.set(served, known)
  const made = known.get(subresource) ?? new FieldManager(versionsOf(served, subresource))
  known.set(subresource, made)
  return made
}

function versionsOf({ scheme, info, store }: ServedResource, subresource: string): Versions {
  const servedIn = (apiVersion: string): ResourceInfo | undefined => {
    const served = scheme.resource({ ...parseGroupVersion(apiVersion), resource: info.resource })
    return served?.hub.group === info.hub.group ? served : undefined
  }
  const definitionOf = (apiVersion: string): string => servedIn(apiVersion)?.definition ?? ''
  const ignored = resetFields(store.resource, store.strategy, subresource)
  return {
    typeOf: (apiVersion) => mergeTypeOf(scheme.definitions, definitionOf(apiVersion)),
    zero: (apiVersion) => zeroObject(scheme.definitions, definitionOf(apiVersion)),
    convert(object, from, to) {
      const given = structuredClone(object) as ApiObject
      const [source, target] = [servedIn(from), servedIn(to)]
      const hub = (source && conversionFor(source)?.toHub(given)) ?? given
      return (target && conversionFor(target)?.fromHub(hub)) ?? hub
    },
    ignored: () => ignored,
  }
}

/** The same for what is answered and not stored: all of it is its sender's. */
export function recordReviewer(
  { scheme, gvk, subresource }: Pick<ReviewEndpoint, 'scheme' | 'gvk' | 'subresource'>,
  by: { readonly fieldManager: string; readonly userAgent: string | undefined },
  object: ApiObject,
): void {
  const writer = writerOf({ info: gvk }, by, { operation: 'Update', subresource })
  const definition = scheme.definitionOf(gvk) ?? ''
  const zero = zeroObject(scheme.definitions, definition)
  const type = mergeTypeOf(scheme.definitions, definition)
  const manager = new FieldManager({
    typeOf: () => type,
    zero: () => zero,
    convert: (given) => given,
    ignored: () => FieldSet.of(),
  })
  const live = { metadata: {} as ApiObject['metadata'], ...zero, ...typeMeta(gvk) }
  manager.update({ live, writer, time: now() }, object)
}

const typeMeta = (gvk: GroupVersionKind) => ({
  apiVersion: formatGroupVersion(gvk),
  kind: gvk.kind,
})

const replicasOf = ({ scale = workloadScale }: ServedResource): Path =>
  scale.replicas.map(fieldElement)

/** Writers of scale have no times: upstream's scale handler drops them. */
const timeOf = (writer: Writer): string | undefined =>
  writer.subresource === 'scale' ? undefined : now()

/** Says in `object.metadata.managedFields` who owns what after this write; `live` is undefined for a new object. */
export function recordOwner(
  served: ServedResource,
  writer: Writer,
  { live, object }: { readonly live: Readonly<ApiObject> | undefined; readonly object: ApiObject },
): void {
  if (writer.subresource === 'scale' && live !== undefined && !isOwned(live, replicasOf(served))) {
    // As upstream: what nobody owns before it is scaled, nobody owns after.
    const { managedFields } = live.metadata
    if (managedFields !== undefined) object.metadata.managedFields = managedFields
    return
  }
  const write = { live: live ?? newObject(served, writer), writer, time: timeOf(writer) }
  const shown = writer.subresource === 'scale' ? shownByScale(object, served.scale) : object
  fieldManagerOf(served, writer.subresource).update(write, shown)
  object.metadata = shown.metadata
}

const newObject = ({ scheme, info }: ServedResource, { apiVersion }: Writer): ApiObject => ({
  metadata: {} as ApiObject['metadata'],
  ...(zeroObject(scheme.definitions, info.definition) as JsonObject),
  apiVersion,
  kind: info.kind,
})

/** The live object (undefined when there is none) with a configuration applied to it, owners included. Throws 409 for conflicts. */
export function applyOwned(
  served: ServedResource,
  writer: Writer,
  given: {
    readonly live: Readonly<ApiObject> | undefined
    readonly config: JsonObject
    readonly force: boolean
  },
): ApiObject {
  const write = { live: given.live ?? newObject(served, writer), writer, time: timeOf(writer) }
  try {
    return fieldManagerOf(served, writer.subresource).apply(write, given.config, given.force)
  } catch (err) {
    throw err instanceof ConflictError ? applyConflict(err.conflicts) : err
  }
}

function describe({ manager }: Conflict): string {
  const through = manager.subresource === '' ? '' : ` with subresource "${manager.subresource}"`
  const name = JSON.stringify(manager.manager) + through
  return manager.operation === 'Update' ? `${name} using ${manager.apiVersion}` : name
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  const [first] = conflicts
  if (first !== undefined && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${describe(first)}: ${formatPath(first.path)}`
  }
  const byManager = Map.groupBy(conflicts, ({ identity }) => identity)
  const lines = [...byManager.keys()].sort().flatMap((identity) => {
    const own = byManager.get(identity) ?? []
    const [one] = own
    const head = one === undefined ? [] : [`conflicts with ${describe(one)}:`]
    return [...head, ...own.map(({ path }) => `- ${formatPath(path)}`)]
  })
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
}

/** 409 that names each field and its manager, as kubectl shows it. */
const applyConflict = (conflicts: readonly Conflict[]): Error =>
  newStatusError({
    code: 409,
    reason: 'Conflict',
    message: conflictMessage(conflicts),
    details: {
      causes: conflicts.map((conflict) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with ${describe(conflict)}`,
        field: formatPath(conflict.path),
      })),
    },
  })

/** 409 for an object that was to be another one than there is. */
export const uidMismatch = (served: ServedResource, name: string, uid: string): Error =>
  newConflict(
    served.info,
    name,
    `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
  )
