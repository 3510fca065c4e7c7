import type { ClientCall } from '#client/transport.ts'
import type { Registry } from './registry.ts'

/** Counts a program's calls to API servers, under client-go's names. */
export function restClientMetrics(registry: Registry): (call: ClientCall) => void {
  const total = registry.counter({
    name: 'rest_client_requests_total',
    help: 'HTTP requests to API servers by status code, method and host.',
    labels: ['code', 'host', 'method'],
  })
  const durations = registry.histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'Time until an API server has answered in seconds, by verb and host.',
    labels: ['host', 'verb'],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60],
  })
  return ({ method, host, status, seconds }) => {
    total.with(status === undefined ? '<error>' : String(status), host, method).add()
    durations.with(host, method).observe(seconds)
  }
}
