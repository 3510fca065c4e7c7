import type { Cluster } from '#apimachinery/schema/federation.ts'
import { exactlyOneName } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import type { IOStreams } from '../io-streams.ts'
import { join, type JoinOptions } from '../membership/join.ts'
import { readyCondition, isReady } from '../membership/federation.ts'
import { secretNameOf } from '../membership/identity.ts'
import { membershipFlags, membershipOptions } from '../membership/flags.ts'
import { requireClusterName, requireNamespace, requireSecretName } from '../membership/names.ts'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { printClusterTable, type TableFlags } from '../printers/cluster-table.ts'
import { outputFormat, type OutputFormat, printObject } from '../printers/printer.ts'

interface Options extends JoinOptions {
  readonly output: OutputFormat | undefined
  readonly table: TableFlags
  readonly template: string | undefined
  readonly generator: string
}

const generator = 'cluster/v1beta1'

const flags = {
  ...membershipFlags,
  'secret-name': {
    type: 'string',
    describe:
      "Name of the Secret that keeps the cluster's credentials; NAME-credentials if absent.",
  },
  'dry-run': {
    type: 'boolean',
    default: false,
    describe: 'Check everything and say what would be made, without making it.',
  },
  output: { alias: 'o', type: 'string', describe: 'Output format: json, yaml, name or wide.' },
  'no-headers': {
    type: 'boolean',
    default: false,
    describe: 'With -o wide: without the line of headers.',
  },
  'show-labels': {
    type: 'boolean',
    default: false,
    describe: 'With -o wide: the labels in the last column.',
  },
  'sort-by': { type: 'string', describe: 'As in Federation v1; one cluster is always in order.' },
  'show-all': {
    alias: 'a',
    type: 'boolean',
    describe: 'As in Federation v1; a cluster is always shown.',
  },
  template: { type: 'string', describe: 'Go templates are refused: use -o json.' },
  generator: {
    type: 'string',
    default: generator,
    describe: `What the Cluster is made by: ${generator} is all there is.`,
  },
  'save-config': {
    type: 'boolean',
    default: false,
    describe: 'Keep what was made in an annotation, for "kubectl apply" later.',
  },
  validate: {
    type: 'boolean',
    default: true,
    describe: 'As in Federation v1; the API server always validates.',
  },
  wait: {
    type: 'string',
    default: '10s',
    describe: 'How long to wait until the cluster is Ready; 0 does not wait.',
  },
} as const

function printResult(options: Options, cluster: Cluster, io: IOStreams): void {
  if (options.output === 'wide') {
    io.out(printClusterTable(cluster, options.table))
    return
  }
  if (options.output !== undefined) {
    io.out(printObject(options.output, cluster, 'cluster.federation'))
    return
  }
  if (options.dryRun || options.waitMs === 0) return
  if (isReady(cluster)) {
    const { version, region } = cluster.status ?? {}
    const details = [version, region].filter((part) => part !== undefined && part !== '')
    io.out(
      `cluster "${options.name}" is Ready${details.length > 0 ? ` (${details.join(', ')})` : ''}\n`,
    )
    return
  }
  const why = readyCondition(cluster)?.message ?? 'it has not been probed yet'
  io.err(
    `Warning: cluster "${options.name}" is not Ready yet: ${why}; watch it with "kubectl get clusters -w"\n`,
  )
}

/** `kubefed join NAME`. */
export const joinCommand = defineCommand<Options>({
  name: 'join',
  positional: 'NAME',
  summary: 'Join a cluster to a federation',
  details:
    'Makes a ServiceAccount with the least rights in the cluster, and a Secret and a Cluster in the federation. Your own credentials stay with you.',
  examples: [
    [
      'kubefed join eu-west --host-cluster-context=federation',
      'join the cluster of context eu-west to the federation of the current context',
    ],
    [
      'kubefed join eu --context=federation --cluster-context=gke_eu_west',
      'under a shorter name than its context has',
    ],
  ],
  flags,
  complete(args, io) {
    const name = exactlyOneName(args)
    return {
      ...membershipOptions(args, io, name),
      secretName: args.string('secret-name') ?? secretNameOf(name),
      dryRun: args.boolean('dry-run'),
      output: outputFormat(args.string('output')),
      table: { noHeaders: args.boolean('no-headers'), showLabels: args.boolean('show-labels') },
      template: args.string('template'),
      generator: args.string('generator') ?? generator,
      saveConfig: args.boolean('save-config'),
      waitMs: args.duration('wait') ?? 0,
    }
  },
  validate({ name, secretName, systemNamespace, ...options }) {
    if (options.template !== undefined)
      throw new UsageError('--template: Go templates are not evaluated here; use --output=json')
    if (options.generator !== generator)
      throw new UsageError(`--generator=${options.generator} is not known; there is ${generator}`)
    requireClusterName(name)
    requireSecretName(secretName)
    requireNamespace('federation-system-namespace', systemNamespace)
  },
  async run(options, io) {
    const announce = (cluster: Cluster): void => {
      if (options.output === undefined)
        io.out(`cluster "${cluster.metadata.name}" created${options.dryRun ? ' (dry run)' : ''}\n`)
    }
    printResult(options, await join(options, io, announce), io)
  },
})
