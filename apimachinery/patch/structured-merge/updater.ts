import { isEqual } from '../json-value.ts'
import { compare, type Comparison, fieldType } from './compare.ts'
import { FieldSet, formatPath, type Path } from './field-set.ts'
import { identityOf, type Manager, type Managers, type Writer } from './managers.ts'
import { merge } from './merge.ts'
import type { MergeType } from './merge-type.ts'
import { removeItems } from './remove-items.ts'
import { toFieldSet } from './to-field-set.ts'

/** What one kind of object looks like in its versions. */
export interface Versions {
  /** undefined when the version is not served any more. */
  readonly typeOf: (apiVersion: string) => MergeType | undefined
  /** What a new object of this kind is before anything is said of it. */
  readonly zero: (apiVersion: string) => unknown
  readonly convert: (object: unknown, from: string, to: string) => unknown
  /** Fields that writes of this kind (to the object, or to a subresource) never change, whatever they say. */
  readonly ignored: (apiVersion: string) => FieldSet
}

/** A value in one version. */
export interface Versioned {
  readonly apiVersion: string
  readonly value: unknown
}

export interface Conflict {
  readonly identity: string
  readonly manager: Manager
  readonly path: Path
}

/** Others own fields with other values. */
export class ConflictError extends Error {
  readonly conflicts: readonly Conflict[]

  constructor(conflicts: readonly Conflict[]) {
    super(conflicts.map(({ path }) => formatPath(path)).join(', '))
    this.conflicts = conflicts
  }
}

/** Ownership of fields over the writes to one object (structured-merge-diff's merge.Updater). Changes the managers that it is given. */
export class Updater {
  readonly #versions: Versions

  constructor(versions: Versions) {
    this.#versions = versions
  }

  /** After a write that was no apply: what it changed is nobody else's than the writer's (by identity) any more. Returns that. */
  update(live: Versioned, object: Versioned, managers: Managers, writer: string): FieldSet {
    this.#reconcile(managers)
    const { added, modified } = this.#takeOver(live, object, managers, { force: true, writer })
    return modified.union(added)
  }

  /**
   * Merges a configuration into the live object, and removes what the applier gave up and nobody else owns. Returns the new value,
   * `undefined` when nothing changes. Throws ConflictError.
   */
  apply(
    live: Versioned,
    config: Versioned,
    managers: Managers,
    { writer, force }: { readonly writer: Writer; readonly force: boolean },
  ): unknown {
    this.#reconcile(managers)
    const { apiVersion } = config
    const type = this.#typeOf(apiVersion)
    const identity = identityOf(writer)
    const last = managers.get(identity)
    const merged = merge(type, live.value, config.value)
    const fields = toFieldSet(type, config.value).recursiveDifference(
      this.#versions.ignored(apiVersion),
    )
    managers.set(identity, { ...writer, time: last?.time, fields })
    const value = this.#prune({ apiVersion, value: merged }, managers, last)
    this.#takeOver(live, { apiVersion, value }, managers, { force, except: identity })
    return isEqual(live.value, value) ? undefined : value
  }

  #typeOf(apiVersion: string): MergeType {
    const type = this.#versions.typeOf(apiVersion)
    if (type === undefined) throw new Error(`no corresponding type for ${apiVersion}`)
    return type
  }

  #in(given: Versioned, apiVersion: string): Versioned {
    if (given.apiVersion === apiVersion) return given
    return { apiVersion, value: this.#versions.convert(given.value, given.apiVersion, apiVersion) }
  }

  /** Takes from all others what the write changed or removed. */
  #takeOver(
    live: Versioned,
    object: Versioned,
    managers: Managers,
    how: { readonly force: boolean; readonly except?: string; readonly writer?: string },
  ): Comparison {
    const { force, except, writer } = how
    const compared = new Map<string, Comparison>()
    const changesIn = (apiVersion: string): Comparison => {
      const known = compared.get(apiVersion)
      if (known !== undefined) return known
      const [before, after] = [this.#in(live, apiVersion), this.#in(object, apiVersion)]
      const found = compare(this.#typeOf(apiVersion), before.value, after.value)
      const ignored = this.#versions.ignored(apiVersion)
      const changes = {
        added: found.added.recursiveDifference(ignored),
        modified: found.modified.recursiveDifference(ignored),
        removed: found.removed.recursiveDifference(ignored),
      }
      compared.set(apiVersion, changes)
      return changes
    }
    const own = changesIn(object.apiVersion)
    if (managers.size === 0) return own
    const conflicts: Conflict[] = []
    const remaining = new Map<string, FieldSet>()
    for (const [identity, manager] of managers) {
      if (identity === except) continue
      if (this.#versions.typeOf(manager.apiVersion) === undefined) {
        managers.delete(identity)
        continue
      }
      const { added, modified, removed } = changesIn(manager.apiVersion)
      // The writer keeps what it changes.
      const contested =
        identity === writer ? nothing : manager.fields.intersection(modified.union(added))
      if (!force) conflicts.push(...contested.paths().map((path) => ({ identity, manager, path })))
      remaining.set(identity, manager.fields.difference(contested).difference(removed))
    }
    if (conflicts.length > 0) throw new ConflictError(conflicts)
    for (const [identity, fields] of remaining) this.#keep(managers, identity, fields)
    if (except !== undefined && managers.get(except)?.fields.isEmpty() === true) {
      managers.delete(except)
    }
    return own
  }

  #keep(managers: Managers, identity: string, fields: FieldSet): void {
    const manager = managers.get(identity)
    if (manager === undefined) return
    if (fields.isEmpty()) managers.delete(identity)
    else managers.set(identity, { ...manager, fields })
  }

  /** Removes what the applier applied the last time and not this time, unless somebody else owns it. */
  #prune(merged: Versioned, managers: Managers, last: Manager | undefined): unknown {
    if (last === undefined || last.fields.isEmpty()) return merged.value
    const { apiVersion } = last
    const type = this.#versions.typeOf(apiVersion)
    if (type === undefined) return merged.value
    const converted = this.#in(merged, apiVersion)
    const lastFields = withNamedFields(last.fields, type)
    const without = removeItems(type, converted.value, lastFields)
    const pruned = this.#addBackOwned(converted, { apiVersion, value: without }, managers)
    const inLast = this.#in(pruned.pruned, apiVersion)
    const dangling = withNamedFields(toFieldSet(type, converted.value), type)
      .difference(withNamedFields(toFieldSet(type, inLast.value), type))
      .intersection(lastFields)
    const value = removeItems(type, converted.value, dangling)
    return this.#in({ apiVersion, value }, merged.apiVersion).value
  }

  /** What others own comes back; the pruned version first, as a conversion may need what was pruned. */
  #addBackOwned(
    merged: Versioned,
    pruned: Versioned,
    managers: Managers,
  ): { merged: Versioned; pruned: Versioned } {
    const owned = new Map<string, FieldSet>([[pruned.apiVersion, new FieldSet()]])
    for (const { apiVersion, fields } of managers.values()) {
      owned.set(apiVersion, owned.get(apiVersion)?.union(fields) ?? fields)
    }
    let result = { merged, pruned }
    for (const [apiVersion, fields] of owned) {
      const type = this.#versions.typeOf(apiVersion)
      if (type === undefined) continue
      const whole = this.#in(result.merged, apiVersion)
      const less = this.#in(result.pruned, apiVersion)
      const gone = withNamedFields(toFieldSet(type, whole.value), type).difference(
        withNamedFields(toFieldSet(type, less.value), type).union(withNamedFields(fields, type)),
      )
      const value = removeItems(type, whole.value, gone)
      result = { merged: whole, pruned: { apiVersion, value } }
    }
    return result
  }

  /** What was owned field by field, and has become a whole in the schema since, is owned as a whole. */
  #reconcile(managers: Managers): void {
    for (const [identity, manager] of managers) {
      const type = this.#versions.typeOf(manager.apiVersion)
      if (type === undefined || reconciled.get(manager.fields) === type) continue
      const fields = withAtomicWholes(manager.fields, type)
      reconciled.set(fields, type)
      if (fields !== manager.fields) managers.set(identity, { ...manager, fields })
    }
  }
}

/** The type by which sets have been looked through for wholes: they are kept from one write of an object to the next. */
const reconciled = new WeakMap<FieldSet, MergeType>()

const nothing = new FieldSet()

const typeBelow = (type: MergeType, element: string): MergeType | undefined => {
  if (element.startsWith('f:') && type.map !== undefined) {
    return fieldType(type.map, element.slice(2))
  }
  return element.startsWith('k:') ? type.list?.element : undefined
}

/** Named fields are no members of a set for being parents of members; to tell what would be left, they must be. */
function withNamedFields(set: FieldSet, type: MergeType): FieldSet {
  return set.map((element, { isMember, below }) => {
    const isNamed = element.startsWith('f:') && type.map?.field(element.slice(2)) !== undefined
    const inner = typeBelow(type, element) ?? {}
    return {
      isMember: isMember || (isNamed && below !== undefined),
      below: below && withNamedFields(below, inner),
    }
  })
}

function withAtomicWholes(set: FieldSet, type: MergeType): FieldSet {
  return set.map((element, { isMember, below }) => {
    const inner = typeBelow(type, element)
    if (below === undefined || inner === undefined) return { isMember, below }
    const isWhole = inner.map?.atomic ?? (inner.scalar === undefined && inner.list?.atomic === true)
    if (isWhole) return { isMember: true, below: undefined }
    return { isMember, below: withAtomicWholes(below, inner) }
  })
}
