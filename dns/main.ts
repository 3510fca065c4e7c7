import { homedir } from 'node:os'
import { clientFromKubeconfig, kubeconfigPaths, loadKubeconfig } from '#client/kubeconfig.ts'
import { createLogger } from '#component-base/logger.ts'
import { runProgram, untilEndAsked } from '#component-base/program.ts'
import { type DnsOptions, parseOptions } from './options.ts'
import { startDnsServer } from './server.ts'

async function serve(options: DnsOptions): Promise<void> {
  const logger = createLogger({ program: 'federation-dns', level: options.logLevel })
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
  await untilEndAsked()
  logger.info('dns stopping')
}

/** The program `federation-dns`: resolves to its exit code. */
export const main = (argv: readonly string[]): Promise<number> =>
  runProgram('federation-dns', async () => {
    const options = await parseOptions(argv, (text) => process.stdout.write(text))
    if (options !== undefined) await serve(options)
  })
