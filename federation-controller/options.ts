import { z } from 'zod'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { choice, duration, ipAddress, nonEmpty, port } from '#component-base/flag-values.ts'
import { parseFlags } from '#component-base/flags.ts'
import { logLevels } from '#component-base/logger.ts'
import { controllerNames } from './controllers.ts'
import { unknownControllers } from './enabled-controllers.ts'
import { unsupportedFlags } from './unsupported-flags.ts'

/** Time between two probes of a member. */
export const clusterMonitorPeriod = duration(100)

const managerOptions = z.strictObject({
  controllers: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .refine(
      (names) => unknownControllers(names).length === 0,
      `must be *, NAME or -NAME with commas between, each NAME one of ${controllerNames.join(', ')}`,
    ),
  clusterMonitorPeriod,
  leaderElect: z.boolean(),
  leaderElectLeaseDuration: duration(2_000),
  leaderElectRenewDeadline: duration(1_000),
  leaderElectRetryPeriod: duration(100),
})

const isOrdered = (options: z.output<typeof managerOptions>): boolean =>
  options.leaderElectRetryPeriod < options.leaderElectRenewDeadline &&
  options.leaderElectRenewDeadline < options.leaderElectLeaseDuration

const programOptions = managerOptions.extend({
  bindAddress: ipAddress,
  healthPort: port,
  rootCaFile: nonEmpty.optional(),
  kubeconfig: nonEmpty.optional(),
  context: nonEmpty.optional(),
  logLevel: choice(logLevels),
})

/** Durations are milliseconds. */
export type ManagerOptions = z.output<typeof managerOptions>
export type ProgramOptions = z.output<typeof programOptions>

const flags = {
  controllers: {
    type: 'string',
    default: '*',
    describe: `controllers to run: "*" for all, "name" for one, "-name" for not that one; there are ${controllerNames.join(', ')}`,
  },
  'cluster-monitor-period': {
    type: 'string',
    default: '10s',
    describe: 'time between two health probes of a member cluster',
  },
  'leader-elect': {
    type: 'boolean',
    default: true,
    describe:
      'work only while holding the lease in federation-system, so that replicas may stand by',
  },
  'leader-elect-lease-duration': {
    type: 'string',
    default: '15s',
    describe: 'how long a lease is held that is not renewed',
  },
  'leader-elect-renew-deadline': {
    type: 'string',
    default: '10s',
    describe: 'a leader that cannot renew for so long stops',
  },
  'leader-elect-retry-period': {
    type: 'string',
    default: '2s',
    describe: 'time between two tries to take or renew the lease',
  },
  'bind-address': {
    type: 'string',
    default: '127.0.0.1',
    describe: 'address that /healthz, /readyz and /metrics are served on',
  },
  'health-port': { type: 'number', default: 10253, describe: 'their port; 0 takes any free one' },
  'root-ca-file': {
    type: 'string',
    describe:
      "PEM file published in every namespace; the kubeconfig's certificate authority if absent",
  },
  kubeconfig: {
    type: 'string',
    describe: 'kubeconfig file; KUBECONFIG or ~/.kube/config if absent',
  },
  context: {
    type: 'string',
    describe: "context of the federation; the file's current context if absent",
  },
  'log-level': {
    type: 'string',
    default: 'info',
    describe: 'trace, debug, info, warn, error or silent',
  },
} as const

/** For a manager inside another program: alone, so without a lease. What is given is as on the command line. */
export const defaultManagerOptions = (
  given: Partial<z.input<typeof managerOptions>> = {},
): ManagerOptions =>
  managerOptions.parse({
    controllers: flags.controllers.default,
    clusterMonitorPeriod: flags['cluster-monitor-period'].default,
    leaderElect: false,
    leaderElectLeaseDuration: flags['leader-elect-lease-duration'].default,
    leaderElectRenewDeadline: flags['leader-elect-renew-deadline'].default,
    leaderElectRetryPeriod: flags['leader-elect-retry-period'].default,
    ...given,
  })

/** Without dashes. */
export const flagNames: readonly string[] = Object.keys(flags)

const commandLine = {
  name: 'federation-controller-manager',
  about: 'Distributes the objects of a federation to its member clusters.',
  envPrefix: 'FEDERATION_CONTROLLER',
  flags,
  schema: programOptions,
  unsupported: unsupportedFlags,
} as const

/** Undefined: help was asked for and `write` has the text. Throws UsageError. */
export async function parseOptions(
  argv: readonly string[],
  write: (text: string) => void,
): Promise<ProgramOptions | undefined> {
  const options = await parseFlags(commandLine, argv, write)
  if (options !== undefined && !isOrdered(options)) {
    throw new UsageError(
      '--leader-elect-retry-period must be shorter than --leader-elect-renew-deadline, and that shorter than --leader-elect-lease-duration',
    )
  }
  return options
}
