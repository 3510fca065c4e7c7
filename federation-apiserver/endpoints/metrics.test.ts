import { describe, expect, it } from 'vitest'
import { Scheme } from '#apimachinery/scheme/scheme.ts'
import { Registry } from '#component-base/metrics/registry.ts'
import { parseMetrics, type Sample } from '../../test/framework/prometheus-text.ts'
import { type RequestForm, RequestMetrics } from './metrics.ts'
import { parseRequestInfo } from './request-info.ts'

const scheme = new Scheme()

function measured() {
  const registry = new Registry()
  const metrics = new RequestMetrics(registry, () => scheme)
  const samples = (family: string): readonly Sample[] =>
    parseMetrics(registry.text()).get(family)?.samples ?? []
  return { metrics, samples }
}

/** component, group, resource, scope, subresource, verb, version. */
const valuesOf = ({ labels: l }: Sample): string =>
  [l['component'], l['group'], l['resource'], l['scope'], l['subresource'], l['verb'], l['version']]
    .map(String)
    .join('|')

describe('RequestMetrics', () => {
  const plain = { apply: false, dryRun: false }
  it.each<[string, string, string, RequestForm?]>([
    ['GET', '/api/v1/pods', 'apiserver||pods|cluster||LIST|v1'],
    ['GET', '/api/v1/namespaces/shop/pods?watch=true', 'apiserver||pods|namespace||WATCH|v1'],
    ['GET', '/api/v1/namespaces/shop/pods/web', 'apiserver||pods|resource||GET|v1'],
    ['HEAD', '/api/v1/namespaces/shop/pods/web', 'apiserver||pods|resource||GET|v1'],
    ['POST', '/api/v1/namespaces/shop/pods', 'apiserver||pods|resource||POST|v1'],
    ['DELETE', '/api/v1/namespaces/shop/pods', 'apiserver||pods|namespace||DELETE|v1'],
    ['PATCH', '/api/v1/namespaces/shop/pods/web', 'apiserver||pods|resource||PATCH|v1'],
    [
      'PATCH',
      '/api/v1/namespaces/shop/pods/web',
      'apiserver||pods|resource||APPLY|v1',
      { apply: true, dryRun: false },
    ],
    [
      'PUT',
      '/apis/apps/v1/namespaces/shop/deployments/web/scale',
      'apiserver|apps|deployments|resource|scale|PUT|v1',
    ],
    [
      'POST',
      '/apis/federation/v1beta1/clusters',
      'apiserver|federation|clusters|resource||POST|v1beta1',
    ],
    ['GET', '/apis', 'apiserver||||apis|GET|'],
    ['GET', '/healthz', '||||/healthz|GET|'],
    ['GET', '/made-up-7261', '|||||GET|'],
    ['GET', '/api/v1/made-up-7261', '|||||LIST|'],
    ['GET', '/api/v1/pods/x/made-up', 'apiserver||pods|resource||GET|v1'],
    ['BREW', '/coffee', '|||||other|'],
  ])('%s %s', (method, url, values, form = plain) => {
    const { metrics, samples } = measured()
    metrics.begin(parseRequestInfo(method, url), form).end(200)
    const [one, ...more] = samples('apiserver_request_total')
    expect(more).toEqual([])
    expect(one).toMatchObject({ value: 1, labels: { code: '200', dry_run: '' } })
    expect(one && valuesOf(one)).toBe(values)
  })

  it('counts what is in flight, and durations but those of watches', () => {
    const { metrics, samples } = measured()
    const list = metrics.begin(parseRequestInfo('GET', '/api/v1/pods'))
    metrics.begin(parseRequestInfo('GET', '/api/v1/pods?watch=1'))
    metrics.begin(parseRequestInfo('DELETE', '/api/v1/namespaces/shop'))
    const inFlight = () =>
      samples('apiserver_current_inflight_requests').map(({ labels, value }) => [
        labels['request_kind'],
        value,
      ])
    expect(inFlight()).toEqual([
      ['mutating', 1],
      ['readOnly', 1],
    ])
    expect(samples('apiserver_longrunning_requests')).toMatchObject([
      { value: 1, labels: { verb: 'WATCH', resource: 'pods' } },
    ])
    list.end(200, 5000)
    expect(inFlight()).toContainEqual(['readOnly', 0])
    const counts = (family: string) =>
      samples(family).filter(({ name, value }) => name.endsWith('_count') && value > 0)
    for (const family of ['request_duration_seconds', 'request_sli_duration_seconds'])
      expect(counts(`apiserver_${family}`)).toMatchObject([{ value: 1, labels: { verb: 'LIST' } }])
    expect(samples('apiserver_response_sizes')).toContainEqual(
      expect.objectContaining({ name: 'apiserver_response_sizes_sum', value: 5000 }),
    )
  })

  it('tells dry runs apart, events of watches, and deprecated APIs', () => {
    const { metrics, samples } = measured()
    const post = parseRequestInfo('POST', '/api/v1/namespaces/shop/pods?dryRun=All')
    metrics.begin(post, { apply: false, dryRun: true }).end(201)
    metrics.begin(post).end(201)
    expect(samples('apiserver_request_total').map(({ labels }) => labels['dry_run'])).toEqual([
      'All',
      '',
    ])
    const watch = metrics.begin(parseRequestInfo('GET', '/api/v1/endpoints?watch=1'))
    for (const size of [100, 3000]) watch.event?.(size)
    const of = { group: '', resource: 'endpoints', version: 'v1' }
    expect(samples('apiserver_watch_events_total')).toEqual([
      { name: 'apiserver_watch_events_total', labels: of, value: 2 },
    ])
    expect(samples('apiserver_requested_deprecated_apis')).toMatchObject([{ labels: of, value: 1 }])
  })
})
