import type { Area } from '../area.ts'
import { handPicked } from './hand-picked.ts'
import { randomPatches } from './random.ts'

/** Strategic merge patches, merge patches and JSON patches. */
export const patches: Area = {
  name: 'patches',
  cases: () => [...handPicked(), ...randomPatches()],
}
