import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A TCP proxy that can fall silent, or refuse, and come back: how a member goes away. */
export interface Gate extends AsyncDisposable {
  readonly port: number
  /** Connections stay, nothing passes: a stopped process. */
  pause(): void
  resume(): void
  /** Connections end and new ones are reset: a dead process. */
  cut(): void
  restore(): void
  /** From now on nothing that is sent arrives. */
  hold(): HeldBytes
}

/** What was sent to the member and is still under way. */
export interface HeldBytes {
  readonly length: number
  /** The sender is dead: what it has sent is all there will be. Connections made from now on pass. */
  seal(): void
  /** It arrives after all. */
  deliver(): void
}

export async function openGate(targetPort: number): Promise<Gate> {
  const sockets = new Set<Socket>()
  let isPaused = false
  let isCut = false
  let held: Held | undefined
  const hold = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    if (isPaused) socket.pause()
  }
  const server = createServer((incoming) => {
    if (isCut) {
      incoming.resetAndDestroy()
      return
    }
    const outgoing = connect(targetPort, '127.0.0.1')
    const sender = { isHeld: held !== undefined }
    hold(incoming)
    hold(outgoing)
    incoming.on('data', (chunk) => {
      if (held === undefined && !sender.isHeld) outgoing.write(chunk)
      else {
        sender.isHeld = true
        held?.keep(outgoing, chunk)
      }
    })
    incoming.on('close', () => {
      if (!sender.isHeld) outgoing.destroy()
    })
    outgoing.on('data', (chunk) => incoming.write(chunk))
    outgoing.on('close', () => incoming.destroy())
    if (isPaused) for (const socket of [incoming, outgoing]) socket.pause()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    pause: () => {
      isPaused = true
      for (const socket of sockets) socket.pause()
    },
    resume: () => {
      isPaused = false
      for (const socket of sockets) socket.resume()
    },
    cut: () => {
      isCut = true
      for (const socket of sockets) socket.resetAndDestroy()
    },
    restore: () => {
      isCut = false
    },
    hold: () => {
      const kept = new Held(() => (held = undefined))
      held = kept
      return kept
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

class Held implements HeldBytes {
  readonly #chunks: [to: Socket, chunk: Buffer][] = []
  readonly seal: () => void

  constructor(seal: () => void) {
    this.seal = seal
  }

  get length(): number {
    return this.#chunks.reduce((total, [, chunk]) => total + chunk.length, 0)
  }

  keep(to: Socket, chunk: Buffer): void {
    this.#chunks.push([to, chunk])
  }

  deliver(): void {
    for (const [to, chunk] of this.#chunks) to.write(chunk)
    for (const to of new Set(this.#chunks.map(([socket]) => socket))) to.end()
  }
}
