import type { ApiObject, JsonObject } from '../../meta/object-meta.ts'
import { isEqual } from '../json-value.ts'
import { capManagers } from './cap-managers.ts'
import { fieldElement, FieldSet, type Path } from './field-set.ts'
import { fieldsOfLastApplied, kubectl, updateLastApplied } from './last-applied.ts'
import {
  decodeManagers,
  encodeManagers,
  identityOf,
  type Managers,
  type Writer,
} from './managers.ts'
import { ConflictError, Updater, type Versions } from './updater.ts'

/** A write to one object, both sides in the writer's version. */
export interface Write {
  readonly live: Readonly<ApiObject>
  readonly writer: Writer
  /** RFC 3339; undefined for writes whose time is not told (scale). */
  readonly time: string | undefined
}

/** Never owned by anybody: names, and what the server sets. */
const stripped = FieldSet.of(
  ...['apiVersion', 'kind', 'metadata'].map((field) => [fieldElement(field)]),
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((field) => [fieldElement('metadata'), fieldElement(field)]),
)

/** The owner of all fields of an object that was not tracked before it was applied. */
const beforeFirstApply = 'before-first-apply'

/** Managers as an object has them; what cannot be read is none. */
function managersOf(object: Readonly<ApiObject>): Managers {
  try {
    return decodeManagers(object.metadata.managedFields ?? [])
  } catch {
    return new Map()
  }
}

/** An empty list, or one with an empty entry, asks to forget all owners. */
const isReset = (entries: readonly JsonObject[] | undefined): boolean =>
  entries !== undefined &&
  (entries.length === 0 ||
    (entries.length === 1 && Object.values(entries[0] ?? {}).every((value) => !value)))

/** Clients may write managedFields themselves; from one that says nothing, or nonsense, they stay as they are. */
function managersGiven(object: Readonly<ApiObject>, { live, writer }: Write): Managers {
  // Those of the live object have been read before.
  const untouched = isEqual(object.metadata.managedFields, live.metadata.managedFields)
  if (writer.subresource !== '' || untouched) return managersOf(live)
  if (isReset(object.metadata.managedFields)) return new Map()
  const given = managersOf(object)
  return given.size > 0 ? given : managersOf(live)
}

const withoutManagers = <T extends Readonly<ApiObject>>(object: T): T => {
  if (object.metadata.managedFields === undefined) return object
  const { managedFields: _managers, ...metadata } = object.metadata
  return { ...object, metadata }
}

const valueOf = (object: Readonly<ApiObject>) => ({
  apiVersion: object.apiVersion,
  value: withoutManagers(object),
})

/** Gives the writer what it took, beside what it had. */
function giveTo(managers: Managers, writer: Writer, fields: FieldSet, time: string | undefined) {
  const taken = fields.difference(stripped)
  if (taken.isEmpty()) return
  const identity = identityOf(writer)
  const before = managers.get(identity)?.fields
  managers.set(identity, { ...writer, time, fields: before?.union(taken) ?? taken })
}

const setManagers = (object: ApiObject, managers: Managers, isRead = true): void => {
  const entries = encodeManagers(managers, { isRead })
  if (entries === undefined) delete object.metadata.managedFields
  else object.metadata.managedFields = entries
}

/**
 * Keeps metadata.managedFields over the writes to objects of one kind, and applies configurations (server-side apply; apimachinery's
 * managedfields.FieldManager).
 */
export class FieldManager {
  readonly #versions: Versions
  readonly #updater: Updater

  constructor(versions: Versions) {
    this.#versions = versions
    this.#updater = new Updater(versions)
  }

  /** Sets `object.metadata.managedFields` after a create, an update or a patch. For a create, `live` is the kind's zero object. */
  update(write: Write, object: ApiObject): void {
    const { live, writer, time } = write
    const managers = managersGiven(object, write)
    const isCreate = (live.metadata.uid ?? '') === ''
    if (managers.size > 0 || isCreate) {
      try {
        const identity = identityOf(writer)
        const taken = this.#updater.update(valueOf(live), valueOf(object), managers, identity)
        giveTo(managers, writer, taken, time)
        capManagers(managers)
      } catch {
        // A value that cannot be walked (a list item without its key): nobody can be said to own it, as in Kubernetes.
        managers.clear()
      }
    }
    // A new object is parsed anew when somebody reads it.
    setManagers(object, managers, !isCreate)
  }

  /**
   * The live object with a configuration applied; the same object when nothing changes. Throws ConflictError when others own fields of
   * other values, unless forced.
   */
  apply(write: Write, config: Readonly<JsonObject>, force: boolean): ApiObject {
    const { live, writer } = write
    const managers = decodeManagers(live.metadata.managedFields ?? [])
    if (managers.size === 0 && (live.metadata.uid ?? '') !== '') {
      const owner: Writer = { ...writer, manager: beforeFirstApply, operation: 'Update' }
      const zero = { apiVersion: live.apiVersion, value: this.#versions.zero(live.apiVersion) }
      const taken = this.#updater.update(zero, valueOf(live), managers, identityOf(owner))
      giveTo(managers, owner, taken, write.time)
    }
    const object = this.#applyOver(write, config, { managers, force })
    if (writer.manager === kubectl) updateLastApplied(object, config)
    setManagers(object, managers)
    return object
  }

  #applyOver(
    write: Write,
    config: Readonly<JsonObject>,
    { managers, force }: { managers: Managers; force: boolean },
  ): ApiObject {
    const { live, writer, time } = write
    const before = new Map(managers)
    const versioned = { apiVersion: writer.apiVersion, value: config }
    let value: unknown
    try {
      value = this.#updater.apply(valueOf(live), versioned, managers, { writer, force })
    } catch (err) {
      if (!(err instanceof ConflictError) || writer.manager !== kubectl) throw err
      const type = this.#versions.typeOf(live.apiVersion) ?? {}
      const allowed = fieldsOfLastApplied(type, withoutManagers(live))
      const conflicts = err.conflicts.filter(({ path }) => !allowed.has(path))
      if (conflicts.length > 0) {
        throw allowed.isEmpty() ? err : new ConflictError(conflicts)
      }
      managers.clear()
      for (const [identity, manager] of before) managers.set(identity, manager)
      value = this.#updater.apply(valueOf(live), versioned, managers, { writer, force: true })
    }
    this.#stripOwn(managers, writer, value === undefined ? undefined : time)
    return structuredClone(value ?? withoutManagers(live)) as ApiObject
  }

  /** An apply that changes nothing has no time of its own. */
  #stripOwn(managers: Managers, writer: Writer, time: string | undefined): void {
    const identity = identityOf(writer)
    const own = managers.get(identity)
    if (own === undefined) return
    const fields = own.fields.difference(stripped)
    if (fields.isEmpty()) managers.delete(identity)
    else managers.set(identity, { ...own, fields, time: time ?? own.time })
  }
}

/** Somebody owns the field. */
export const isOwned = (object: Readonly<ApiObject>, path: Path): boolean =>
  [...managersOf(object).values()].some(({ fields }) => fields.has(path))

/** Entries that differ in their times only are the same. */
export const sameManagers = (a: ApiObject['metadata'], b: ApiObject['metadata']): boolean =>
  isEqual(withoutTimes(a.managedFields), withoutTimes(b.managedFields))

const withoutTimes = (entries: readonly JsonObject[] | undefined): JsonObject[] =>
  (entries ?? []).map(({ time: _time, ...entry }) => entry)
