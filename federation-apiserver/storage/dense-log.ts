/** A queue addressed by position: positions only grow, the oldest entries can be dropped. */
export class DenseLog<T> {
  #base = 0
  #head = 0
  #items: T[] = []

  /** Position of the oldest entry that is still held. */
  get base(): number {
    return this.#base
  }

  /** Position that the next entry will take. */
  get end(): number {
    return this.#base + this.#items.length - this.#head
  }

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** The entry at a position, undefined when it is not held. */
  at(position: number): T | undefined {
    return position < this.#base ? undefined : this.#items[position - this.#base + this.#head]
  }

  dropOldest(): T | undefined {
    if (this.length === 0) return undefined
    const item = this.#items[this.#head]
    this.#head += 1
    this.#base += 1
    // Dropped entries are let go of in bulk: one copy for every half of the queue that has passed.
    if (this.#head > 64 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** Drops everything and leaves a gap, so that every position given out before is below `base`. */
  reset(): void {
    this.#base = this.end + 1
    this.#items = []
    this.#head = 0
  }

  /** First position whose entry satisfies a condition that stays true from there on; `end` when none does. */
  search(condition: (item: T) => boolean): number {
    let low = this.#head
    let high = this.#items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (condition(this.#items[middle] as T)) high = middle
      else low = middle + 1
    }
    return this.#base + low - this.#head
  }
}
