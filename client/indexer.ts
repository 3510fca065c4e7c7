import type { ApiObject } from '#apimachinery/meta/object-meta.ts'

/** `namespace/name`, or `name` of a cluster-scoped object. */
export const keyOf = (object: { metadata: { namespace?: string; name: string } }): string =>
  object.metadata.namespace === undefined
    ? object.metadata.name
    : `${object.metadata.namespace}/${object.metadata.name}`

/** The inverse of keyOf. */
export function splitKey(key: string): { namespace?: string; name: string } {
  const slash = key.indexOf('/')
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

/** The values under which an index finds an object. */
export type IndexFunction<T> = (object: T) => readonly string[]

interface Index<T> {
  readonly values: IndexFunction<T>
  readonly entries: Map<string, Map<string, T>>
}

/** The read side of a cache. Objects are shared: never change them. */
export interface Lister<T> {
  get(key: string): T | undefined
  list(): T[]
  /** Objects whose index function gave this value; throws for an unknown index. */
  byIndex(name: string, value: string): T[]
}

/** Objects by key, and by what index functions say of them. */
export class Indexer<T extends ApiObject> implements Lister<T> {
  readonly #objects = new Map<string, T>()
  readonly #indices = new Map<string, Index<T>>()

  get size(): number {
    return this.#objects.size
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  list(): T[] {
    return [...this.#objects.values()]
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys()
  }

  byIndex(name: string, value: string): T[] {
    const index = this.#indices.get(name)
    if (index === undefined) throw new Error(`no index ${name}`)
    return [...(index.entries.get(value)?.values() ?? [])]
  }

  /** May be added at any time; objects that are there already are indexed. */
  addIndex(name: string, values: IndexFunction<T>): void {
    const index: Index<T> = { values, entries: new Map() }
    this.#indices.set(name, index)
    for (const [key, object] of this.#objects) enter(index, key, object)
  }

  /** Returns what was there before. */
  set(key: string, object: T): T | undefined {
    const previous = this.#objects.get(key)
    this.#objects.set(key, object)
    for (const index of this.#indices.values()) {
      if (previous !== undefined) leave(index, key, previous)
      enter(index, key, object)
    }
    return previous
  }

  delete(key: string): T | undefined {
    const previous = this.#objects.get(key)
    if (previous === undefined) return undefined
    this.#objects.delete(key)
    for (const index of this.#indices.values()) leave(index, key, previous)
    return previous
  }
}

function enter<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.values(object)) {
    const entry = index.entries.get(value)
    if (entry === undefined) index.entries.set(value, new Map([[key, object]]))
    else entry.set(key, object)
  }
}

function leave<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.values(object)) {
    const entry = index.entries.get(value)
    entry?.delete(key)
    if (entry?.size === 0) index.entries.delete(value)
  }
}
