import { join } from 'node:path'
import { clientTool } from '../../../framework/client-tools.ts'
import { assetPath } from '../../../framework/envtest.ts'
import { readCommandLists, type Version } from './command-lists.ts'
import { commandArea } from './run-lists.ts'

const versions: readonly Version[] = ['3.8', '3.12', '3.17', '4.1']
const lists = readCommandLists(join(import.meta.dirname, 'helm-lists'))

/** Every version runs the same lists; kubectl looks at what came of it. */
export const helmAreas = versions.map((version) =>
  commandArea({
    program: 'helm',
    version,
    lists,
    programs: async () => ({
      helm: await clientTool(`helm-${version}/helm`),
      kubectl: assetPath('kubectl'),
    }),
  }),
)
