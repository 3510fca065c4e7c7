import type { Options as FlagOptions } from 'yargs'
import { federationSystemNamespace } from '#apimachinery/schema/federation.ts'
import type { Arguments } from '../arguments.ts'
import type { IOStreams } from '../io-streams.ts'
import { type ConnectionOptions, connectionOptions } from '../persistent-flags.ts'

/** Flags that join and unjoin share, as in Federation v1. */
export const membershipFlags = {
  'cluster-context': {
    type: 'string',
    describe: 'The kubeconfig context of the cluster; NAME if absent.',
  },
  'host-cluster-context': {
    type: 'string',
    describe:
      'A kubeconfig context. It must exist; otherwise it is not used, as the federation needs no host cluster.',
  },
  'federation-system-namespace': {
    type: 'string',
    default: federationSystemNamespace,
    describe: "Namespace of the federation's ServiceAccount in the cluster.",
  },
  'credentials-kubeconfig': {
    type: 'string',
    describe:
      'A kubeconfig file with credentials for the federation to use in the cluster; it is stored as it is, and no ServiceAccount is made.',
  },
} as const satisfies Readonly<Record<string, FlagOptions>>

export interface MembershipOptions {
  readonly name: string
  readonly connection: ConnectionOptions
  readonly clusterContext: string
  readonly hostClusterContext: string | undefined
  readonly systemNamespace: string
  readonly credentialsKubeconfig: string | undefined
}

export const membershipOptions = (
  args: Arguments,
  io: IOStreams,
  name: string,
): MembershipOptions => ({
  name,
  connection: connectionOptions(args, io),
  clusterContext: args.string('cluster-context') ?? name,
  hostClusterContext: args.string('host-cluster-context'),
  systemNamespace: args.string('federation-system-namespace') ?? federationSystemNamespace,
  credentialsKubeconfig: args.string('credentials-kubeconfig'),
})
