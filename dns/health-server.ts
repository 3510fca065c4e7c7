import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface HealthServerOptions {
  readonly address: string
  readonly port: number
  readonly isReady: () => boolean
  readonly renderMetrics: () => string
}

export interface HealthServer extends AsyncDisposable {
  readonly port: number
}

/** Serves /healthz (the process lives), /readyz (there is data to answer from) and /metrics over plain HTTP. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const [status, text] = answer(request.url ?? '/', options)
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(text)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new Error(`metrics port ${options.port} on ${options.address}: ${error.message}`, {
          cause: error,
        }),
      ),
    )
    server.listen(options.port, options.address, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function answer(path: string, options: HealthServerOptions): [number, string] {
  if (path === '/healthz') return [200, 'ok']
  if (path === '/readyz')
    return options.isReady() ? [200, 'ok'] : [503, 'not ready: no data from the federation yet']
  if (path === '/metrics') return [200, options.renderMetrics()]
  return [404, 'not found']
}
