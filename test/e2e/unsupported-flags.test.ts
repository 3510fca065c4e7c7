import { describe, expect, test } from 'vitest'
import { whyUnsupported } from '#apimachinery/errors/flag-error.ts'
import { flagNames as apiserverFlags } from '../../federation-apiserver/options.ts'
import { unsupportedFlags as ofApiserver } from '../../federation-apiserver/unsupported-flags.ts'
import { flagNames as controllerFlags } from '../../federation-controller/options.ts'
import { unsupportedFlags as ofController } from '../../federation-controller/unsupported-flags.ts'
import { assetPath, noAssets } from '../framework/envtest.ts'
import { run } from '../framework/process.ts'

const programs = [
  { program: 'kube-apiserver', own: apiserverFlags, table: ofApiserver },
  { program: 'kube-controller-manager', own: controllerFlags, table: ofController },
]

describe.skipIf(noAssets !== undefined)('flags of Kubernetes', () => {
  test.each(programs)(
    'each flag of $program is taken, or refused with a reason',
    async ({ program, own, table }) => {
      const { stdout } = await run(assetPath(program), ['--help'])
      const flags = [...stdout.matchAll(/^ +(?:-\w, )?--([\w-]+)/gm)].map(([, flag]) => flag ?? '')
      expect(flags.length).toBeGreaterThan(100)
      const known = new Set([...own, 'help'])
      const unexplained = flags.filter(
        (flag) => !known.has(flag) && whyUnsupported(flag, table) === undefined,
      )
      expect(unexplained).toEqual([])
      // A reason for a flag that is there would never be read.
      const refused = table.flatMap(({ flags: patterns }) => patterns)
      expect(own.filter((flag) => refused.includes(flag))).toEqual([])
    },
  )
})
