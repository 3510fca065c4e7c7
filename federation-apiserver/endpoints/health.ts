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
      (c) => c.endpoints.some((e) => e === endpoint) && (only === undefined || c.name === only),
    )
    if (only !== undefined && chosen.length === 0) return next()
    const results = chosen.map(({ name, check }) => {
      const skipped = only === undefined && excluded.includes(name)
      return { name, skipped, ok: skipped || check() }
    })
    const unmatched = excluded.filter((name) => !chosen.some((c) => c.name === name))
    const failed = results.some((r) => !r.ok)
    const answer = res as ApiResponse
    answer.writeHead(failed ? 500 : 200, {
      ...commonHeaders(answer),
      'content-type': 'text/plain; charset=utf-8',
      ...(only === undefined ? { 'x-content-type-options': 'nosniff' } : {}),
    })
    const tells = failed || (query.has('verbose') && only === undefined)
    answer.end(tells ? listing(endpoint, results, unmatched) : 'ok')
  }
}

interface CheckResult {
  readonly name: string
  /** Left out by ?exclude. */
  readonly skipped: boolean
  readonly ok: boolean
}

function listing(
  endpoint: string,
  results: readonly CheckResult[],
  unmatched: readonly string[],
): string {
  const lines = results.map(({ name, skipped, ok }) => {
    if (skipped) return `[+]${name} excluded: ok`
    return ok ? `[+]${name} ok` : `[-]${name} failed: reason withheld`
  })
  const failed = results.some((r) => !r.ok)
  if (unmatched.length > 0) {
    const names = unmatched.map((name) => JSON.stringify(name)).join(',')
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`)
  }
  return `${[...lines, `${endpoint} check ${failed ? 'failed' : 'passed'}`].join('\n')}\n`
}
