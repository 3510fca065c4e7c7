import { compareKeys } from './keys.ts'

/** Values by their key, in bytewise order of the keys; a prefix is one slice of `values`. */
export class SortedMap<V extends { readonly key: string }> {
  readonly #byKey = new Map<string, V>()
  readonly #sorted: V[] = []

  get size(): number {
    return this.#sorted.length
  }

  /** All values in order; a live view that must not be changed. */
  get values(): readonly V[] {
    return this.#sorted
  }

  get(key: string): V | undefined {
    return this.#byKey.get(key)
  }

  set(value: V): void {
    const known = this.#byKey.has(value.key)
    this.#byKey.set(value.key, value)
    const last = this.#sorted.at(-1)
    if (last === undefined || compareKeys(last.key, value.key) < 0) {
      this.#sorted.push(value)
      return
    }
    this.#sorted.splice(this.#lowerBound(value.key), known ? 1 : 0, value)
  }

  delete(key: string): void {
    if (this.#byKey.delete(key)) this.#sorted.splice(this.#lowerBound(key), 1)
  }

  clear(): void {
    this.#byKey.clear()
    this.#sorted.length = 0
  }

  /** Half-open range of `values` under the prefix and, when given, strictly behind `after`. */
  bounds(prefix: string, after?: string): { start: number; end: number } {
    const first = this.#lowerBound(prefix)
    const end = this.#search(first, (key) => !key.startsWith(prefix))
    if (after === undefined) return { start: first, end }
    return { start: this.#search(first, (key) => compareKeys(key, after) > 0, end), end }
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
