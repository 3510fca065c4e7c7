import { type Difference, lines, signature } from './differences.ts'
import type { Floors } from './floors.ts'
import { listedAs } from './listed.ts'
import type { PairResult } from './run-case.ts'

export interface AreaSummary {
  readonly area: string
  readonly equal: number
  /** Different, as docs/compatibility.md lists it. */
  readonly listed: number
  /** Different, and listed nowhere. */
  readonly different: number
  /** Undefined: none recorded, or only a part of the area ran. */
  readonly floor?: number
  readonly seconds: number
  /** Why it did not run. */
  readonly skipped?: string
}

export const isUnderFloor = ({ equal, floor, skipped }: AreaSummary): boolean =>
  skipped === undefined && floor !== undefined && equal < floor

export function summarize(
  area: string,
  results: readonly PairResult[],
  measured: { readonly seconds: number; readonly floors: Floors | undefined },
): AreaSummary {
  const equal = results.filter((r) => r.differences.length === 0).length
  const listed = results.filter((r) => listedAs(r) !== undefined).length
  const floor = measured.floors?.[area]
  return {
    area,
    equal,
    listed,
    different: results.length - equal - listed,
    seconds: measured.seconds,
    ...(floor === undefined ? {} : { floor }),
  }
}

export const skippedSummary = (area: string, reason: string): AreaSummary => ({
  area,
  equal: 0,
  listed: 0,
  different: 0,
  seconds: 0,
  skipped: reason,
})

const cell = (value: unknown): string => String(value).padStart(9)

/** The pass table by area. */
export function passTable(summaries: readonly AreaSummary[]): string {
  const wide = Math.max(8, ...summaries.map(({ area }) => area.length)) + 2
  const head = `${'area'.padEnd(wide)}${['equal', 'listed', 'different', 'percent', 'floor', 'seconds'].map(cell).join(' ')}`
  const rows = summaries.map(({ area, equal, listed, different, floor, seconds, skipped }) => {
    if (skipped !== undefined) return `${area.padEnd(wide)}  skipped: ${skipped}`
    const percent = ((100 * equal) / Math.max(1, equal + listed + different)).toFixed(1)
    const values = [equal, listed, different, percent, floor ?? '-', Math.round(seconds)]
    return `${area.padEnd(wide)}${values.map(cell).join(' ')}`
  })
  return [head, ...rows].join('\n')
}

interface Kind {
  readonly example: PairResult
  readonly difference: Difference
  readonly count: number
}

/** Differences that are not listed, the most frequent first; each with one pair where it is seen. */
export function differenceKinds(results: readonly PairResult[]): Kind[] {
  const kinds = new Map<string, Kind>()
  for (const example of results) {
    if (listedAs(example) !== undefined) continue
    const seen = new Set<string>()
    for (const difference of example.differences) {
      const key = signature(difference)
      if (seen.has(key)) continue
      seen.add(key)
      const known = kinds.get(key)
      kinds.set(
        key,
        known ? { ...known, count: known.count + 1 } : { example, difference, count: 1 },
      )
    }
  }
  return [...kinds.values()].sort((a, b) => b.count - a.count)
}

/** The `top` most frequent kinds of difference. */
export function worstDifferences(results: readonly PairResult[], top: number): string {
  const kinds = differenceKinds(results)
  const shown = kinds
    .slice(0, top)
    .map(({ difference, example, count }) =>
      [
        `${String(count).padStart(5)}× ${signature(difference)}`,
        `       as in ${example.area}: ${example.case}, ${example.step}`,
      ].join('\n'),
    )
  const rest = kinds.length > top ? [`…and ${kinds.length - top} more kinds of difference`] : []
  return [...shown, ...rest].join('\n')
}

/** Every pair that differs, in full. */
export function allDifferences(results: readonly PairResult[]): string {
  return results
    .filter((r) => r.differences.length > 0)
    .map((r) =>
      [
        `${r.area}: ${r.case}, ${r.step}`,
        ...r.differences.flatMap((d) => lines(d).map((line) => `    ${line}`)),
      ].join('\n'),
    )
    .join('\n')
}
