import { homedir } from 'node:os'
import { pino } from 'pino'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { clientFromKubeconfig, kubeconfigPaths, loadKubeconfig } from '#client/kubeconfig.ts'
import { type DnsOptions, parseOptions } from './options.ts'
import { startDnsServer } from './server.ts'

/** Resolves when a signal asks the process to end. */
const endAsked = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => resolve())
  })

async function serve(options: DnsOptions): Promise<void> {
  const logger = pino({ level: options.logLevel, base: { program: 'federation-dns' } })
  const config = await loadKubeconfig(
    kubeconfigPaths({
      flag: options.kubeconfig,
      environment: process.env['KUBECONFIG'],
      home: homedir(),
    }),
  )
  await using client = await clientFromKubeconfig(config, options.context)
  const { zone, federationName, bindAddress, snapshotFile, metricsPort } = options
  await using _server = await startDnsServer(
    {
      zone,
      federationName,
      bindAddress,
      port: options.dnsPort,
      advertiseAddresses: options.advertiseAddress,
      ...(snapshotFile === undefined ? {} : { snapshotFile }),
      ...(metricsPort === undefined ? {} : { metricsPort }),
    },
    { client, logger },
  )
  await endAsked()
  logger.info('dns stopping')
}

/** The program `federation-dns`: resolves to its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = await parseOptions(argv, (text) => process.stdout.write(text))
    if (options !== undefined) await serve(options)
    return 0
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`federation-dns: ${message}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}
