import { z } from 'zod'
import { choice, ipAddress, nonEmpty, port } from '#component-base/flag-values.ts'
import { parseFlags } from '#component-base/flags.ts'
import { logLevels } from '#component-base/logger.ts'
import { nameOctets } from './zone/name.ts'

const domainName = z.string().refine((text) => {
  try {
    return nameOctets(text).length > 1
  } catch {
    return false
  }
}, 'must be a domain name such as example.test')
const label = z
  .string()
  .regex(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a DNS label: lower-case letters, digits, -')

const dnsOptions = z.strictObject({
  dnsPort: port,
  bindAddress: ipAddress,
  zone: domainName,
  federationName: label,
  advertiseAddress: z.array(ipAddress),
  snapshotFile: nonEmpty.optional(),
  metricsPort: port.optional(),
  kubeconfig: nonEmpty.optional(),
  context: nonEmpty.optional(),
  logLevel: choice(logLevels),
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
