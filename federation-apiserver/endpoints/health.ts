import type { RequestHandler } from 'express'
import type { ApiResponse } from './exchange.ts'
import { commonHeaders } from './respond.ts'

/** One named check; `livez` checks must not depend on anything but this process. */
export interface HealthCheck {
  readonly name: string
  readonly endpoints: readonly ('healthz' | 'livez' | 'readyz')[]
  readonly check: () => boolean
}

const ping: HealthCheck = {
  name: 'ping',
  endpoints: ['healthz', 'livez', 'readyz'],
  check: () => true,
}

/** /healthz, /livez and /readyz: `ok`, or each check by name with ?verbose, when one fails, or under /livez/NAME. */
export function healthEndpoints(extra: readonly HealthCheck[]): RequestHandler {
  const checks = [ping, ...extra]
  return (req, res, next) => {
    const match = /^\/(healthz|livez|readyz)(?:\/([^/]+))?\/?$/.exec(req.path)
    if (match === null) return next()
    const [, endpoint = '', only] = match
    const query = new URL(req.url, 'https://localhost').searchParams
    const excluded = query.getAll('exclude')
    const chosen = checks.filter(
      (c) =>
        c.endpoints.some((e) => e === endpoint) &&
        (only === undefined || c.name === only) &&
        !excluded.includes(c.name),
    )
    if (only !== undefined && chosen.length === 0) return next()
    const results = chosen.map((c) => ({ name: c.name, ok: c.check() }))
    const failed = results.some((r) => !r.ok)
    const answer = res as ApiResponse
    answer.writeHead(failed ? 500 : 200, {
      ...commonHeaders(answer),
      'content-type': 'text/plain; charset=utf-8',
      ...(only === undefined ? { 'x-content-type-options': 'nosniff' } : {}),
    })
    answer.end(failed || query.has('verbose') ? listing(endpoint, results) : 'ok')
  }
}

function listing(endpoint: string, results: readonly { name: string; ok: boolean }[]): string {
  const lines = results.map(({ name, ok }) =>
    ok ? `[+]${name} ok` : `[-]${name} failed: reason withheld`,
  )
  const failed = results.some((r) => !r.ok)
  return `${[...lines, `${endpoint} check ${failed ? 'failed' : 'passed'}`].join('\n')}\n`
}
