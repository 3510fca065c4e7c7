import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import { freePorts, RealMember } from '../framework/envtest.ts'
import { Program } from '../framework/process.ts'
import type { LoadTarget } from './connection.ts'

/** One API server under load. */
export interface Server extends AsyncDisposable {
  readonly name: string
  readonly pid: number
  readonly target: LoadTarget
  /** Ends the server and starts it again over the same data; resolves to the milliseconds from its start to /readyz. */
  restart(): Promise<number>
}

interface KubeconfigFile {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[]
}

function targetOf(kubeconfig: string): LoadTarget {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as KubeconfigFile
  const cluster = config.clusters[0]?.cluster
  const user = config.users[0]?.user
  const text = (base64: string | undefined): string =>
    Buffer.from(base64 ?? '', 'base64').toString('utf8')
  return {
    url: cluster?.server ?? '',
    tls: {
      ca: text(cluster?.['certificate-authority-data']),
      cert: text(user?.['client-certificate-data']),
      key: text(user?.['client-key-data']),
    },
  }
}

/** Whether /readyz says 200 now. */
function isReady(target: LoadTarget): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connect(target.url, target.tls)
    const end = (ready: boolean): void => {
      session.destroy()
      resolve(ready)
    }
    session.on('error', () => end(false))
    const stream = session.request({ ':path': '/readyz' })
    stream.on('response', (headers) => end(headers[':status'] === 200))
    stream.on('error', () => end(false))
    stream.end()
  })
}

/** Milliseconds from `began` until the server is ready. */
async function readyAfter(target: LoadTarget, began: number): Promise<number> {
  while (!(await isReady(target))) {
    if (performance.now() - began > 120_000) throw new Error(`${target.url} does not become ready`)
    await sleep(10)
  }
  return performance.now() - began
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function end(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM')
  while (isAlive(pid)) await sleep(20)
}

/** kube-apiserver 1.36 with its etcd; its controllers are ended, so that nothing else works on what is measured. */
export class Reference implements Server {
  readonly name = 'kube-apiserver 1.36'
  readonly target: LoadTarget
  readonly etcdUrl: string
  readonly #member: RealMember
  readonly #folder: string
  #child: ChildProcess | undefined

  private constructor(member: RealMember) {
    this.#member = member
    this.#folder = dirname(member.kubeconfig)
    this.target = targetOf(member.kubeconfig)
    this.etcdUrl = member.etcdUrl
  }

  static async start(folder: string): Promise<Reference> {
    const reference = new Reference(await RealMember.up('reference', folder, { pods: false }))
    await end(reference.#pidOf('kcm'))
    return reference
  }

  get pid(): number {
    return this.#child?.pid ?? this.#member.apiServerPid
  }

  get etcdPid(): number {
    return this.#pidOf('etcd')
  }

  async restart(): Promise<number> {
    const { pid } = this
    const [file = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const cwd = readlinkSync(`/proc/${pid}/cwd`)
    await end(pid)
    const log = openSync(join(this.#folder, 'apiserver.log'), 'a')
    const began = performance.now()
    this.#child = spawn(file, args.slice(0, -1), { cwd, stdio: ['ignore', log, log] })
    closeSync(log)
    writeFileSync(join(this.#folder, 'apiserver.pid'), String(this.#child.pid))
    return readyAfter(this.target, began)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child
    if (child !== undefined && child.exitCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    }
    await this.#member[Symbol.asyncDispose]()
  }

  #pidOf(program: string): number {
    return Number(readFileSync(join(this.#folder, `${program}.pid`), 'utf8'))
  }
}

/** Our API server as a process of its own. */
export class Ours implements Server {
  readonly name: string
  readonly #args: readonly string[]
  readonly #kubeconfig: string
  #program: Program
  #target: LoadTarget | undefined

  private constructor(name: string, args: readonly string[], kubeconfig: string) {
    this.name = name
    this.#args = args
    this.#kubeconfig = kubeconfig
    this.#program = new Program('federation-apiserver', args)
  }

  static async start(options: { name: string; folder: string; etcd?: string }): Promise<Ours> {
    const port = await freePorts(1)
    const args = ['--data-dir', options.folder, '--secure-port', String(port)]
    if (options.etcd !== undefined)
      args.push('--etcd-servers', options.etcd, '--etcd-prefix', '/ours')
    const ours = new Ours(options.name, args, join(options.folder, 'kubeconfig'))
    await ours.#program.prints(/ready|serving|listening/i)
    return ours
  }

  get pid(): number {
    return this.#program.pid
  }

  get target(): LoadTarget {
    return (this.#target ??= targetOf(this.#kubeconfig))
  }

  async restart(): Promise<number> {
    await this.#program.stop()
    const began = performance.now()
    this.#program = new Program('federation-apiserver', this.#args)
    return readyAfter(this.target, began)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.stop()
  }
}
