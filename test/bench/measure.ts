import { readFileSync } from 'node:fs'

/** CPU seconds (user and system, all threads) a process has used; resolution 10 ms (proc(5), USER_HZ 100). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Resident memory of a process in MB. */
export function residentMb(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) / 1024
}

export const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b)

/** The q-quantile (0 to 1) by nearest rank; NaN for no values. */
export function quantile(values: readonly number[], q: number): number {
  const all = sorted(values)
  return all[Math.min(all.length - 1, Math.ceil(q * all.length) - 1)] ?? Number.NaN
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** A table with aligned columns on standard output. */
export function printTable(
  title: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const all = [header, ...rows]
  const widths = header.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)))
  console.log(`\n${title}`)
  for (const row of all)
    console.log(
      `  ${row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('   ')
        .trimEnd()}`,
    )
}

export const round = (value: number, digits = 1): string => value.toFixed(digits)
