import type { Area } from './area.ts'
import { conflicts } from './raw/conflicts.ts'
import { discovery } from './raw/discovery.ts'

/** THE list of areas: what `npm run conformance` compares. */
export const areas: readonly Area[] = [conflicts, discovery]
