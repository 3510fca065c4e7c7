import { isObject, isEqual } from './json-value.ts'

/** Which item of a list this is: by merge key, or by value. */
export const isSame = (a: unknown, b: unknown, mergeKey: string | undefined): boolean =>
  mergeKey === undefined
    ? isEqual(a, b)
    : isObject(a) && isObject(b) && isEqual(a[mergeKey], b[mergeKey])

const indexIn = (list: readonly unknown[], item: unknown, mergeKey: string | undefined): number =>
  list.findIndex((other) => isSame(other, item, mergeKey))

function sortedBy(
  items: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  return items
    .map((item) => ({ item, at: indexIn(order, item, mergeKey) }))
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
  const { patch, server, mergeKey } = orders
  const named = merged.filter((item) => indexIn(patch, item, mergeKey) >= 0)
  const own = merged.filter((item) => indexIn(patch, item, mergeKey) < 0)
  const right = sortedBy(named, patch, mergeKey)
  const left = sortedBy(own, server, mergeKey)
  const result: unknown[] = []
  let i = 0
  for (const item of right) {
    const at = indexIn(server, item, mergeKey)
    while (i < left.length && at >= 0) {
      const before = indexIn(server, left[i], mergeKey)
      if (before < 0 || before >= at) break
      result.push(left[i++])
    }
    result.push(item)
  }
  return [...result, ...left.slice(i)]
}
