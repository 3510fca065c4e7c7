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
}

export async function openGate(targetPort: number): Promise<Gate> {
  const sockets = new Set<Socket>()
  let isPaused = false
  let isCut = false
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
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      hold(from)
      from.on('data', (chunk) => to.write(chunk))
      from.on('close', () => to.destroy())
    }
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
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
