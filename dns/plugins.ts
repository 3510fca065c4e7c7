import { any } from './plugins/any.ts'
import { authoritative } from './plugins/authoritative.ts'
import { format } from './plugins/format.ts'
import { notReady } from './plugins/not-ready.ts'
import type { Plugin } from './plugins/plugin.ts'
import { refuseOutOfZone, refuseUnserved } from './plugins/refuse.ts'

/** THE order: each query goes down this list until one answers. */
export const plugins: readonly Plugin[] = [
  format,
  refuseUnserved,
  notReady,
  any,
  authoritative,
  refuseOutOfZone,
]
