import { isIP } from 'node:net'
import yargs from 'yargs'
import { z } from 'zod'
import { flagError, UsageError } from '#apimachinery/errors/usage-error.ts'
import { nameOctets } from './zone/name.ts'

const domainName = z.string().refine((text) => {
  try {
    return nameOctets(text).length > 1
  } catch {
    return false
  }
}, 'is no domain name')
const label = z
  .string()
  .regex(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a DNS label: lower-case letters, digits, -')
const address = z.string().refine((text) => isIP(text) !== 0, 'is no IP address')
const port = z
  .int('must be a port, 0 to 65535')
  .min(0, 'must be 0 or more')
  .max(65_535, 'must be 65535 or less')

const dnsOptions = z.strictObject({
  dnsPort: port,
  bindAddress: address,
  zone: domainName,
  federationName: label,
  advertiseAddress: z.array(address),
  snapshotFile: z.string().min(1).optional(),
  metricsPort: port.optional(),
  kubeconfig: z.string().min(1).optional(),
  context: z.string().min(1).optional(),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
})

export type DnsOptions = z.output<typeof dnsOptions>

const flags = {
  'dns-port': {
    alias: 'port',
    type: 'number',
    default: 5300,
    describe: 'UDP and TCP port; 0 takes any free one',
  },
  'bind-address': { type: 'string', default: '0.0.0.0', describe: 'address to listen on' },
  zone: {
    alias: 'dns-zone-name',
    type: 'string',
    default: 'example.test',
    describe: 'zone that the names are in',
  },
  'federation-name': {
    type: 'string',
    default: 'federation',
    describe: 'FED in SERVICE.NAMESPACE.FED.svc.ZONE',
  },
  'advertise-address': {
    type: 'string',
    array: true,
    default: [],
    describe: "addresses of the zone's name servers; this machine's when absent",
  },
  'snapshot-file': {
    type: 'string',
    describe: 'keeps the data, to answer after a restart while the federation is away',
  },
  'metrics-port': { type: 'number', describe: 'HTTP port for /healthz, /readyz and /metrics' },
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

const notOptions = new Set(['_', '$0', 'help', 'version', 'port', 'dns-zone-name', 'dnsZoneName'])

/** Flag names as yargs gives them besides the camel-case ones. */
const isOwnKey = (key: string): boolean => !notOptions.has(key) && !key.includes('-')

/**
 * Reads flags, and FEDERATION_DNS_… variables for those that are not given. Undefined: help or version was asked for and
 * `write` has the text. Throws UsageError.
 */
export async function parseOptions(
  argv: readonly string[],
  write: (text: string) => void,
): Promise<DnsOptions | undefined> {
  const parser = yargs()
    .scriptName('federation-dns')
    .usage("$0 [options]\n\nServes the DNS names of a federation's services.")
    .env('FEDERATION_DNS')
    .options(flags)
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
    ([key, value]) => isOwnKey(key) && value !== undefined,
  )
  const result = dnsOptions.safeParse(Object.fromEntries(given))
  if (result.success) return result.data
  throw new UsageError(result.error.issues.map(describeIssue).join('; '))
}

const flagOf = (key: string): string => `--${key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`

function describeIssue(issue: z.core.$ZodIssue): string {
  const [key] = issue.path
  return key === undefined ? issue.message : `${flagOf(String(key))} ${issue.message}`
}
