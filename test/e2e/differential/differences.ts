/** One place where two values are not the same; an absent value is undefined. */
export interface Difference {
  /** `status`, `headers.warning`, `body.spec.ports[0].name` */
  readonly at: string
  readonly real?: unknown
  readonly ours?: unknown
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** All differences, deepest first place each. Order matters in arrays, not in objects. */
export function differences(real: unknown, ours: unknown, at = ''): Difference[] {
  if (Object.is(real, ours)) return []
  if (isObject(real) && isObject(ours)) {
    const fields = [...new Set([...Object.keys(real), ...Object.keys(ours)])].sort()
    return fields.flatMap((f) => differences(real[f], ours[f], at === '' ? f : `${at}.${f}`))
  }
  if (Array.isArray(real) && Array.isArray(ours)) {
    const longest = Math.max(real.length, ours.length)
    return Array.from({ length: longest }, (_, i) => i).flatMap((i) =>
      differences(real[i], ours[i], `${at}[${i}]`),
    )
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
