const isContainer = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** Equal as API values: the order of keys does not matter, that of lists does. Absent and undefined are the same. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (!isContainer(a) || !isContainer(b)) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, i) => isEqual(item, b[i]))
  }
  for (const key in a) if (!isEqual(a[key], own(b, key))) return false
  for (const key in b) if (b[key] !== undefined && own(a, key) === undefined) return false
  return true
}

/** Keys are the user's: `constructor` and its like are no fields of an object that does not have them itself. */
const own = (object: Record<string, unknown>, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined

/** The same, ignoring some top-level fields. */
export const isEqualExcept = (
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
  ignored: ReadonlySet<string>,
): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every(
    (key) => ignored.has(key) || isEqual(a[key], b[key]),
  )
