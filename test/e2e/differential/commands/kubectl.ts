import { join } from 'node:path'
import { clientTool } from '../../../framework/client-tools.ts'
import { assetPath } from '../../../framework/envtest.ts'
import { readCommandLists, type Version } from './command-lists.ts'
import { commandArea } from './run-lists.ts'

const newest: Version = '1.36'
const versions: readonly Version[] = ['1.20', '1.24', '1.27', '1.30', '1.33', newest]
const lists = readCommandLists(join(import.meta.dirname, 'kubectl-lists'))

const binary = async (version: Version): Promise<string> =>
  version === newest ? assetPath('kubectl') : await clientTool(`kubectl-${version}/kubectl`)

/** Every version runs the same lists. */
export const kubectlAreas = versions.map((version) =>
  commandArea({
    program: 'kubectl',
    version,
    lists,
    programs: async () => ({ kubectl: await binary(version) }),
  }),
)
