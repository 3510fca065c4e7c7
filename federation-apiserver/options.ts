import { join } from 'node:path'
import { z } from 'zod'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { choice, duration, ipAddress, nonEmpty, port } from '#component-base/flag-values.ts'
import { parseFlags } from '#component-base/flags.ts'
import { logLevels } from '#component-base/logger.ts'
import type { ApiServerOptions } from './server-options.ts'
import type { BackendOptions } from './storage/factory.ts'
import { unsupportedFlags } from './unsupported-flags.ts'

const wholeNumber = 'must be a whole number; 0 is no limit'
const limit = z.int(wholeNumber).min(0, wholeNumber)
const endpoint = z.url({ protocol: /^https?$/, error: 'must be http:// or https:// URLs' })

const flagOptions = z.strictObject({
  securePort: port,
  bindAddress: ipAddress,
  advertiseAddress: z.array(nonEmpty),
  dataDir: nonEmpty,
  clusterName: z
    .string()
    .regex(
      /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
      'must be lower-case letters, digits, - and ., such as federation',
    ),
  storageBackend: choice(['sqlite', 'etcd3', 'memory']).optional(),
  etcdServers: z.array(endpoint),
  etcdPrefix: z.string().regex(/^\//, 'must begin with /'),
  etcdCafile: nonEmpty.optional(),
  etcdCertfile: nonEmpty.optional(),
  etcdKeyfile: nonEmpty.optional(),
  tlsCertFile: nonEmpty.optional(),
  tlsPrivateKeyFile: nonEmpty.optional(),
  clientCaFile: nonEmpty.optional(),
  tokenAuthFile: nonEmpty.optional(),
  encryptionKeyFile: nonEmpty.optional(),
  maxRequestsInflight: limit,
  maxMutatingRequestsInflight: limit,
  shutdownDelayDuration: duration(0),
  logLevel: choice(logLevels),
})

type FlagOptions = z.output<typeof flagOptions>

/** What the program runs with. */
export interface ProgramOptions {
  readonly server: ApiServerOptions
  readonly logLevel: FlagOptions['logLevel']
}

const flags = {
  'secure-port': { type: 'number', default: 6443, describe: 'HTTPS port; 0 takes any free one' },
  'bind-address': { type: 'string', default: '127.0.0.1', describe: 'address to listen on' },
  'advertise-address': {
    type: 'string',
    array: true,
    default: [],
    describe:
      "other names and addresses of this server, for its certificate; clients' kubeconfig names the first",
  },
  'data-dir': {
    type: 'string',
    default: '.federation',
    describe: 'certificates, keys, admin kubeconfig and embedded storage',
  },
  'cluster-name': {
    type: 'string',
    default: 'federation',
    describe: 'context of the admin kubeconfig',
  },
  'storage-backend': {
    type: 'string',
    describe:
      'sqlite (the default), etcd3 (when --etcd-servers is given) or memory (lost at the end)',
  },
  'etcd-servers': {
    type: 'string',
    array: true,
    default: [],
    coerce: (values: readonly string[]) => values.flatMap((value) => value.split(',')),
    describe: 'etcd endpoints, comma-separated, as https://etcd.example.test:2379',
  },
  'etcd-prefix': { type: 'string', default: '/federation', describe: 'prefix of all keys in etcd' },
  'etcd-cafile': { type: 'string', describe: 'CA of the etcd servers' },
  'etcd-certfile': { type: 'string', describe: 'client certificate for etcd' },
  'etcd-keyfile': { type: 'string', describe: 'key of the client certificate for etcd' },
  'tls-cert-file': {
    type: 'string',
    describe: "server certificate; one of the server's own CA if absent",
  },
  'tls-private-key-file': { type: 'string', describe: 'key of --tls-cert-file' },
  'client-ca-file': {
    type: 'string',
    describe: "CA of client certificates, besides the server's own",
  },
  'token-auth-file': {
    type: 'string',
    describe: 'static tokens, lines of: token,user,uid,"group1,group2"',
  },
  'encryption-key-file': {
    type: 'string',
    describe: 'key that Secrets are encrypted with; one in --data-dir if absent',
  },
  'max-requests-inflight': {
    type: 'number',
    default: 400,
    describe: 'reads at one time; more get 429; 0 is no limit',
  },
  'max-mutating-requests-inflight': {
    type: 'number',
    default: 200,
    describe: 'writes at one time; more get 429; 0 is no limit',
  },
  'shutdown-delay-duration': {
    type: 'string',
    default: '0s',
    describe: 'how long everything goes on at SIGTERM while /readyz says no',
  },
  'log-level': {
    type: 'string',
    default: 'info',
    describe: 'trace, debug, info, warn, error or silent',
  },
} as const

function backendOf(options: FlagOptions): BackendOptions {
  const backend = options.storageBackend ?? (options.etcdServers.length > 0 ? 'etcd3' : 'sqlite')
  if (backend === 'memory') return { type: 'memory' }
  if (backend === 'sqlite') {
    if (options.etcdServers.length > 0) {
      throw new UsageError('--etcd-servers and --storage-backend=sqlite exclude each other')
    }
    return { type: 'sqlite', path: join(options.dataDir, 'federation.db') }
  }
  if (options.etcdServers.length === 0) {
    throw new UsageError('--storage-backend=etcd3 needs --etcd-servers')
  }
  const { etcdCafile, etcdCertfile, etcdKeyfile } = options
  if ((etcdCertfile === undefined) !== (etcdKeyfile === undefined)) {
    throw new UsageError('--etcd-certfile and --etcd-keyfile are given together or not at all')
  }
  return {
    type: 'etcd3',
    endpoints: options.etcdServers,
    prefix: options.etcdPrefix,
    ...(etcdCafile === undefined ? {} : { ca: etcdCafile }),
    ...(etcdCertfile === undefined ? {} : { cert: etcdCertfile }),
    ...(etcdKeyfile === undefined ? {} : { key: etcdKeyfile }),
  }
}

function serverOptions(options: FlagOptions): ApiServerOptions {
  const { tlsCertFile, tlsPrivateKeyFile, clientCaFile, tokenAuthFile, encryptionKeyFile } = options
  if ((tlsCertFile === undefined) !== (tlsPrivateKeyFile === undefined)) {
    throw new UsageError(
      '--tls-cert-file and --tls-private-key-file are given together or not at all',
    )
  }
  return {
    dataDir: options.dataDir,
    securePort: options.securePort,
    bindAddress: options.bindAddress,
    advertiseAddresses: options.advertiseAddress,
    storage: backendOf(options),
    federation: true,
    clusterName: options.clusterName,
    maxRequestsInflight: options.maxRequestsInflight,
    maxMutatingRequestsInflight: options.maxMutatingRequestsInflight,
    shutdownDelayMs: options.shutdownDelayDuration,
    ...(tlsCertFile === undefined ? {} : { tlsCertFile }),
    ...(tlsPrivateKeyFile === undefined ? {} : { tlsPrivateKeyFile }),
    ...(clientCaFile === undefined ? {} : { clientCaFile }),
    ...(tokenAuthFile === undefined ? {} : { tokenAuthFile }),
    ...(encryptionKeyFile === undefined ? {} : { encryptionKeyFile }),
  }
}

/** Without dashes. */
export const flagNames: readonly string[] = Object.keys(flags)

const commandLine = {
  name: 'federation-apiserver',
  about: "Serves the federation's Kubernetes API.",
  envPrefix: 'FEDERATION_APISERVER',
  flags,
  schema: flagOptions,
  unsupported: unsupportedFlags,
} as const

/** Undefined: help was asked for and `write` has the text. Throws UsageError. */
export async function parseOptions(
  argv: readonly string[],
  write: (text: string) => void,
): Promise<ProgramOptions | undefined> {
  const options = await parseFlags(commandLine, argv, write)
  return options && { server: serverOptions(options), logLevel: options.logLevel }
}
