import { isObject, isEqual } from './json-value.ts'

/** Which item of a list this is: by merge key, or by value. */
export const isSame = (a: unknown, b: unknown, mergeKey: string | undefined): boolean =>
  mergeKey === undefined
    ? isEqual(a, b)
    : isObject(a) && isObject(b) && isEqual(a[mergeKey], b[mergeKey])

/**
 * Finds items of a list that only grows, by what isSame compares. Plain values, as nearly all are, are looked up: comparing each with each
 * would stop the server for minutes when somebody sends a long list.
 */
export class ItemIndex {
  readonly #list: readonly unknown[]
  readonly #mergeKey: string | undefined
  readonly #plain = new Map<unknown, number>()
  /** Positions of the others. */
  readonly #others: number[] = []
  #known = 0

  constructor(list: readonly unknown[], mergeKey: string | undefined) {
    this.#list = list
    this.#mergeKey = mergeKey
  }

  /** Position of the first item that is the same; -1 when there is none. */
  find(item: unknown): number {
    for (; this.#known < this.#list.length; this.#known++) {
      const value = this.#identity(this.#list[this.#known])
      if (value === undefined || typeof value === 'object') this.#others.push(this.#known)
      else if (!this.#plain.has(value)) this.#plain.set(value, this.#known)
    }
    const value = this.#identity(item)
    if (value !== undefined && typeof value !== 'object') return this.#plain.get(value) ?? -1
    return this.#others.find((at) => isSame(this.#list[at], item, this.#mergeKey)) ?? -1
  }

  #identity(item: unknown): unknown {
    if (this.#mergeKey === undefined) return item
    return isObject(item) ? item[this.#mergeKey] : undefined
  }
}

function sortedBy(items: readonly unknown[], order: ItemIndex): unknown[] {
  return items
    .map((item) => ({ item, at: order.find(item) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

/**
 * The order of a merged list: items that the patch names in the patch's order, the server's own in the server's, and
 * of two the server's goes first only if it stood before the other on the server. So items that are new to the
 * server stand in front of those of the server's own that follow.
 */
export function orderElements(
  merged: readonly unknown[],
  orders: { patch: readonly unknown[]; server: readonly unknown[]; mergeKey: string | undefined },
): unknown[] {
  const { mergeKey } = orders
  const patch = new ItemIndex(orders.patch, mergeKey)
  const server = new ItemIndex(orders.server, mergeKey)
  const named = merged.filter((item) => patch.find(item) >= 0)
  const own = merged.filter((item) => patch.find(item) < 0)
  const right = sortedBy(named, patch)
  const left = sortedBy(own, server)
  const result: unknown[] = []
  let i = 0
  for (const item of right) {
    const at = server.find(item)
    while (i < left.length && at >= 0) {
      const before = server.find(left[i])
      if (before < 0 || before >= at) break
      result.push(left[i++])
    }
    result.push(item)
  }
  return [...result, ...left.slice(i)]
}
