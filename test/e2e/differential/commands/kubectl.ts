import { join } from 'node:path'
import { clientTool } from '../../../framework/client-tools.ts'
import { assetPath } from '../../../framework/envtest.ts'
import type { Area, Bench, OwnPair } from '../area.ts'
import { type CommandList, linesFor, readCommandLists, type Version } from './command-lists.ts'
import { type Output, outputOf } from './output.ts'
import { writeSamples } from './samples.ts'
import { Workspace } from './workspace.ts'

const versions: readonly Version[] = ['1.20', '1.24', '1.27', '1.30', '1.33', '1.36']
/** Lists that run at one time: many lines wait for something. */
const atOnce = 2
const newest: Version = '1.36'
const files = join(import.meta.dirname, 'files')
const lists = readCommandLists(join(import.meta.dirname, 'lists'))

const binary = (version: Version): Promise<string> =>
  version === newest
    ? Promise.resolve(assetPath('kubectl'))
    : clientTool(`kubectl-${version}/kubectl`)

/** What the commands of one list leave behind on one side. */
async function outputsOf(
  workspace: Workspace,
  list: CommandList,
  version: Version,
): Promise<Output[]> {
  const shell = await workspace.shell(`v${version.replace('.', '')}-${list.name}`, files)
  await writeSamples(shell)
  const outputs: Output[] = []
  for (const { line } of linesFor(list, version))
    outputs.push(outputOf(await shell.run(line), shell.folder))
  return outputs
}

/** One list on both sides at once. */
async function runList(
  workspaces: readonly Workspace[],
  list: CommandList,
  version: Version,
): Promise<OwnPair[]> {
  const [real = [], ours = []] = await Promise.all(
    workspaces.map((workspace) => outputsOf(workspace, list, version)),
  )
  return linesFor(list, version).map(({ line }, i) => ({
    step: `${i + 1}: ${line}`,
    real: real[i],
    ours: ours[i],
  }))
}

async function runLists(bench: Bench, version: Version): Promise<void> {
  const kubectl = await binary(version)
  const workspaces = await Promise.all(
    [bench.real, bench.ours].map((side) =>
      Workspace.make(side, join(bench.folder, side.name), { kubectl }),
    ),
  )
  const waiting = lists.filter(({ name }) => bench.wants(name))
  const work = async (): Promise<void> => {
    for (let list = waiting.shift(); list !== undefined; list = waiting.shift())
      bench.report(list.name, await runList(workspaces, list, version))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

/** One row of the table a version; every version runs the same lists. */
export const kubectlAreas: readonly Area[] = versions.map((version) => ({
  name: `kubectl ${version}`,
  controllers: true,
  needs: async () => void (await binary(version)),
  run: (bench) => runLists(bench, version),
}))
