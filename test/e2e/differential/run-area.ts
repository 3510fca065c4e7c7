import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Area, Case } from './area.ts'
import { comparePairs, type PairResult, runCase } from './run-case.ts'
import type { Sides } from './sides.ts'

/** Cases that run at one time. */
const atOnce = 8

interface Running {
  readonly sides: Sides
  readonly folder: string
  readonly pattern: RegExp | undefined
}

async function runCases(
  area: string,
  cases: readonly Case[],
  { sides }: Running,
): Promise<PairResult[]> {
  const results: PairResult[][] = []
  const waiting = [...cases.entries()]
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, chosen] = next
      results[index] = await runCase(sides, area, {
        case: chosen,
        namespace: `${area}-case-${index}`,
      })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return results.flat()
}

/** All pairs of an area, in the order of its cases. Throws when two cases have one name. */
export async function runArea(area: Area, running: Running): Promise<PairResult[]> {
  const wants = (name: string): boolean => running.pattern?.test(name) ?? true
  const cases = area.cases?.() ?? []
  const names = new Set(cases.map(({ name }) => name))
  if (names.size !== cases.length) {
    const twice = cases.find((c, i) => cases.findIndex(({ name }) => name === c.name) < i)
    throw new Error(`area ${area.name} has two cases called ${twice?.name}`)
  }
  const results = await runCases(
    area.name,
    cases.filter((c) => wants(c.name)),
    running,
  )
  if (area.run === undefined) return results
  const folder = join(running.folder, area.name)
  await mkdir(folder)
  await area.run({
    ...running.sides.pair,
    folder,
    wants,
    report: (name, pairs) => results.push(...comparePairs({ area: area.name, case: name }, pairs)),
  })
  await rm(folder, { recursive: true, force: true })
  return results
}
