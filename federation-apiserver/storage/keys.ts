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
