import type { JsonObject } from '../../meta/object-meta.ts'
import { isObject, sortedJson } from '../json-value.ts'

/** One step of a path, as FieldsV1 writes it: `f:NAME`, `k:{"key":VALUE}` (keys sorted), `v:VALUE`, `i:INDEX`. */
export type PathElement = string
export type Path = readonly PathElement[]

export const fieldElement = (name: string): PathElement => `f:${name}`

const kinds = 'fkvi'

/** Fields before keys before values before indices, each in their own order: names as text, the rest by value. */
function comparePathElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0
  const byKind = kinds.indexOf(a.charAt(0)) - kinds.indexOf(b.charAt(0))
  if (byKind !== 0) return byKind
  if (a.startsWith('f:')) return a < b ? -1 : 1
  return compareValues(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)))
}

const rank = (value: unknown): number =>
  ['number', 'string', 'boolean', 'object'].indexOf(typeof value)

function compareValues(a: unknown, b: unknown): number {
  if (isObject(a) && isObject(b)) {
    const [left, right] = [Object.entries(a).flat(), Object.entries(b).flat()]
    for (const [i, one] of left.entries()) {
      const order = i < right.length ? compareValues(one, right[i]) : 1
      if (order !== 0) return order
    }
    return left.length - right.length
  }
  if (typeof a !== typeof b) return rank(a) - rank(b)
  return a === b ? 0 : (a as string) < (b as string) ? -1 : 1
}

/** A path as messages show it: `.spec.containers[name="web"].image`. */
export const formatPath = (path: Path): string => path.map(formatElement).join('')

export function formatElement(element: PathElement): string {
  const rest = element.slice(2)
  if (element.startsWith('f:')) return `.${rest}`
  if (element.startsWith('v:')) return `[=${rest}]`
  if (element.startsWith('i:')) return `[${rest}]`
  const key = JSON.parse(rest) as JsonObject
  const parts = Object.entries(key).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `[${parts.join(',')}]`
}

export function keyElement(key: JsonObject): PathElement {
  const [only, ...more] = Object.keys(key)
  if (only === undefined || more.length > 0 || isObject(key[only])) return `k:${sortedJson(key)}`
  return `k:{${JSON.stringify(only)}:${JSON.stringify(key[only])}}`
}
export const valueElement = (value: unknown): PathElement => `v:${JSON.stringify(value)}`

/** The one spelling of an element that a client may have written in another; throws SyntaxError. */
function canonical(element: string): PathElement {
  if (element.length < 2) throw new SyntaxError('key must be 2 characters long:')
  if (element[1] !== ':') throw new SyntaxError(`missing colon: ${element}`)
  if (element.startsWith('f:')) return element
  if (!kinds.includes(element.charAt(0))) throw new SyntaxError('unknown path element type')
  return element.slice(0, 2) + sortedJson(JSON.parse(element.slice(2)) as unknown)
}

/**
 * Sets by the FieldsV1 that they were printed as. It is theirs once it is frozen, which storage does with an updated object: the same owners are read
 * and written with every change of it, and mostly stay as they are.
 */
const known = new WeakMap<JsonObject, FieldSet>()

const noMembers: Set<PathElement> = new Set()
const noChildren: Map<PathElement, FieldSet> = new Map()

/**
 * A set of paths into objects, as metadata.managedFields has them (FieldsV1; structured-merge-diff's fieldpath.Set). A path in the set says nothing
 * about those above or below it. Sets share their parts: `insert`, `add` and `child` are for who is still making one, everything else makes another set.
 */
export class FieldSet {
  /** The empty ones are shared: most sets have one kind of elements only. */
  #members: Set<PathElement>
  #children: Map<PathElement, FieldSet>
  #fields: Readonly<JsonObject> | undefined

  constructor(
    members: Set<PathElement> = noMembers,
    children: Map<PathElement, FieldSet> = noChildren,
  ) {
    this.#members = members
    this.#children = children
  }

  static of(...paths: readonly Path[]): FieldSet {
    const set = new FieldSet()
    for (const path of paths) set.insert(path)
    return set
  }

  /** From FieldsV1; throws SyntaxError. */
  static fromFields(fields: Readonly<JsonObject>): FieldSet {
    if (!Object.isFrozen(fields)) return FieldSet.#read(fields)
    const made = known.get(fields) ?? FieldSet.#read(fields)
    made.#fields = fields
    known.set(fields, made)
    return made
  }

  static #read(fields: Readonly<JsonObject>): FieldSet {
    const set = new FieldSet()
    for (const [name, below] of Object.entries(fields)) {
      if (name === '.') continue
      const element = canonical(name)
      if (!isObject(below)) throw new SyntaxError('expected {')
      const child = FieldSet.#read(below)
      if (Object.hasOwn(below, '.') || child.isEmpty()) set.add(element)
      if (!child.isEmpty()) set.#put(element, child)
    }
    return set
  }

  /**
   * As FieldsV1, in its order. Printed once: nothing is inserted after that, and nobody changes what was printed. `isRead`: it is likely to be
   * read again as this very object.
   */
  toFields({ isRead = true } = {}): Readonly<JsonObject> {
    const fields = this.#print()
    if (isRead) known.set(fields, this)
    return fields
  }

  #print(): Readonly<JsonObject> {
    if (this.#fields !== undefined) return this.#fields
    const fields: JsonObject = {}
    for (const element of this.#sorted(this.#elements())) {
      const child = this.#children.get(element)
      const below = child === undefined ? {} : child.#print()
      const isBoth = child !== undefined && this.#members.has(element)
      fields[element] = isBoth ? { '.': {}, ...below } : below
    }
    this.#fields = fields
    return fields
  }

  insert(path: Path, from = 0): void {
    const element = path[from]
    if (element === undefined) return
    if (from === path.length - 1) this.add(element)
    else this.child(element).insert(path, from + 1)
  }

  /** The same for a path of one element. */
  add(element: PathElement): void {
    if (this.#members === noMembers) this.#members = new Set()
    this.#members.add(element)
  }

  /** The set below an element, to insert into. */
  child(element: PathElement): FieldSet {
    const known = this.#children.get(element)
    if (known !== undefined) return known
    const made = new FieldSet()
    this.#put(element, made)
    return made
  }

  #put(element: PathElement, child: FieldSet): void {
    if (this.#children === noChildren) this.#children = new Map()
    this.#children.set(element, child)
  }

  has(path: Path): boolean {
    const [element, ...rest] = path
    if (element === undefined) return false
    return rest.length === 0
      ? this.#members.has(element)
      : (this.#children.get(element)?.has(rest) ?? false)
  }

  hasMember(element: PathElement): boolean {
    return this.#members.has(element)
  }

  /** What is in the set below an element; undefined when nothing is. */
  below(element: PathElement): FieldSet | undefined {
    return this.#children.get(element)
  }

  isEmpty(): boolean {
    if (this.#members.size > 0) return false
    for (const child of this.#children.values()) if (!child.isEmpty()) return false
    return true
  }

  /** All paths; those of a level before those below it. */
  paths(prefix: Path = []): Path[] {
    return [
      ...this.#sorted(this.#members).map((element) => [...prefix, element]),
      ...this.#sorted(this.#children.keys()).flatMap(
        (element) => this.#children.get(element)?.paths([...prefix, element]) ?? [],
      ),
    ]
  }

  /** The very same set when nothing comes to it. */
  union(other: FieldSet): FieldSet {
    if (other === this || other.isEmpty()) return this
    if (this.isEmpty()) return other
    const members = new Set(this.#members)
    for (const element of other.#members) members.add(element)
    const children = new Map(this.#children)
    let same = members.size === this.#members.size
    for (const [element, theirs] of other.#children) {
      const ours = children.get(element)
      const both = ours?.union(theirs) ?? theirs
      same &&= both === ours
      children.set(element, both)
    }
    return same ? this : new FieldSet(members, children)
  }

  intersection(other: FieldSet): FieldSet {
    const result = new FieldSet()
    for (const element of this.#members) {
      if (other.#members.has(element)) result.add(element)
    }
    for (const [element, child] of this.#children) {
      const theirs = other.#children.get(element)
      const both = theirs && child.intersection(theirs)
      if (both?.isEmpty() === false) result.#put(element, both)
    }
    return result
  }

  /** Without the paths of the other; what is below or above them stays. The very same set when nothing goes. */
  difference(other: FieldSet): FieldSet {
    if (this.isEmpty() || other.isEmpty()) return this
    return this.#less(other, (child, element) => {
      const theirs = other.#children.get(element)
      return theirs === undefined ? child : child.difference(theirs)
    })
  }

  /** Without the paths of the other and all that is below them. The very same set when nothing goes. */
  recursiveDifference(other: FieldSet): FieldSet {
    if (this.isEmpty() || other.isEmpty()) return this
    return this.#less(other, (child, element) => {
      if (other.#members.has(element)) return undefined
      const theirs = other.#children.get(element)
      return theirs === undefined ? child : child.recursiveDifference(theirs)
    })
  }

  /** Makes another set of each level: what is below an element (kept when not empty), and whether the element itself is in. The very same set when nothing changes. */
  map(
    change: (
      element: PathElement,
      at: { readonly isMember: boolean; readonly below: FieldSet | undefined },
    ) => { isMember: boolean; below: FieldSet | undefined },
  ): FieldSet {
    const result = new FieldSet()
    let same = true
    for (const element of this.#elements()) {
      const at = { isMember: this.#members.has(element), below: this.#children.get(element) }
      const { isMember, below } = change(element, at)
      same &&= isMember === at.isMember && below === at.below
      if (isMember) result.add(element)
      if (below !== undefined && !below.isEmpty()) result.#put(element, below)
    }
    return same ? this : result
  }

  /** Of its members, and of what it has below. */
  #elements(): Iterable<PathElement> {
    if (this.#children.size === 0) return this.#members
    return new Set([...this.#members, ...this.#children.keys()])
  }

  #less(
    other: FieldSet,
    change: (child: FieldSet, element: PathElement) => FieldSet | undefined,
  ): FieldSet {
    let members = this.#members
    for (const element of this.#members) {
      if (!other.#members.has(element)) continue
      if (members === this.#members) members = new Set(members)
      members.delete(element)
    }
    let children = this.#children
    for (const [element, child] of this.#children) {
      const changed = change(child, element)
      if (changed === child) continue
      if (children === this.#children) children = new Map(children)
      if (changed === undefined || changed.isEmpty()) children.delete(element)
      else children.set(element, changed)
    }
    const same = members === this.#members && children === this.#children
    return same ? this : new FieldSet(members, children)
  }

  #sorted(elements: Iterable<PathElement>): PathElement[] {
    return [...elements].sort(comparePathElements)
  }
}
