import { applyHistories } from './apply/histories.ts'
import { apply } from './apply/requests.ts'
import type { Area } from './area.ts'
import { customResources } from './crd/custom-resources.ts'
import { crd } from './crd/definitions.ts'
import { authAreas } from './auth/auth-areas.ts'
import { clientAreas } from './clients/clients.ts'
import { helmAreas } from './commands/helm.ts'
import { kubectlAreas } from './commands/kubectl.ts'
import { patches } from './patches/patches.ts'
import { conflicts } from './raw/conflicts.ts'
import { deletes } from './raw/deletes.ts'
import { discovery } from './raw/discovery.ts'
import { reads } from './raw/reads.ts'
import { representations } from './raw/representations.ts'
import { verbs } from './raw/verbs.ts'
import { watchesArea } from './raw/watches.ts'
import { writeOptions } from './raw/write-options.ts'
import { wrongRequests } from './raw/wrong-requests.ts'
import { several } from './rules/several.ts'
import { statuses } from './rules/statuses.ts'
import { defaulting, immutability, validation } from './rules/validation.ts'

/** THE list of areas: what `npm run conformance` compares. */
export const areas: readonly Area[] = [
  discovery,
  reads,
  watchesArea,
  deletes,
  conflicts,
  writeOptions,
  verbs,
  representations,
  wrongRequests,
  patches,
  apply,
  applyHistories,
  crd,
  customResources,
  defaulting,
  validation,
  immutability,
  several,
  statuses,
  ...authAreas,
  ...kubectlAreas,
  ...helmAreas,
  ...clientAreas,
]
