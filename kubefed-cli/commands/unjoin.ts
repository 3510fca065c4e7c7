import { exactlyOneName } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { membershipFlags, type MembershipOptions, membershipOptions } from '../membership/flags.ts'
import { requireClusterName } from '../membership/names.ts'
import { unjoin } from '../membership/unjoin.ts'

const { 'credentials-kubeconfig': _joinOnly, ...flags } = membershipFlags

/** `kubefed unjoin NAME`. */
export const unjoinCommand = defineCommand<MembershipOptions>({
  name: 'unjoin',
  positional: 'NAME',
  summary: 'Take a cluster out of a federation',
  details:
    'Removes the Cluster, its Secret, and what join made in the cluster. What the federation put into the cluster stays there.',
  examples: [['kubefed unjoin eu-west', 'take eu-west out of the federation']],
  flags,
  complete: (args, io) => membershipOptions(args, io, exactlyOneName(args)),
  validate: ({ name }) => requireClusterName(name),
  run: unjoin,
})
