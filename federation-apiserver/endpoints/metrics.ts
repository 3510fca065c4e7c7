import type { NextFunction, RequestHandler } from 'express'
import type { Scheme } from '#apimachinery/scheme/scheme.ts'
import {
  type Histogram,
  metricsContentType,
  type Registry,
  type Value,
  type Vector,
} from '#component-base/metrics/registry.ts'
import { deprecationOf } from './deprecations.ts'
import type { ApiRequest, ApiResponse } from './exchange.ts'
import { commonHeaders } from './respond.ts'
import type { RequestInfo } from './request-info.ts'

/** Upper bounds of the buckets, those of kube-apiserver: seconds, octets. */
const seconds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
]
const sliSeconds = seconds.filter((bound) => bound >= 0.05)
const octets = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
const eventOctets = [1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072]

const methods: ReadonlyMap<string, string> = new Map([
  ['create', 'POST'],
  ['update', 'PUT'],
  ['deletecollection', 'DELETE'],
  ['head', 'GET'],
])
const knownVerbs = new Set(['GET', 'LIST', 'WATCH', 'POST', 'PUT', 'PATCH', 'DELETE'])
const readOnlyVerbs = new Set(['GET', 'LIST', 'WATCH', 'other'])
/** Codes of requests that the server gave up in self-defence. */
const terminated = new Set([429, 504])
const sizedVerbs = new Set(['GET', 'LIST'])

/** Paths that are no resources and are worth a label. */
const paths: ReadonlyMap<string, string> = new Map([
  ['/api', 'api'],
  ['/apis', 'apis'],
  ['/openapi/v2', 'openapi/v2'],
  ['/openapi/v3', 'openapi/v3'],
  ...['/healthz', '/livez', '/readyz', '/metrics', '/version'].map((path) => [path, path] as const),
])

/** What of a request its labels say, besides its path. */
export interface RequestForm {
  /** A server-side apply. */
  readonly apply: boolean
  readonly dryRun: boolean
}

function verbOf(info: RequestInfo, { apply }: RequestForm): string {
  const verb = methods.get(info.verb) ?? info.verb.toUpperCase()
  if (verb === 'PATCH' && apply) return 'APPLY'
  return knownVerbs.has(verb) ? verb : 'other'
}

function scopeOf(info: RequestInfo): string {
  if (info.name !== '' || info.verb === 'create') return 'resource'
  return info.namespace === '' ? 'cluster' : 'namespace'
}

interface Labels {
  readonly component: string
  readonly group: string
  readonly resource: string
  readonly scope: string
  readonly subresource: string
  readonly verb: string
  readonly version: string
}

/** Values never come from a client's free text: what is not served counts under empty labels. */
function labelsOf(scheme: Scheme, info: RequestInfo, verb: string): Labels {
  const none = { group: '', resource: '', scope: '', version: '' }
  const served = info.resourceRequest ? scheme.resource(info) : undefined
  if (served === undefined) {
    const path = info.resourceRequest ? undefined : paths.get(info.path)
    const isApi = path === 'api' || path === 'apis'
    return { ...none, component: isApi ? 'apiserver' : '', subresource: path ?? '', verb }
  }
  const { group, version, resource } = served
  const subresource = served.subresources.has(info.subresource) ? info.subresource : ''
  const scope = scopeOf(info)
  return { component: 'apiserver', group, resource, scope, subresource, verb, version }
}

const valuesOf = (l: Labels): string[] => [
  ...[l.component, l.group, l.resource, l.scope, l.subresource, l.verb, l.version],
]
const labelNames = [
  ...['component', 'group', 'resource', 'scope', 'subresource', 'verb', 'version'],
]

/** Everything that is counted of requests with the same labels. */
interface Series {
  readonly labels: Labels
  readonly readOnly: boolean
  readonly durations: Histogram | undefined
  readonly sli: Histogram | undefined
  readonly sizes: Histogram | undefined
  readonly longRunning: Value | undefined
  readonly events: { readonly count: Value; readonly sizes: Histogram } | undefined
  readonly totals: Map<number, Value>
}

/** A request that has been counted in. */
interface Counting {
  /** Of a watch: an event has been sent. */
  readonly event?: (octets: number) => void
  /** Counts it out. `octets` of the body, where that is known. */
  readonly end: (code: number, octets?: number) => void
}

/** Counts requests under kube-apiserver's names, for the dashboards and alerts that read those. */
export class RequestMetrics {
  readonly #scheme: () => Scheme
  readonly #families: Families
  readonly #series = new Map<string, Series>()
  readonly #inFlight: { readonly readOnly: Value; readonly mutating: Value }

  constructor(registry: Registry, scheme: () => Scheme) {
    this.#scheme = scheme
    this.#families = familiesOf(registry)
    const { inFlight } = this.#families
    this.#inFlight = { mutating: inFlight.with('mutating'), readOnly: inFlight.with('readOnly') }
  }

  begin(info: RequestInfo, form: RequestForm = { apply: false, dryRun: false }): Counting {
    const began = performance.now()
    const series = this.#seriesOf(info, form)
    const { longRunning, events } = series
    const gauge = longRunning ?? this.#inFlight[series.readOnly ? 'readOnly' : 'mutating']
    gauge.add(1)
    const end = (code: number, sent?: number): void => {
      gauge.add(-1)
      this.#totalOf(series, code, form).add()
      if (terminated.has(code))
        this.#families.terminations.with(String(code), ...valuesOf(series.labels)).add()
      const took = (performance.now() - began) / 1000
      series.durations?.observe(took)
      series.sli?.observe(took)
      if (sent !== undefined) series.sizes?.observe(sent)
    }
    if (events === undefined) return { end }
    const event = (size: number): void => {
      events.count.add()
      events.sizes.observe(size)
    }
    return { end, event }
  }

  #totalOf(series: Series, code: number, { dryRun }: RequestForm): Value {
    const { labels, totals } = series
    const known = totals.get(code)
    if (known !== undefined) return known
    const { component, group, resource, scope, subresource, verb, version } = labels
    const dry = dryRun ? 'All' : ''
    const made = this.#families.total.with(
      ...[String(code), component, dry, group, resource, scope, subresource, verb, version],
    )
    totals.set(code, made)
    return made
  }

  #seriesOf(info: RequestInfo, form: RequestForm): Series {
    const verb = verbOf(info, form)
    const labels = labelsOf(this.#scheme(), info, verb)
    const { component, group, version, resource, subresource, scope } = labels
    const dry = form.dryRun ? 'All' : ''
    const key = `${verb}|${scope}|${group}|${version}|${resource}|${subresource}|${component}|${dry}`
    const known = this.#series.get(key)
    if (known !== undefined) return known
    const made = this.#create(labels, form)
    this.#series.set(key, made)
    return made
  }

  #create(labels: Labels, form: RequestForm): Series {
    const families = this.#families
    const { component, group, resource, scope, subresource, verb, version } = labels
    const values = valuesOf(labels)
    if (deprecationOf(labels) !== undefined)
      families.deprecated.with(group, '', resource, subresource, version).set(1)
    const watch = verb === 'WATCH'
    const dry = form.dryRun ? 'All' : ''
    const of = [group, resource, version] as const
    return {
      labels,
      readOnly: readOnlyVerbs.has(verb),
      durations: watch
        ? undefined
        : families.durations.with(
            ...[component, dry, group, resource, scope, subresource, verb, version],
          ),
      sli: watch ? undefined : families.sli.with(...values),
      sizes: sizedVerbs.has(verb) ? families.sizes.with(...values) : undefined,
      longRunning: watch ? families.longRunning.with(...values) : undefined,
      events: watch
        ? { count: families.events.with(...of), sizes: families.eventSizes.with(...of) }
        : undefined,
      totals: new Map(),
    }
  }
}

type Families = ReturnType<typeof familiesOf>

const withDryRun = [...labelNames.slice(0, 1), 'dry_run', ...labelNames.slice(1)]
const ofEvents = ['group', 'resource', 'version']

function familiesOf(registry: Registry) {
  const inFlight: Vector<Value> = registry.gauge({
    name: 'apiserver_current_inflight_requests',
    help: 'Requests being answered now, long-running ones excepted, by kind.',
    labels: ['request_kind'],
  })
  return {
    total: registry.counter({
      name: 'apiserver_request_total',
      help: 'Requests by verb, dry run, group, version, resource, scope, component and HTTP code; 0 when the client left first.',
      labels: ['code', ...withDryRun],
    }),
    durations: registry.histogram({
      name: 'apiserver_request_duration_seconds',
      help: 'Time to answer requests in seconds, long-running ones excepted.',
      labels: withDryRun,
      buckets: seconds,
    }),
    sli: registry.histogram({
      name: 'apiserver_request_sli_duration_seconds',
      help: 'The same for service level indicators; there are no webhooks and queues whose time would not count.',
      labels: labelNames,
      buckets: sliSeconds,
    }),
    sizes: registry.histogram({
      name: 'apiserver_response_sizes',
      help: 'Size of answers to reads in bytes, as sent.',
      labels: labelNames,
      buckets: octets,
    }),
    terminations: registry.counter({
      name: 'apiserver_request_terminations_total',
      help: 'Requests that were given up: too many at once (429), or not done in time (504).',
      labels: ['code', ...labelNames],
    }),
    inFlight,
    longRunning: registry.gauge({
      name: 'apiserver_longrunning_requests',
      help: 'Watches open now.',
      labels: labelNames,
    }),
    events: registry.counter({
      name: 'apiserver_watch_events_total',
      help: 'Events sent to watches.',
      labels: ofEvents,
    }),
    eventSizes: registry.histogram({
      name: 'apiserver_watch_events_sizes',
      help: 'Size of the events sent to watches in bytes.',
      labels: ofEvents,
      buckets: eventOctets,
    }),
    deprecated: registry.gauge({
      name: 'apiserver_requested_deprecated_apis',
      help: 'Deprecated APIs that have been asked for.',
      labels: ['group', 'removed_release', 'resource', 'subresource', 'version'],
    }),
  }
}

const applyTypes = /^application\/apply-patch\+/

/** Behind withRequestInfo and before everything that can refuse. A request whose client left is counted with code 0. */
export const withMetrics =
  (metrics: RequestMetrics): RequestHandler =>
  (req: ApiRequest, res, next: NextFunction) => {
    const { locals } = res as ApiResponse
    const { end, event } = metrics.begin(locals.info, {
      apply: req.method === 'PATCH' && applyTypes.test(req.headers['content-type'] ?? ''),
      dryRun: locals.info.query.get('dryRun') === 'All',
    })
    if (event !== undefined) locals.onEvent = event
    locals.atEnd(() => end(res.headersSent ? res.statusCode : 0, locals.sentOctets))
    next()
  }

/** GET /metrics: everything that the registries have. */
export const metricsEndpoint =
  (registries: readonly { text(): string | Promise<string> }[]): RequestHandler =>
  async (req, res, next) => {
    if (req.path !== '/metrics' || (req.method !== 'GET' && req.method !== 'HEAD')) return next()
    const texts = await Promise.all(registries.map(async (registry) => registry.text()))
    const body = Buffer.from(texts.join(''))
    res.writeHead(200, {
      ...commonHeaders(res as ApiResponse),
      'content-type': metricsContentType,
      'content-length': String(body.length),
    })
    res.end(req.method === 'HEAD' ? undefined : body)
  }
