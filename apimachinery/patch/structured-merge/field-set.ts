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

export const keyElement = (key: JsonObject): PathElement => `k:${sortedJson(key)}`
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
 * A set of paths into objects, as metadata.managedFields has them (FieldsV1; structured-merge-diff's fieldpath.Set). A path in the set says nothing
 * about those above or below it. Sets share their parts: `insert` is for who is still making one, everything else makes another set.
 */
export class FieldSet {
  readonly #members: Set<PathElement>
  readonly #children: Map<PathElement, FieldSet>

  constructor(
    members: Set<PathElement> = new Set(),
    children: Map<PathElement, FieldSet> = new Map(),
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
  static fromFields(fields: JsonObject): FieldSet {
    const set = new FieldSet()
    for (const [name, below] of Object.entries(fields)) {
      if (name === '.') continue
      const element = canonical(name)
      if (!isObject(below)) throw new SyntaxError('expected {')
      const child = FieldSet.fromFields(below)
      if (Object.hasOwn(below, '.') || child.isEmpty()) set.#members.add(element)
      if (!child.isEmpty()) set.#children.set(element, child)
    }
    return set
  }

  /** As FieldsV1, in its order. */
  toFields(): JsonObject {
    const fields: JsonObject = {}
    for (const element of this.#sorted([...this.#members, ...this.#children.keys()])) {
      const child = this.#children.get(element)
      const isMember = this.#members.has(element)
      fields[element] = { ...(isMember && child ? { '.': {} } : {}), ...child?.toFields() }
    }
    return fields
  }

  insert(path: Path, from = 0): void {
    const element = path[from]
    if (element === undefined) return
    if (from === path.length - 1) this.#members.add(element)
    else this.#descend(element).insert(path, from + 1)
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
    return this.#members.size === 0 && [...this.#children.values()].every((c) => c.isEmpty())
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

  union(other: FieldSet): FieldSet {
    if (other.isEmpty()) return this
    if (this.isEmpty()) return other
    const children = new Map(this.#children)
    for (const [element, theirs] of other.#children) {
      children.set(element, children.get(element)?.union(theirs) ?? theirs)
    }
    return new FieldSet(new Set([...this.#members, ...other.#members]), children)
  }

  intersection(other: FieldSet): FieldSet {
    return new FieldSet(
      new Set([...this.#members].filter((element) => other.#members.has(element))),
      this.#mapChildren((child, element) => {
        const theirs = other.#children.get(element)
        return theirs === undefined ? undefined : child.intersection(theirs)
      }),
    )
  }

  /** Without the paths of the other; what is below or above them stays. */
  difference(other: FieldSet): FieldSet {
    if (other.isEmpty()) return this
    return new FieldSet(
      this.#without(other),
      this.#mapChildren((child, element) => {
        const theirs = other.#children.get(element)
        return theirs === undefined ? child : child.difference(theirs)
      }),
    )
  }

  /** Without the paths of the other and all that is below them. */
  recursiveDifference(other: FieldSet): FieldSet {
    if (other.isEmpty()) return this
    return new FieldSet(
      this.#without(other),
      this.#mapChildren((child, element) => {
        if (other.#members.has(element)) return undefined
        const theirs = other.#children.get(element)
        return theirs === undefined ? child : child.recursiveDifference(theirs)
      }),
    )
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
    for (const element of new Set([...this.#members, ...this.#children.keys()])) {
      const at = { isMember: this.#members.has(element), below: this.#children.get(element) }
      const { isMember, below } = change(element, at)
      same &&= isMember === at.isMember && below === at.below
      if (isMember) result.#members.add(element)
      if (below !== undefined && !below.isEmpty()) result.#children.set(element, below)
    }
    return same ? this : result
  }

  #descend(element: PathElement): FieldSet {
    const known = this.#children.get(element)
    if (known !== undefined) return known
    const made = new FieldSet()
    this.#children.set(element, made)
    return made
  }

  #without(other: FieldSet): Set<PathElement> {
    return new Set([...this.#members].filter((element) => !other.#members.has(element)))
  }

  #mapChildren(
    change: (child: FieldSet, element: PathElement) => FieldSet | undefined,
  ): Map<PathElement, FieldSet> {
    const children = new Map<PathElement, FieldSet>()
    for (const [element, child] of this.#children) {
      const changed = change(child, element)
      if (changed !== undefined && !changed.isEmpty()) children.set(element, changed)
    }
    return children
  }

  #sorted(elements: Iterable<PathElement>): PathElement[] {
    return [...new Set(elements)].sort(comparePathElements)
  }
}
