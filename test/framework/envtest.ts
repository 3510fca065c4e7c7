import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { eventually } from './eventually.ts'
import { run } from './process.ts'
import { root } from './paths.ts'

/** Folder of real Kubernetes 1.36 binaries (KUBEBUILDER_ASSETS, the envtest convention); undefined when there are none. */
export const assets: string | undefined = process.env['KUBEBUILDER_ASSETS']

const script = join(root, '..', 'shared', 'envtest', 'member')

/** Why suites that need real Kubernetes cannot run here; undefined when they can. */
export const noAssets: string | undefined =
  assets === undefined
    ? 'KUBEBUILDER_ASSETS is not set: no real Kubernetes, etcd and kubectl to test with'
    : undefined

export const noMembers: string | undefined =
  noAssets ??
  (existsSync(script)
    ? undefined
    : 'no script to start real member clusters beside this repository')

/** Path of a binary of KUBEBUILDER_ASSETS. */
export const assetPath = (name: string): string => join(assets ?? '', name)

/** kubectl of another version than KUBEBUILDER_ASSETS', given by KUBECTL_1_27; undefined when not given. */
export const kubectl127: string | undefined = process.env['KUBECTL_1_27']

/**
 * `count` consecutive ports that are free now. Below the range that the kernel gives to outgoing connections (32768 and up): a port
 * there may be taken between the look and the use.
 */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const base = 12_000 + Math.floor(Math.random() * 20_000)
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(base + i)))
    if (free.every(Boolean)) return base
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** A real Kubernetes cluster (etcd, kube-apiserver, controllers, played nodes) on loopback. */
export class RealMember implements AsyncDisposable {
  readonly name: string
  readonly kubeconfig: string
  /** The cluster's etcd, which the federation may share under a prefix of its own. */
  readonly etcdUrl: string
  readonly #env: Record<string, string>

  constructor(parts: {
    name: string
    port: number
    kubeconfig: string
    env: Record<string, string>
  }) {
    this.name = parts.name
    this.kubeconfig = parts.kubeconfig
    this.etcdUrl = `http://127.0.0.1:${parts.port + 1}`
    this.#env = parts.env
  }

  get apiServerPid(): number {
    return Number(readFileSync(join(dirname(this.kubeconfig), 'apiserver.pid'), 'utf8'))
  }

  /** Leaves the API server alone. */
  stopControllers(): void {
    process.kill(Number(readFileSync(join(dirname(this.kubeconfig), 'kcm.pid'), 'utf8')))
  }

  static async up(
    name: string,
    folder: string,
    options: {
      version?: '1.36' | '1.20'
      region?: string
      zone?: string
      pods?: boolean
      /** ETCD_FLAGS, APISERVER_FLAGS, KCM_FLAGS: see the script. */
      flags?: Readonly<Record<string, string>>
    } = {},
  ): Promise<RealMember> {
    // Nobody renews the leases of played nodes: after 50 s they, and then their pods, would be marked not ready.
    const env = {
      MEMBERS: folder,
      KCM_FLAGS: '--node-monitor-grace-period=1h',
      ...options.flags,
    }
    const port = await freePorts(6)
    const args = ['up', name, String(port), '--version', options.version ?? '1.36']
    if (options.region !== undefined) args.push('--region', options.region)
    if (options.zone !== undefined) args.push('--zone', options.zone)
    if (options.pods === false) args.push('--no-pods')
    const result = await run(script, args, { env, timeoutMs: 90_000 })
    if (result.code !== 0) throw new Error(`member ${name} did not start: ${result.stderr}`)
    return new RealMember({ name, port, kubeconfig: result.stdout.trim(), env })
  }

  /** pause, resume, kill, revive: see the script. */
  async fault(verb: 'pause' | 'resume' | 'kill' | 'revive'): Promise<void> {
    const result = await run(script, [verb, this.name], { env: this.#env, timeoutMs: 90_000 })
    if (result.code !== 0) throw new Error(`member ${verb} ${this.name}: ${result.stderr}`)
    if (verb === 'pause') await this.#stopped()
  }

  /** A process stops only when one of its threads has had its turn, and answers until then: on a busy machine, for some milliseconds after the signal (signal(7)). */
  async #stopped(): Promise<void> {
    const tasks = `/proc/${this.apiServerPid}/task`
    await eventually(
      () => {
        for (const task of readdirSync(tasks)) {
          const status = readFileSync(join(tasks, task, 'status'), 'utf8')
          if (!/^State:\s+T/m.test(status)) throw new Error(`${this.name} is not stopped yet`)
        }
      },
      { intervalMs: 5 },
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run(script, ['down', this.name], { env: this.#env })
  }
}
