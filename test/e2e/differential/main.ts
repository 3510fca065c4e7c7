import { rmSync } from 'node:fs'
import { mkdtemp, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { noMembers } from '../../framework/envtest.ts'
import type { Area } from './area.ts'
import { areas } from './areas.ts'
import { raiseFloors, readFloors } from './floors.ts'
import {
  allDifferences,
  type AreaSummary,
  isUnderFloor,
  passTable,
  skippedSummary,
  summarize,
  worstDifferences,
} from './report.ts'
import type { PairResult } from './run-case.ts'
import { askAgain, runArea } from './run-area.ts'
import { Sides } from './sides.ts'

interface Wishes {
  readonly areas: readonly Area[]
  /** Of case names; undefined: all. */
  readonly pattern: RegExp | undefined
  readonly verbose: boolean
  readonly raise: boolean
  /** What cannot run is a failure. */
  readonly noSkip: boolean
  readonly json: string
  readonly top: number
}

function wishes(): Wishes {
  const { values } = parseArgs({
    options: {
      area: { type: 'string', multiple: true },
      case: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      raise: { type: 'boolean', default: false },
      'no-skip': { type: 'boolean', default: false },
      json: { type: 'string', default: join(tmpdir(), 'kubefed-conformance.json') },
      top: { type: 'string', default: '30' },
    },
  })
  const chosen = areas.filter(({ name }) => values.area?.includes(name) ?? true)
  if (chosen.length === 0) {
    throw new Error(`--area is one of ${areas.map(({ name }) => name).join(', ')}`)
  }
  return {
    ...values,
    noSkip: values['no-skip'],
    areas: chosen,
    pattern: values.case === undefined ? undefined : new RegExp(values.case),
    top: Number(values.top),
  }
}

interface Outcome {
  readonly results: readonly PairResult[]
  readonly summaries: readonly AreaSummary[]
}

/** Undefined: nothing is missing. */
async function reasonToSkip(area: Area): Promise<string | undefined> {
  try {
    await area.needs?.()
    return undefined
  } catch (err) {
    return err instanceof Error ? err.message : String(err)
  }
}

/** Areas with and without controllers have a pair of servers each, one after the other. */
async function runAreas(chosen: Wishes, folder: string): Promise<Outcome> {
  const floors = chosen.pattern === undefined ? readFloors() : undefined
  const results: PairResult[] = []
  const summaries: AreaSummary[] = []
  for (const controllers of [false, true]) {
    const these = chosen.areas.filter((area) => (area.controllers ?? false) === controllers)
    if (these.length === 0) continue
    const serving = join(folder, controllers ? 'controllers' : 'plain')
    await mkdir(serving)
    await using sides = await Sides.start(serving, { controllers })
    for (const area of these) {
      const reason = await reasonToSkip(area)
      if (reason !== undefined) {
        summaries.push(skippedSummary(area.name, reason))
        continue
      }
      const began = performance.now()
      let found = await runArea(area, { sides, folder: serving, pattern: chosen.pattern })
      const summary = (): AreaSummary =>
        summarize(area.name, found, { seconds: (performance.now() - began) / 1000, floors })
      const first = summary()
      if (isUnderFloor(first)) {
        found = await askAgain(area, found, { sides })
        process.stderr.write(
          `${area.name}: ${first.equal} equal, under its floor of ${first.floor}; what differed was asked again\n`,
        )
      }
      const last = summary()
      results.push(...found)
      summaries.push(last)
      process.stderr.write(`${area.name}: ${found.length} pairs in ${Math.round(last.seconds)} s\n`)
    }
  }
  return { results, summaries }
}

function print({ results, summaries }: Outcome, chosen: Wishes): void {
  const out = (text: string): void => void process.stdout.write(`${text}\n`)
  if (chosen.verbose) out(allDifferences(results))
  out(worstDifferences(results, chosen.top))
  out('')
  out(passTable(summaries))
  const equal = summaries.reduce((sum, s) => sum + s.equal, 0)
  const listed = summaries.reduce((sum, s) => sum + s.listed, 0)
  const under = summaries.filter(isUnderFloor)
  const different = results.length - equal - listed
  out(
    `\n${equal} equal, ${listed} different as listed, ${different} different; in full: ${chosen.json}`,
  )
  for (const { area, equal: now, floor } of under)
    out(`${area}: ${now} equal, its floor is ${floor}`)
  const skipped = summaries.filter((s) => s.skipped !== undefined).length
  const passed = summaries.length - under.length - skipped
  out(`${passed} passed, ${under.length} failed, ${skipped} skipped`)
  if (under.length > 0 || (skipped > 0 && chosen.noSkip)) process.exitCode = 1
}

async function main(): Promise<void> {
  if (noMembers !== undefined) {
    process.stdout.write(`conformance is skipped: ${noMembers}\n0 passed, 0 failed\n`)
    if (process.argv.includes('--no-skip')) process.exitCode = 1
    return
  }
  const chosen = wishes()
  const folder = await mkdtemp(join(tmpdir(), 'kubefed-conformance-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const outcome = await runAreas(chosen, folder)
  await writeFile(chosen.json, JSON.stringify(outcome, null, 1))
  print(outcome, chosen)
  if (chosen.raise && chosen.pattern === undefined) {
    raiseFloors(Object.fromEntries(outcome.summaries.map(({ area, equal }) => [area, equal])))
  }
}

await main()
