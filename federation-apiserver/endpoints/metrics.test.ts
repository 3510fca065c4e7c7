import { describe, expect, it } from 'vitest'
import { Scheme } from '#apimachinery/scheme/scheme.ts'
import { RequestMetrics } from './metrics.ts'
import { parseRequestInfo } from './request-info.ts'

const scheme = new Scheme()

const lineOf = (method: string, url: string, code = 200): string[] => {
  const metrics = new RequestMetrics(() => scheme)
  metrics.begin(parseRequestInfo(method, url))(code)
  return metrics
    .text()
    .split('\n')
    .filter((line) => line.startsWith('apiserver_request_total{'))
}

describe('RequestMetrics', () => {
  it.each([
    ['GET', '/api/v1/pods', '"LIST","","v1","pods","","cluster"'],
    ['GET', '/api/v1/namespaces/shop/pods?watch=true', '"WATCH","","v1","pods","","namespace"'],
    ['GET', '/api/v1/namespaces/shop/pods/web', '"GET","","v1","pods","","resource"'],
    [
      'PUT',
      '/apis/apps/v1/namespaces/shop/deployments/web/scale',
      '"PUT","apps","v1","deployments","scale","resource"',
    ],
    [
      'POST',
      '/apis/federation/v1beta1/clusters',
      '"POST","federation","v1beta1","clusters","","cluster"',
    ],
    ['GET', '/healthz', '"GET","","","","",""'],
    ['GET', '/api/v1/made-up-7261', '"LIST","","","","",""'],
    ['GET', '/api/v1/pods/x/made-up', '"GET","","v1","pods","","resource"'],
    ['BREW', '/coffee', '"other","","","","",""'],
  ])('%s %s', (method, url, values) => {
    const names = ['verb', 'group', 'version', 'resource', 'subresource', 'scope']
    const labels = values.split(',').map((value, i) => `${names[i] ?? ''}=${value}`)
    expect(lineOf(method, url)).toEqual([
      `apiserver_request_total{${labels.join(',')},code="200"} 1`,
    ])
  })

  it('counts what is in flight, and durations in cumulative buckets', () => {
    const metrics = new RequestMetrics(() => scheme)
    const list = parseRequestInfo('GET', '/api/v1/pods')
    const end = metrics.begin(list)
    metrics.begin(parseRequestInfo('GET', '/api/v1/pods?watch=1'))
    metrics.begin(parseRequestInfo('DELETE', '/api/v1/namespaces/shop'))
    expect(metrics.text()).toContain(
      'apiserver_current_inflight_requests{request_kind="readOnly"} 1',
    )
    expect(metrics.text()).toContain(
      'apiserver_current_inflight_requests{request_kind="mutating"} 1',
    )
    expect(metrics.text()).toMatch(/apiserver_longrunning_requests\{verb="WATCH".*\} 1/)
    end(200)
    const text = metrics.text()
    expect(text).toContain('apiserver_current_inflight_requests{request_kind="readOnly"} 0')
    expect(text).toMatch(/duration_seconds_bucket\{verb="LIST".*le="60"\} 1/)
    expect(text).toMatch(/duration_seconds_bucket\{verb="LIST".*le="\+Inf"\} 1/)
    expect(text).toMatch(/duration_seconds_count\{verb="LIST".*\} 1/)
    expect(text).not.toMatch(/duration_seconds_count\{verb="WATCH"/)
    expect(text).toMatch(/^process_resident_memory_bytes [1-9]\d*$/m)
  })
})
