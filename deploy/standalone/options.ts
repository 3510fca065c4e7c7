import type { Options } from 'yargs'
import { z } from 'zod'
import type { UnsupportedFlags } from '#apimachinery/errors/flag-error.ts'
import { choice, ipAddress, port } from '#component-base/flag-values.ts'
import { parseFlags } from '#component-base/flags.ts'
import { logLevels } from '#component-base/logger.ts'
import { flagNames as dnsFlags } from '../../dns/options.ts'
import { flagNames as apiserverFlags } from '../../federation-apiserver/options.ts'
import { unsupportedFlags } from '../../federation-apiserver/unsupported-flags.ts'
import {
  clusterMonitorPeriod,
  flagNames as controllerFlags,
} from '../../federation-controller/options.ts'

const label = z
  .string()
  .regex(
    /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'must be a DNS label: lower-case letters, digits and -',
  )

const standaloneFlags = z.strictObject({
  dataDir: z.string().min(1, 'must name a folder'),
  port: port.optional(),
  dnsPort: port.optional(),
  bindAddress: ipAddress,
  federationName: label,
  dnsZoneName: z
    .string()
    .regex(
      /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*\.?$/i,
      'must be a domain name, such as example.test',
    ),
  etcdServers: z
    .string()
    .transform((text) => text.split(',').map((url) => url.trim()))
    .pipe(z.array(z.url('must be URLs with commas between, such as http://127.0.0.1:2379')))
    .optional(),
  etcdPrefix: z.string().startsWith('/', 'must begin with /'),
  etcdCafile: z.string().optional(),
  etcdCertfile: z.string().optional(),
  etcdKeyfile: z.string().optional(),
  // Judged before anything is started; the controllers read it again.
  clusterMonitorPeriod: z.string().superRefine((text, context) => {
    const { error } = clusterMonitorPeriod.safeParse(text)
    for (const { message } of error?.issues ?? []) context.addIssue({ code: 'custom', message })
  }),
  noDemo: z.boolean(),
  noMembers: z.boolean(),
  logLevel: choice(logLevels),
})

const standaloneOptions = standaloneFlags.transform(({ noDemo, noMembers, ...options }) => ({
  ...options,
  demo: !noDemo,
  members: !noMembers,
}))

/** Absent ports: the default, or what the data folder remembers, or the next free one. */
export type StandaloneOptions = z.output<typeof standaloneOptions>

const flags = {
  'data-dir': {
    type: 'string',
    default: '.federation',
    describe: 'folder of keys, certificates, kubeconfig and embedded storage; made when absent',
  },
  port: {
    type: 'number',
    describe:
      'HTTPS port of the federation API; 0 takes any free one [default: 8443, or the next free one, remembered in --data-dir]',
  },
  'dns-port': {
    type: 'number',
    describe:
      'UDP and TCP port of the DNS server; 0 takes any free one [default: 5300, or the next free one, remembered in --data-dir]',
  },
  'bind-address': { type: 'string', default: '127.0.0.1', describe: 'address to listen on' },
  'federation-name': {
    type: 'string',
    default: 'federation',
    describe: 'the FED of the DNS names SERVICE.NAMESPACE.FED.svc.ZONE',
  },
  'dns-zone-name': {
    type: 'string',
    default: 'example.test',
    describe: 'the ZONE of the DNS names',
  },
  'etcd-servers': {
    type: 'string',
    describe: 'URLs of an etcd cluster, with commas between; embedded SQLite when absent',
  },
  'etcd-prefix': { type: 'string', default: '/federation', describe: 'prefix of all keys in etcd' },
  'etcd-cafile': {
    type: 'string',
    describe: 'PEM file of the authority that signed the certificates of etcd',
  },
  'etcd-certfile': { type: 'string', describe: 'PEM file of the client certificate for etcd' },
  'etcd-keyfile': { type: 'string', describe: 'PEM file of its key' },
  'cluster-monitor-period': {
    type: 'string',
    default: '10s',
    describe: 'time between two health probes of a member',
  },
  'log-level': {
    type: 'string',
    default: 'warn',
    describe: 'trace, debug, info, warn, error or silent',
  },
} as const

/** Flags of the programs whose place this one takes, and what they do not have either. */
const unsupported: readonly UnsupportedFlags[] = [
  { flags: ['secure-port'], why: 'the port is that of --port' },
  { flags: ['zone'], why: 'the zone is that of --dns-zone-name' },
  ...[
    { program: 'federation-apiserver', flags: apiserverFlags },
    { program: 'federation-controller-manager', flags: controllerFlags },
    { program: 'federation-dns', flags: dnsFlags },
  ].map(({ program, flags: names }) => ({
    flags: names,
    why: `it is a flag of ${program}; run the three programs one by one to use it (docs/operations.md)`,
  })),
  ...unsupportedFlags,
]

const playgroundFlags = {
  'no-demo': {
    type: 'boolean',
    default: false,
    describe: 'do not create nginx with a Service on the first start',
  },
  'no-members': {
    type: 'boolean',
    default: false,
    describe: 'do not run the member clusters eu-west and us-east',
  },
} as const

export interface ProgramText {
  readonly name: string
  readonly about: string
  /** Environment twin of flags: PREFIX_DATA_DIR for --data-dir. */
  readonly envPrefix: string
  /** Member clusters and a demo are part of it. */
  readonly playground: boolean
}

/** Undefined: help was asked for and `write` has the text. Throws UsageError. */
export function parseOptions(
  program: ProgramText,
  argv: readonly string[],
  write: (text: string) => void,
): Promise<StandaloneOptions | undefined> {
  const { name, about, envPrefix } = program
  const own = program.playground
    ? {
        ...playgroundFlags,
        'federation-name': { ...flags['federation-name'], default: 'playground' },
      }
    : hidden(playgroundFlags)
  const line = {
    name,
    about,
    envPrefix,
    flags: { ...flags, ...own },
    schema: standaloneOptions,
    unsupported,
  }
  return parseFlags(line, argv, write)
}

/** federation-server takes the playground's flags, too, so that a command line fits both; it has nothing to leave out. */
const hidden = (all: Readonly<Record<string, Options>>): Record<string, Options> =>
  Object.fromEntries(Object.entries(all).map(([key, value]) => [key, { ...value, hidden: true }]))
