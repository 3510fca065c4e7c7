import yargs from 'yargs'
import { z } from 'zod'
import { flagError, UsageError } from '#apimachinery/errors/usage-error.ts'

const port = z
  .int('must be a port, 0 to 65535')
  .min(0, 'must be 0 or more')
  .max(65_535, 'must be 65535 or less')
const label = z
  .string()
  .regex(
    /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'must be a DNS label: lower-case letters, digits and -',
  )

const standaloneOptions = z.strictObject({
  dataDir: z.string().min(1, 'must name a folder'),
  port: port.optional(),
  dnsPort: port.optional(),
  bindAddress: z.union([z.ipv4(), z.ipv6()], 'must be an IP address'),
  federationName: label,
  dnsZoneName: z.string().min(1),
  etcdServers: z
    .string()
    .transform((text) => text.split(',').map((url) => url.trim()))
    .pipe(z.array(z.url('must be URLs with commas between, such as http://127.0.0.1:2379')))
    .optional(),
  etcdPrefix: z.string().startsWith('/', 'must begin with /'),
  etcdCafile: z.string().optional(),
  etcdCertfile: z.string().optional(),
  etcdKeyfile: z.string().optional(),
  clusterMonitorPeriod: z.string(),
  demo: z.boolean(),
  members: z.boolean(),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
})

/** Absent ports: the default, or what the data folder remembers, or the next free one. */
export type StandaloneOptions = z.output<typeof standaloneOptions>

const flags = {
  'data-dir': {
    type: 'string',
    default: '.federation',
    describe: 'keys, certificates, kubeconfig and embedded storage',
  },
  port: {
    type: 'number',
    describe: 'HTTPS port of the federation API [default: 8443, or the next free one]',
  },
  'dns-port': {
    type: 'number',
    describe: 'UDP and TCP port of the DNS server [default: 5300, or the next free one]',
  },
  'bind-address': { type: 'string', default: '127.0.0.1', describe: 'address to listen on' },
  'federation-name': {
    type: 'string',
    default: 'federation',
    describe: 'FED in SERVICE.NAMESPACE.FED.svc.ZONE',
  },
  'dns-zone-name': { type: 'string', default: 'example.test', describe: 'zone of the DNS names' },
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

const playgroundFlags = {
  demo: {
    type: 'boolean',
    default: true,
    describe: 'create nginx with a Service on the first start',
  },
  members: {
    type: 'boolean',
    default: true,
    describe: 'run the member clusters eu-west and us-east',
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

const notOptions = new Set(['_', '$0', 'help', 'version'])

/** Reads flags and their environment twins. Undefined: help was asked for and `write` has the text. Throws UsageError. */
export async function parseOptions(
  program: ProgramText,
  argv: readonly string[],
  write: (text: string) => void,
): Promise<StandaloneOptions | undefined> {
  const playground = { ...playgroundFlags }
  const parser = yargs()
    .scriptName(program.name)
    .usage(`$0 [options]\n\n${program.about}`)
    .env(program.envPrefix)
    .options({
      ...flags,
      ...(program.playground ? playground : hidden(playground)),
      ...(program.playground
        ? { 'federation-name': { ...flags['federation-name'], default: 'playground' } }
        : {}),
    })
    .strict()
    .version(false)
    .help()
    .wrap(100)
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? flagError(message)
    })
  let printed = ''
  const parsed: Record<string, unknown> = await parser.parse(
    [...argv],
    {},
    (_error, _argv, output) => {
      printed = output
    },
  )
  if (printed !== '') {
    write(`${printed}\n`)
    return undefined
  }
  const given = Object.entries(parsed).filter(
    ([key, value]) => !notOptions.has(key) && !key.includes('-') && value !== undefined,
  )
  const result = standaloneOptions.safeParse(Object.fromEntries(given))
  if (result.success) return result.data
  throw new UsageError(result.error.issues.map(describeIssue).join('; '))
}

const hidden = <T extends Record<string, object>>(all: T): Record<string, object> =>
  Object.fromEntries(Object.entries(all).map(([key, value]) => [key, { ...value, hidden: true }]))

const flagOf = (key: string): string => `--${key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`

function describeIssue({ path: [key], message }: z.core.$ZodIssue): string {
  return key === undefined ? message : `${flagOf(String(key))} ${message}`
}
