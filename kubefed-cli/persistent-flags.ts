import type { Options as FlagOptions } from 'yargs'
import type { Arguments } from './arguments.ts'
import type { IOStreams } from './io-streams.ts'

/** Flags of every command, as kubectl has them; they say where the federation is and who asks. */
export const persistentFlags = {
  kubeconfig: {
    type: 'string',
    describe: 'Path to the kubeconfig file; KUBECONFIG or ~/.kube/config if absent.',
  },
  context: { type: 'string', describe: 'The kubeconfig context of the federation.' },
  cluster: { type: 'string', describe: 'The kubeconfig cluster to use for the federation.' },
  user: { type: 'string', describe: 'The kubeconfig user to use for the federation.' },
  server: {
    type: 'string',
    alias: 's',
    describe: "The address and port of the federation's API server.",
  },
  token: { type: 'string', describe: "Bearer token for the federation's API server." },
  'certificate-authority': {
    type: 'string',
    describe: "Path to a CA certificate for the federation's API server.",
  },
  'client-certificate': { type: 'string', describe: 'Path to a client certificate for TLS.' },
  'client-key': { type: 'string', describe: 'Path to a client key for TLS.' },
  'insecure-skip-tls-verify': {
    type: 'boolean',
    describe: "Do not check the federation's certificate; the connection is not safe then.",
  },
  as: {
    type: 'string',
    describe: 'Name of the user to act as; you need the right to impersonate.',
  },
  'as-group': {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'Group to act as; can be given more than once.',
  },
  'as-uid': { type: 'string', describe: 'UID to act as.' },
  'request-timeout': {
    type: 'string',
    default: '10s',
    describe: 'How long to wait for a single answer of a server (such as 1s, 2m).',
  },
} as const satisfies Readonly<Record<string, FlagOptions>>

/** Where the federation's kubeconfig entry is, and what flags put over it. */
export interface ConnectionOptions {
  readonly kubeconfig: string | undefined
  /** Value of KUBECONFIG. */
  readonly environment: string | undefined
  readonly home: string
  readonly context: string | undefined
  readonly cluster: string | undefined
  readonly user: string | undefined
  readonly server: string | undefined
  readonly token: string | undefined
  readonly certificateAuthority: string | undefined
  readonly clientCertificate: string | undefined
  readonly clientKey: string | undefined
  readonly insecure: boolean
  readonly as: string | undefined
  readonly asGroups: string[] | undefined
  readonly asUid: string | undefined
  readonly timeoutMs: number
}

const defaultTimeoutMs = 10_000

export const connectionOptions = (args: Arguments, io: IOStreams): ConnectionOptions => ({
  kubeconfig: args.string('kubeconfig'),
  environment: io.env['KUBECONFIG'],
  home: io.env['HOME'] ?? '/',
  context: args.string('context'),
  cluster: args.string('cluster'),
  user: args.string('user'),
  server: args.string('server'),
  token: args.string('token'),
  certificateAuthority: args.string('certificate-authority'),
  clientCertificate: args.string('client-certificate'),
  clientKey: args.string('client-key'),
  insecure: args.boolean('insecure-skip-tls-verify'),
  as: args.string('as'),
  asGroups: args.strings('as-group'),
  asUid: args.string('as-uid'),
  timeoutMs: args.duration('request-timeout') ?? defaultTimeoutMs,
})
