/** Characters whose UTF-16 order differs from the order of their UTF-8 bytes. */
const beyondPlainOrder = /[\ud800-\uffff]/

/** Order of the keys' UTF-8 bytes, as etcd and SQLite sort; negative, 0 or positive. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0
  if (beyondPlainOrder.test(a) || beyondPlainOrder.test(b)) {
    return Buffer.compare(Buffer.from(a), Buffer.from(b))
  }
  return a < b ? -1 : 1
}

/** The first key behind all keys under a prefix; undefined when there is none. */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix, (char) => char.codePointAt(0) ?? 0)
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    // U+D800 to U+DFFF are no characters and have no UTF-8 form.
    if (last < 0x10ffff) return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1)
  }
  return undefined
}
