import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP proxy whose connections can be cut, refused, or made to lose their answers. */
export class CutProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  #mode: 'open' | 'refusing' | 'mute' = 'open'
  #sinceCut = 0

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer((client) => this.#accept(client))
  }

  static async start(target: number): Promise<CutProxy> {
    const proxy = new CutProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  }

  /** Bytes that came from the target since the last cut. */
  get answered(): number {
    return this.#sinceCut
  }

  /** Ends every connection at once, in the middle of whatever it carries. */
  cut(): void {
    this.#sinceCut = 0
    for (const socket of this.#sockets) socket.resetAndDestroy()
    this.#sockets.clear()
  }

  /** `mute`: requests pass, answers do not. `refusing`: no new connections. */
  set mode(mode: 'open' | 'refusing' | 'mute') {
    this.#mode = mode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    if (this.#mode === 'refusing') {
      client.resetAndDestroy()
      return
    }
    const upstream = connect(this.#target, '127.0.0.1')
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    upstream.on('data', (chunk: Buffer) => {
      this.#sinceCut += chunk.length
      if (this.#mode !== 'mute') client.write(chunk)
    })
  }
}
