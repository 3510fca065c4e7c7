import { join } from 'node:path'
import { expect } from 'vitest'
import { type Cluster, clusters } from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import { clientFromKubeconfig, loadKubeconfig } from '#client/kubeconfig.ts'
import { assetPath, freePorts, RealMember } from './envtest.ts'
import { eventually } from './eventually.ts'
import { Kubectl } from './kubectl.ts'
import { root } from './paths.ts'
import { Program, run } from './process.ts'

export type MemberOptions = NonNullable<Parameters<typeof RealMember.up>[2]>

/** Real members, and an administrator's client of each that goes past the federation. */
export class RealMembers implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack
  readonly #members: ReadonlyMap<string, { member: RealMember; client: ApiClient }>

  private constructor(
    stack: AsyncDisposableStack,
    members: ReadonlyMap<string, { member: RealMember; client: ApiClient }>,
  ) {
    this.#stack = stack
    this.#members = members
  }

  static async up(
    folder: string,
    options: Readonly<Record<string, MemberOptions>>,
  ): Promise<RealMembers> {
    await using stack = new AsyncDisposableStack()
    const started = await Promise.all(
      Object.entries(options).map(async ([name, wish]) => {
        const member = stack.use(await RealMember.up(name, folder, wish))
        const config = await loadKubeconfig([member.kubeconfig])
        return { member, client: stack.use(await clientFromKubeconfig(config)) }
      }),
    )
    return new RealMembers(stack.move(), new Map(started.map((m) => [m.member.name, m])))
  }

  get names(): string[] {
    return [...this.#members.keys()]
  }

  get kubeconfigs(): string[] {
    return [...this.#members.values()].map(({ member }) => member.kubeconfig)
  }

  client(name: string): ApiClient {
    return this.#of(name).client
  }

  fault(name: string, verb: Parameters<RealMember['fault']>[0]): Promise<void> {
    return this.#of(name).member.fault(verb)
  }

  #of(name: string): { member: RealMember; client: ApiClient } {
    const found = this.#members.get(name)
    if (found === undefined) throw new Error(`no member ${name}`)
    return found
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }
}

/** Joins members with kubefed, as a user does. */
export async function joinAll(
  kubeconfig: string,
  members: RealMembers,
  names: readonly string[] = members.names,
): Promise<void> {
  const config = [kubeconfig, ...members.kubeconfigs].join(':')
  for (const name of names) {
    const args = ['join', name, '--context=federation', `--cluster-context=${name}`]
    const result = await run(
      process.execPath,
      [join(root, 'deploy', 'bin', 'kubefed.mjs'), ...args, '--host-cluster-context=federation'],
      { env: { KUBECONFIG: config } },
    )
    expect(result, `kubefed ${args.join(' ')}`).toMatchObject({ code: 0 })
  }
}

/** The status of a Cluster's condition, as it is stored. */
export async function conditionOf(
  client: ApiClient,
  name: string,
  type: 'Ready' | 'Offline',
): Promise<string | undefined> {
  const { status } = await client.get<Cluster>(clusters, { name })
  return status?.conditions?.find((condition) => condition.type === type)?.status
}

export const untilCondition = (
  client: ApiClient,
  name: string,
  type: 'Ready' | 'Offline',
  timeoutMs = 30_000,
): Promise<void> =>
  eventually(async () => expect(await conditionOf(client, name, type)).toBe('True'), { timeoutMs })

/** federation-server as a process of its own, on SQLite; it can be killed and started again on the same data and ports. */
export class RealServer implements AsyncDisposable {
  readonly kubeconfig: string
  readonly dnsPort: number
  readonly #args: readonly string[]
  #program: Program

  private constructor(parts: { dataDir: string; dnsPort: number; args: readonly string[] }) {
    this.kubeconfig = join(parts.dataDir, 'kubeconfig')
    this.dnsPort = parts.dnsPort
    this.#args = parts.args
    this.#program = new Program('federation-server', parts.args)
  }

  static async start(dataDir: string, federationName: string): Promise<RealServer> {
    const port = await freePorts(2)
    const args = ['--data-dir', dataDir, '--port', String(port), '--dns-port', String(port + 1)]
    args.push('--federation-name', federationName)
    const server = new RealServer({ dataDir, dnsPort: port + 1, args })
    await server.#program.prints(/^ready/m)
    return server
  }

  get output(): string {
    return this.#program.output
  }

  kill(): Promise<unknown> {
    return this.#program.stop('SIGKILL')
  }

  async restart(): Promise<void> {
    await this.#program.stop('SIGKILL')
    this.#program = new Program('federation-server', this.#args)
    await this.#program.prints(/^ready/m)
  }

  async client(): Promise<ApiClient> {
    return await clientFromKubeconfig(await loadKubeconfig([this.kubeconfig]), 'federation')
  }

  /** kubectl with the context `federation` and one a member. */
  kubectl(folder: string, members: RealMembers): Kubectl {
    const config = [this.kubeconfig, ...members.kubeconfigs].join(':')
    return new Kubectl(assetPath('kubectl'), config, join(folder, 'cache'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.stop()
  }
}
