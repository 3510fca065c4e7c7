import type { RequestHandler } from 'express'
import type { ApiResponse } from './exchange.ts'
import { commonHeaders } from './respond.ts'

/**
 * One named check, under the name that it has in kube-apiserver. Those of `livez` must not depend on anything but this process: a new
 * one would be no better.
 */
export interface HealthCheck {
  readonly name: string
  readonly endpoints: readonly ('healthz' | 'livez' | 'readyz')[]
  /** What is wrong; undefined when nothing is. */
  readonly check: () => string | undefined
}

const ping: HealthCheck = {
  name: 'ping',
  endpoints: ['healthz', 'livez', 'readyz'],
  check: () => undefined,
}

/** /healthz, /livez and /readyz: `ok`, or each check by name with ?verbose, when one fails, or under /livez/NAME. */
export function healthEndpoints(extra: readonly HealthCheck[]): RequestHandler {
  const checks = [ping, ...extra]
  return (req, res, next) => {
    const match = /^\/(healthz|livez|readyz)(?:\/([^/]+))?$/.exec(req.path)
    if (match === null) return next()
    const [, endpoint = '', only] = match
    const query = new URL(req.url, 'https://localhost').searchParams
    const excluded = query.getAll('exclude')
    const chosen = checks.filter(
      (c) => c.endpoints.some((e) => e === endpoint) && (only === undefined || c.name === only),
    )
    if (only !== undefined && chosen.length === 0) return next()
    const results = chosen.map(({ name, check }): CheckResult => {
      const skipped = only === undefined && excluded.includes(name)
      return { name, skipped, problem: skipped ? undefined : check() }
    })
    const unmatched = excluded.filter((name) => !chosen.some((c) => c.name === name))
    const problem = results.find((r) => r.problem !== undefined)?.problem
    const failed = problem !== undefined
    const answer = res as ApiResponse
    answer.writeHead(failed ? 500 : 200, {
      ...commonHeaders(answer),
      'content-type': 'text/plain; charset=utf-8',
      ...(only === undefined || failed ? { 'x-content-type-options': 'nosniff' } : {}),
    })
    if (failed && only !== undefined) answer.end(`internal server error: ${problem}\n`)
    else {
      const tells = failed || (query.has('verbose') && only === undefined)
      answer.end(tells ? listing(endpoint, results, unmatched) : 'ok')
    }
  }
}

interface CheckResult {
  readonly name: string
  /** Left out by ?exclude. */
  readonly skipped: boolean
  readonly problem: string | undefined
}

function listing(
  endpoint: string,
  results: readonly CheckResult[],
  unmatched: readonly string[],
): string {
  const lines = results.map(({ name, skipped, problem }) => {
    if (skipped) return `[+]${name} excluded: ok`
    return problem === undefined ? `[+]${name} ok` : `[-]${name} failed: reason withheld`
  })
  const failed = results.some((r) => r.problem !== undefined)
  if (unmatched.length > 0) {
    const names = unmatched.map((name) => JSON.stringify(name)).join(',')
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`)
  }
  return `${[...lines, `${endpoint} check ${failed ? 'failed' : 'passed'}`].join('\n')}\n`
}
