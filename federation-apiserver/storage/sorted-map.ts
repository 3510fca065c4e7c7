import { compareKeys } from './keys.ts'

/** So many are put in their places one by one; more are merged at once. */
const maxInserts = 8

/** Values by their key, in bytewise order of the keys; a prefix is one slice of `values`. */
export class SortedMap<V extends { readonly key: string }> {
  readonly #byKey = new Map<string, V>()
  #sorted: V[] = []
  /** New ones that are not in `#sorted` before somebody wants the order: each would move half of it. */
  #fresh: V[] = []

  get size(): number {
    return this.#byKey.size
  }

  /** All values in order; a view that must not be changed, and holds until the next change. */
  get values(): readonly V[] {
    return this.#inOrder()
  }

  get(key: string): V | undefined {
    return this.#byKey.get(key)
  }

  set(value: V): void {
    const known = this.#byKey.has(value.key)
    this.#byKey.set(value.key, value)
    if (known) {
      const sorted = this.#inOrder()
      sorted[this.#lowerBound(value.key)] = value
    } else this.#fresh.push(value)
  }

  delete(key: string): void {
    const sorted = this.#inOrder()
    if (this.#byKey.delete(key)) sorted.splice(this.#lowerBound(key), 1)
  }

  clear(): void {
    this.#byKey.clear()
    this.#sorted = []
    this.#fresh = []
  }

  /** Half-open range of `values` under the prefix and, when given, strictly behind `after`. */
  bounds(prefix: string, after?: string): { start: number; end: number } {
    this.#inOrder()
    const first = this.#lowerBound(prefix)
    const end = this.#search(first, (key) => !key.startsWith(prefix))
    if (after === undefined) return { start: first, end }
    return { start: this.#search(first, (key) => compareKeys(key, after) > 0, end), end }
  }

  #inOrder(): V[] {
    const fresh = this.#fresh
    if (fresh.length === 0) return this.#sorted
    this.#fresh = []
    if (fresh.length > maxInserts) this.#merge(fresh.sort((a, b) => compareKeys(a.key, b.key)))
    else for (const value of fresh) this.#sorted.splice(this.#lowerBound(value.key), 0, value)
    return this.#sorted
  }

  #merge(fresh: readonly V[]): void {
    const parts: V[][] = []
    let from = 0
    for (const value of fresh) {
      const to = this.#search(from, (key) => compareKeys(key, value.key) >= 0)
      parts.push(this.#sorted.slice(from, to), [value])
      from = to
    }
    this.#sorted = [...parts, this.#sorted.slice(from)].flat()
  }

  #lowerBound(key: string): number {
    return this.#search(0, (other) => compareKeys(other, key) >= 0)
  }

  /** First index in [low, high) whose key satisfies a condition that stays true from there on; `high` when none does. */
  #search(
    low: number,
    condition: (key: string) => boolean,
    high: number = this.#sorted.length,
  ): number {
    while (low < high) {
      const middle = (low + high) >>> 1
      const value = this.#sorted[middle]
      if (value === undefined || condition(value.key)) high = middle
      else low = middle + 1
    }
    return low
  }
}
