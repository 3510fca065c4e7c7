import packageJson from '../../package.json' with { type: 'json' }
import { defineCommand } from '../command.ts'
import { clientOf, federationContext, readKubeconfig } from '../clients.ts'
import { reasonOf } from '../failure.ts'
import { type ConnectionOptions, connectionOptions } from '../persistent-flags.ts'
import { outputFormat, type OutputFormat } from '../printers/printer.ts'
import { stringify } from 'yaml'

interface Options {
  readonly connection: ConnectionOptions
  readonly clientOnly: boolean
  readonly output: OutputFormat | undefined
}

interface Versions {
  readonly clientVersion: { readonly gitVersion: string; readonly platform: string }
  readonly serverVersion?: { readonly gitVersion?: string }
}

/** Version of the package that this program is part of. */
function clientVersion(): Versions['clientVersion'] {
  return { gitVersion: `v${packageJson.version}`, platform: `${process.platform}/${process.arch}` }
}

async function serverVersion(connection: ConnectionOptions): Promise<Versions['serverVersion']> {
  const config = await readKubeconfig(connection)
  await using client = await clientOf(federationContext(config, connection), connection.timeoutMs)
  const { status, body } = await client.raw('/version')
  if (status !== 200) throw new Error(`${client.server} answers ${status} to /version`)
  return JSON.parse(body.toString('utf8')) as { gitVersion?: string }
}

function print(versions: Versions, output: OutputFormat | undefined): string {
  if (output === 'json') return `${JSON.stringify(versions, undefined, 2)}\n`
  if (output === 'yaml') return stringify(versions)
  const server = versions.serverVersion
  return `Client Version: ${versions.clientVersion.gitVersion}\n${server === undefined ? '' : `Server Version: ${server.gitVersion ?? 'unknown'}\n`}`
}

/** `kubefed version`. */
export const versionCommand = defineCommand<Options>({
  name: 'version',
  positional: '',
  summary: 'Print the version of this program and of the federation',
  flags: {
    client: {
      alias: 'c',
      type: 'boolean',
      default: false,
      describe: 'Only the version of this program.',
    },
    short: { type: 'boolean', describe: 'As in Federation v1; versions are always short.' },
    output: { alias: 'o', type: 'string', describe: 'Output format: json or yaml.' },
  },
  complete: (args, io) => ({
    connection: connectionOptions(args, io),
    clientOnly: args.boolean('client'),
    output: outputFormat(args.string('output')),
  }),
  validate: () => {},
  async run({ connection, clientOnly, output }, io) {
    const own = { clientVersion: clientVersion() }
    if (clientOnly) {
      io.out(print(own, output))
      return
    }
    try {
      io.out(print({ ...own, serverVersion: (await serverVersion(connection)) ?? {} }, output))
    } catch (error) {
      io.out(print(own, output))
      throw new Error(
        `the federation's version is not known: ${reasonOf(error)}. "kubefed version --client" does not ask it`,
        { cause: error },
      )
    }
  },
})
