import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface HealthServer extends AsyncDisposable {
  readonly port: number
  /** From now on /readyz says so. */
  setReady(): void
}

/** Serves /healthz (the process lives) and /readyz (its controllers work, or it stands by for the leader). */
export async function startHealthServer(options: {
  bindAddress: string
  port: number
}): Promise<HealthServer> {
  let isReady = false
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0]
    if (path === '/healthz' || path === '/livez') response.writeHead(200).end('ok')
    else if (path === '/readyz')
      response.writeHead(isReady ? 200 : 503).end(isReady ? 'ok' : 'starting')
    else response.writeHead(404).end()
  })
  server.listen(options.port, options.bindAddress)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    setReady: () => {
      isReady = true
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
