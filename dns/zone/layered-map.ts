const removed = Symbol('removed')

/** Entries that a version may hold beside its base before both become a new base. */
const maxOverlay = (baseSize: number): number => Math.max(256, baseSize >> 5)

/**
 * A map whose versions share what they have in common: the next version costs its changes and a copy of the recent ones, not a
 * copy of everything. No version ever changes.
 */
export class LayeredMap<K, V> {
  readonly #base: ReadonlyMap<K, V>
  readonly #overlay: ReadonlyMap<K, V | typeof removed>
  readonly size: number

  private constructor(
    base: ReadonlyMap<K, V>,
    overlay: ReadonlyMap<K, V | typeof removed>,
    size: number,
  ) {
    this.#base = base
    this.#overlay = overlay
    this.size = size
  }

  static of<K, V>(entries: ReadonlyMap<K, V>): LayeredMap<K, V> {
    return new LayeredMap<K, V>(entries, new Map(), entries.size)
  }

  get(key: K): V | undefined {
    const recent = this.#overlay.get(key)
    if (recent === undefined) return this.#base.get(key)
    return recent === removed ? undefined : recent
  }

  has(key: K): boolean {
    return this.get(key) !== undefined
  }

  *[Symbol.iterator](): IterableIterator<[K, V]> {
    for (const entry of this.#base) if (!this.#overlay.has(entry[0])) yield entry
    for (const [key, value] of this.#overlay) if (value !== removed) yield [key, value]
  }

  *keys(): IterableIterator<K> {
    for (const [key] of this) yield key
  }

  /** The next version; an undefined value takes the key away. */
  with(changes: ReadonlyMap<K, V | undefined>): LayeredMap<K, V> {
    const overlay = new Map(this.#overlay)
    let { size } = this
    for (const [key, value] of changes) {
      size += Number(value !== undefined) - Number(this.has(key))
      overlay.set(key, value ?? removed)
    }
    if (overlay.size <= maxOverlay(this.#base.size))
      return new LayeredMap<K, V>(this.#base, overlay, size)
    const base = new Map(this.#base)
    for (const [key, value] of overlay) {
      if (value === removed) base.delete(key)
      else base.set(key, value)
    }
    return LayeredMap.of(base)
  }
}
