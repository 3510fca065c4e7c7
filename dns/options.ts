import { isIP } from 'node:net'
import { z } from 'zod'
import { parseFlags } from '#component-base/flags.ts'
import { logLevels } from '#component-base/logger.ts'
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
  logLevel: z.enum(logLevels),
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

/** Without dashes. */
export const flagNames: readonly string[] = Object.keys(flags)

const commandLine = {
  name: 'federation-dns',
  about: "Serves the DNS names of a federation's services.",
  envPrefix: 'FEDERATION_DNS',
  flags,
  schema: dnsOptions,
} as const

/** Undefined: help was asked for and `write` has the text. Throws UsageError. */
export const parseOptions = (
  argv: readonly string[],
  write: (text: string) => void,
): Promise<DnsOptions | undefined> => parseFlags(commandLine, argv, write)
