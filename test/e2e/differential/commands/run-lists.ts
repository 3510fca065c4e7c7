import { join } from 'node:path'
import type { Area, Bench, OwnPair } from '../area.ts'
import { type CommandList, linesFor, type Version } from './command-lists.ts'
import { type Output, outputOf } from './output.ts'
import { writeSamples } from './samples.ts'
import { Workspace } from './workspace.ts'

const files = join(import.meta.dirname, 'files')

/** Lists that run at one time: many lines wait for something. */
const atOnce = 2

/** One version of a program, and what it is tried with. */
export interface Trial {
  readonly program: string
  readonly version: Version
  readonly lists: readonly CommandList[]
  /** Paths of the programs that lines may call, by name; rejects when they cannot be had. */
  readonly programs: () => Promise<Readonly<Record<string, string>>>
}

/** What the commands of one list leave behind on one side. */
async function outputsOf(
  workspace: Workspace,
  { program, version }: Trial,
  list: CommandList,
): Promise<Output[]> {
  const namespace = `${program.slice(0, 1)}${version.replace('.', '')}-${list.name}`
  const shell = await workspace.shell(namespace, files)
  await writeSamples(shell)
  const outputs: Output[] = []
  for (const { line } of linesFor(list, version))
    outputs.push(outputOf(await shell.run(line), shell.folder))
  return outputs
}

/** One list on both sides at once. */
async function runList(
  workspaces: readonly Workspace[],
  trial: Trial,
  list: CommandList,
): Promise<OwnPair[]> {
  const [real = [], ours = []] = await Promise.all(
    workspaces.map((workspace) => outputsOf(workspace, trial, list)),
  )
  return linesFor(list, trial.version).map(({ line }, i) => ({
    step: `${i + 1}: ${line}`,
    real: real[i],
    ours: ours[i],
  }))
}

async function runLists(bench: Bench, trial: Trial): Promise<void> {
  const programs = await trial.programs()
  const workspaces = await Promise.all(
    [bench.real, bench.ours].map((side) =>
      Workspace.make(side, join(bench.folder, side.name), programs),
    ),
  )
  const waiting = trial.lists.filter(({ name }) => bench.wants(name))
  const work = async (): Promise<void> => {
    for (let list = waiting.shift(); list !== undefined; list = waiting.shift())
      bench.report(list.name, await runList(workspaces, trial, list))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

/** A row of the table. */
export const commandArea = (trial: Trial): Area => ({
  name: `${trial.program} ${trial.version}`,
  controllers: true,
  needs: async () => void (await trial.programs()),
  run: (bench) => runLists(bench, trial),
})
