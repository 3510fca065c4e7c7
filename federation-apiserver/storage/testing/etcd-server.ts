import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Folder of a real etcd (the envtest convention); undefined when there is none to test with. */
export const etcdAssets: string | undefined = process.env['KUBEBUILDER_ASSETS']

export const withoutEtcd = 'skipped: KUBEBUILDER_ASSETS is not set, no real etcd to test with'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A real etcd of one member on loopback, which can be stopped and started again with its data. */
export class EtcdServer implements AsyncDisposable {
  readonly port: number
  readonly url: string
  readonly #folder: string
  readonly #args: readonly string[]
  #process: ChildProcess | undefined

  private constructor(port: number, peerPort: number, extra: readonly string[]) {
    this.port = port
    const scheme = extra.includes('--cert-file') ? 'https' : 'http'
    this.url = `${scheme}://127.0.0.1:${port}`
    this.#folder = mkdtempSync(join(tmpdir(), 'kubefed-etcd-'))
    const peer = `http://127.0.0.1:${peerPort}`
    this.#args = [
      ...['--data-dir', this.#folder, '--unsafe-no-fsync', '--log-level', 'fatal'],
      ...['--listen-client-urls', this.url, '--advertise-client-urls', this.url],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', `default=${peer}`],
      ...extra,
    ]
  }

  static async start(extra: readonly string[] = []): Promise<EtcdServer> {
    const server = new EtcdServer(await freePort(), await freePort(), extra)
    server.resume()
    return server
  }

  /** Kills it; nothing that was answered is lost. */
  async stop(): Promise<void> {
    const stopping = this.#process
    if (stopping === undefined || stopping.exitCode !== null) return
    stopping.kill('SIGKILL')
    await once(stopping, 'exit')
    this.#process = undefined
  }

  resume(): void {
    this.#process = spawn(join(etcdAssets ?? '', 'etcd'), this.#args, { stdio: 'ignore' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
