import type { NextFunction, RequestHandler } from 'express'
import type { Scheme } from '#apimachinery/scheme/scheme.ts'
import type { ApiRequest, ApiResponse } from './exchange.ts'
import { processMetrics } from './metrics-process.ts'
import { commonHeaders } from './respond.ts'
import type { RequestInfo } from './request-info.ts'

/** Upper bounds of the buckets, seconds: those of kube-apiserver. */
const bounds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
]

const verbs: ReadonlyMap<string, string> = new Map([
  ['create', 'POST'],
  ['update', 'PUT'],
  ['deletecollection', 'DELETE'],
  ['head', 'GET'],
])
const knownVerbs = new Set(['GET', 'LIST', 'WATCH', 'POST', 'PUT', 'PATCH', 'DELETE'])

const readOnlyVerbs = new Set(['GET', 'LIST', 'WATCH', 'other'])

/** Durations of requests with the same labels; the last bucket is everything above the bounds. */
class Histogram {
  readonly #buckets = new Float64Array(bounds.length + 1)
  #sum = 0

  observe(seconds: number): void {
    let at = 0
    while (at < bounds.length && seconds > (bounds[at] ?? Infinity)) at += 1
    this.#buckets[at] = (this.#buckets[at] ?? 0) + 1
    this.#sum += seconds
  }

  lines(name: string, labels: string): string[] {
    let total = 0
    const buckets = Array.from(this.#buckets, (count, i) => {
      total += count
      return `${name}_bucket{${labels},le="${bounds[i] ?? '+Inf'}"} ${total}`
    })
    return [...buckets, `${name}_sum{${labels}} ${this.#sum}`, `${name}_count{${labels}} ${total}`]
  }
}

const scopeOf = (info: RequestInfo): string => {
  if (!info.resourceRequest) return ''
  if (info.name !== '') return 'resource'
  return info.namespace === '' ? 'cluster' : 'namespace'
}

function verbOf(info: RequestInfo): string {
  const verb = verbs.get(info.verb) ?? info.verb.toUpperCase()
  return knownVerbs.has(verb) ? verb : 'other'
}

/** Metric values never come from a client's free text: what is not served counts under empty labels. */
function labelsOf(scheme: Scheme, info: RequestInfo, verb: string): string {
  const served = info.resourceRequest ? scheme.resource(info) : undefined
  const { group, version, resource } = served ?? { group: '', version: '', resource: '' }
  const subresource = served?.subresources.has(info.subresource) ? info.subresource : ''
  return `verb="${verb}",group="${group}",version="${version}",resource="${resource}",subresource="${subresource}",scope="${served ? scopeOf(info) : ''}"`
}

const family = (name: string, type: string, help: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines]

const increment = (map: Map<string, number>, key: string, by = 1): void => {
  map.set(key, (map.get(key) ?? 0) + by)
}

const labelled = (name: string, values: ReadonlyMap<string, number>): string[] =>
  [...values].map(([labels, value]) => `${name}{${labels}} ${value}`)

/** Counts requests under kube-apiserver's names, for the dashboards that read those. */
export class RequestMetrics {
  readonly #scheme: () => Scheme
  readonly #total = new Map<string, number>()
  readonly #durations = new Map<string, Histogram>()
  readonly #longRunning = new Map<string, number>()
  readonly #inFlight = new Map([
    ['request_kind="readOnly"', 0],
    ['request_kind="mutating"', 0],
  ])

  constructor(scheme: () => Scheme) {
    this.#scheme = scheme
  }

  /** Counts a request in; the returned function counts it out with its status code. */
  begin(info: RequestInfo): (code: number) => void {
    const began = performance.now()
    const verb = verbOf(info)
    const labels = labelsOf(this.#scheme(), info, verb)
    const watch = verb === 'WATCH'
    const [gauge, key] = watch
      ? ([this.#longRunning, labels] as const)
      : ([
          this.#inFlight,
          `request_kind="${readOnlyVerbs.has(verb) ? 'readOnly' : 'mutating'}"`,
        ] as const)
    increment(gauge, key)
    return (code) => {
      increment(gauge, key, -1)
      increment(this.#total, `${labels},code="${code}"`)
      if (!watch) this.#durationsOf(labels).observe((performance.now() - began) / 1000)
    }
  }

  /** Prometheus text format, version 0.0.4. */
  text(): string {
    const duration = 'apiserver_request_duration_seconds'
    const lines = [
      ...family(
        'apiserver_request_total',
        'counter',
        'Requests answered.',
        labelled('apiserver_request_total', this.#total),
      ),
      ...family(
        duration,
        'histogram',
        'Time to answer requests, watches excepted.',
        [...this.#durations].flatMap(([labels, histogram]) => histogram.lines(duration, labels)),
      ),
      ...family(
        'apiserver_current_inflight_requests',
        'gauge',
        'Requests being answered now, watches excepted.',
        labelled('apiserver_current_inflight_requests', this.#inFlight),
      ),
      ...family(
        'apiserver_longrunning_requests',
        'gauge',
        'Watches open now.',
        labelled('apiserver_longrunning_requests', this.#longRunning),
      ),
      ...processMetrics().flatMap(({ name, type, help, value }) =>
        family(name, type, help, [`${name} ${value}`]),
      ),
    ]
    return `${lines.join('\n')}\n`
  }

  #durationsOf(labels: string): Histogram {
    const known = this.#durations.get(labels)
    if (known !== undefined) return known
    const made = new Histogram()
    this.#durations.set(labels, made)
    return made
  }
}

/** Behind withRequestInfo and before everything that can refuse. A request whose client left is counted with code 0. */
export const withMetrics =
  (metrics: RequestMetrics): RequestHandler =>
  (_req: ApiRequest, res, next: NextFunction) => {
    const end = metrics.begin((res as ApiResponse).locals.info)
    res.once('close', () => end(res.headersSent ? res.statusCode : 0))
    next()
  }

/** GET /metrics. */
export const metricsEndpoint =
  (metrics: RequestMetrics): RequestHandler =>
  (req, res, next) => {
    if (req.path !== '/metrics' || (req.method !== 'GET' && req.method !== 'HEAD')) return next()
    const body = Buffer.from(metrics.text())
    res.writeHead(200, {
      ...commonHeaders(res as ApiResponse),
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'content-length': String(body.length),
    })
    res.end(req.method === 'HEAD' ? undefined : body)
  }
