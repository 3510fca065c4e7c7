import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { metricsContentType } from './metrics/registry.ts'

export interface HealthServerOptions {
  readonly address: string
  /** 0: any free one. */
  readonly port: number
  readonly isReady: () => boolean
  /** Prometheus text for /metrics; not served when absent. */
  readonly renderMetrics?: () => string
}

export interface HealthServer extends AsyncDisposable {
  readonly port: number
}

/** Serves /healthz and /livez (the process lives), /readyz (it does its work or stands by for it) and /metrics over plain HTTP. Throws an Error that names a taken port. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '/'
    const [status, text] = answer(path, options)
    const type = path === '/metrics' ? metricsContentType : 'text/plain; charset=utf-8'
    response.writeHead(status, { 'content-type': type }).end(text)
  })
  server.listen(options.port, options.address)
  try {
    await once(server, 'listening')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`health port ${options.port} on ${options.address}: ${why}`, { cause })
  }
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function answer(path: string, { isReady, renderMetrics }: HealthServerOptions): [number, string] {
  if (path === '/healthz' || path === '/livez') return [200, 'ok']
  if (path === '/readyz') return isReady() ? [200, 'ok'] : [503, 'not ready']
  if (path === '/metrics' && renderMetrics !== undefined) return [200, renderMetrics()]
  return [404, 'not found']
}
