import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Pairs of each area that were equal when somebody last raised it. */
export type Floors = Readonly<Record<string, number>>

const file = join(import.meta.dirname, 'floor.json')

export const readFloors = (): Floors => JSON.parse(readFileSync(file, 'utf8')) as Floors

/** Floors only rise. */
export function raiseFloors(counts: Floors): void {
  const floors = readFloors()
  const raised = Object.entries(counts).map(
    ([area, equal]) => [area, Math.max(equal, floors[area] ?? 0)] as const,
  )
  const sorted = Object.entries({ ...floors, ...Object.fromEntries(raised) }).sort(([a], [b]) =>
    a < b ? -1 : 1,
  )
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`)
}
