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

const differing = (results: readonly PairResult[]): number =>
  results.filter(({ differences }) => differences.length > 0).length

/**
 * Asks the cases that differed once more, alone and one after the other, in namespaces of their own; each case's better run counts. Some answers of a real server hang on how fast
 * its own controllers and caches were: a quota counts what its informer has seen. What an area gets by `run` is not asked again.
 */
export async function askAgain(
  area: Area,
  results: readonly PairResult[],
  { sides }: Pick<Running, 'sides'>,
): Promise<PairResult[]> {
  const byCase = Map.groupBy(results, (result) => result.case)
  for (const [index, chosen] of (area.cases?.() ?? []).entries()) {
    const first = byCase.get(chosen.name) ?? []
    if (differing(first) === 0) continue
    const namespace = `${area.name}-again-${index}`
    const second = await runCase(sides, area.name, { case: chosen, namespace })
    if (differing(second) < differing(first)) byCase.set(chosen.name, second)
  }
  return [...byCase.values()].flat()
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
