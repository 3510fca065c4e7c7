/** One place where two values are not the same; an absent value is undefined. */
export interface Difference {
  /** `status`, `headers.warning`, `body.spec.ports[0].name` */
  readonly at: string
  readonly real?: unknown
  readonly ours?: unknown
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What tells the items of a list apart, where something does: then one that is missing does not make all others different. */
const identity = (item: unknown): string | undefined => {
  if (!isObject(item)) return undefined
  const { metadata, name, resource, subresource, type } = item
  const own = isObject(metadata) ? metadata['name'] : undefined
  const found = [own, name, subresource, resource, type].find((one) => typeof one === 'string')
  return found as string | undefined
}

function byIdentity(items: readonly unknown[]): ReadonlyMap<string, unknown> | undefined {
  const found = new Map<string, unknown>()
  for (const item of items) {
    const key = identity(item)
    if (key === undefined || found.has(key)) return undefined
    found.set(key, item)
  }
  return found
}

function listDifferences(
  real: readonly unknown[],
  ours: readonly unknown[],
  at: string,
): Difference[] {
  const [left, right] = [byIdentity(real), byIdentity(ours)]
  if (left === undefined || right === undefined) {
    const longest = Math.max(real.length, ours.length)
    return Array.from({ length: longest }, (_, i) => i).flatMap((i) =>
      differences(real[i], ours[i], `${at}[${i}]`),
    )
  }
  const found = [...new Set([...left.keys(), ...right.keys()])].flatMap((key) =>
    differences(left.get(key), right.get(key), `${at}[${key}]`),
  )
  const [order, other] = [[...left.keys()], [...right.keys()]]
  const shared = order.filter((key) => right.has(key))
  const sharedOther = other.filter((key) => left.has(key))
  return [...found, ...differences(shared.join(' '), sharedOther.join(' '), `${at}, order`)]
}

/** All differences, deepest first place each. Order matters in arrays, not in objects. */
export function differences(real: unknown, ours: unknown, at = ''): Difference[] {
  if (Object.is(real, ours)) return []
  if (isObject(real) && isObject(ours)) {
    const fields = [...new Set([...Object.keys(real), ...Object.keys(ours)])].sort()
    return fields.flatMap((f) => differences(real[f], ours[f], at === '' ? f : `${at}.${f}`))
  }
  if (Array.isArray(real) && Array.isArray(ours)) {
    return listDifferences(real, ours, at)
  }
  return [{ at, ...(real === undefined ? {} : { real }), ...(ours === undefined ? {} : { ours }) }]
}

const short = (value: unknown): string => {
  const text = value === undefined ? '(absent)' : JSON.stringify(value)
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}

/** Differences of one kind have one signature: indexes and names of cases are left out. */
export const signature = ({ at, real, ours }: Difference): string =>
  `${at.replace(/\[\d+\]/g, '[]')}: ${short(real)} ≠ ${short(ours)}`.replace(
    /\bcase-\d+\b/g,
    '{ns}',
  )

export const lines = ({ at, real, ours }: Difference): string[] => [
  at,
  `  real ${real === undefined ? '(absent)' : JSON.stringify(real)}`,
  `  ours ${ours === undefined ? '(absent)' : JSON.stringify(ours)}`,
]
