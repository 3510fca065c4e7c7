import { describe, expect, test } from 'vitest'
import { parseMetrics } from '../../test/framework/prometheus-text.ts'
import { addProcessMetrics } from './process.ts'
import { Registry } from './registry.ts'

describe('Registry', () => {
  test('counters, gauges and histograms in the text format', () => {
    const registry = new Registry()
    const total = registry.counter({ name: 'a_total', help: 'A.', labels: ['code', 'verb'] })
    total.with('200', 'GET').add()
    total.with('200', 'GET').add(2)
    total.with('404', 'a"\\\nb').add()
    registry.gauge({ name: 'b', help: 'B\nC\\' }).with().set(-1.5)
    registry.counter({ name: 'unused_total', help: 'Nothing.', labels: ['a'] })
    const took = registry.histogram({
      name: 'c',
      help: 'C.',
      labels: ['d'],
      buckets: [1e-8, 0.5, 1e6],
    })
    for (const value of [0, 0.5, 7, 2e6]) took.with('e').observe(value)
    registry.collect({ name: 'f', help: 'F.', type: 'gauge', labels: ['g'] }, () => [[['h'], 4]])
    expect(registry.text().split('\n')).toEqual([
      '# HELP a_total A.',
      '# TYPE a_total counter',
      'a_total{code="200",verb="GET"} 3',
      String.raw`a_total{code="404",verb="a\"\\\nb"} 1`,
      String.raw`# HELP b B\nC\\`,
      '# TYPE b gauge',
      'b -1.5',
      '# HELP c C.',
      '# TYPE c histogram',
      'c_bucket{d="e",le="1e-08"} 1',
      'c_bucket{d="e",le="0.5"} 2',
      'c_bucket{d="e",le="1e+06"} 3',
      'c_bucket{d="e",le="+Inf"} 4',
      'c_sum{d="e"} 2000007.5',
      'c_count{d="e"} 4',
      '# HELP f F.',
      '# TYPE f gauge',
      'f{g="h"} 4',
      '',
    ])
    parseMetrics(registry.text())
  })

  test('a name is there once', () => {
    const registry = new Registry()
    registry.gauge({ name: 'a', help: 'A.' })
    expect(() => registry.counter({ name: 'a', help: 'A.' })).toThrow(
      'the metric a is there already',
    )
  })

  test('the process, as Prometheus clients tell it', () => {
    const registry = new Registry()
    addProcessMetrics(registry)
    const families = parseMetrics(registry.text())
    const valueOf = (name: string): number => families.get(name)?.samples[0]?.value ?? Number.NaN
    expect(valueOf('process_resident_memory_bytes')).toBeGreaterThan(10e6)
    expect(valueOf('process_virtual_memory_bytes')).toBeGreaterThan(
      valueOf('process_resident_memory_bytes'),
    )
    expect(valueOf('process_max_fds')).toBeGreaterThan(valueOf('process_open_fds'))
    expect(Math.abs(Date.now() / 1000 - valueOf('process_start_time_seconds'))).toBeLessThan(3600)
  })
})

describe('the parser of the tests refuses', () => {
  const gauge = '# HELP a A.\n# TYPE a gauge\n'
  const histogram = '# HELP a A.\n# TYPE a histogram\n'
  test.each([
    ['no end of line', `${gauge}a 1`],
    ['a sample without its family', 'a 1\n'],
    ['TYPE without HELP', '# TYPE a gauge\na 1\n'],
    ['HELP twice', `${gauge}${gauge}a 1\n`],
    ['a series twice', `${gauge}a{b="c",d="e"} 1\na{d="e",b="c"} 1\n`],
    ['a label twice', `${gauge}a{b="c",b="d"} 1\n`],
    ['a family in two pieces', `${gauge}a 1\n# HELP b B.\n# TYPE b gauge\nb 1\na{c="d"} 1\n`],
    ['a bare quote', `${gauge}a{b="c"d"} 1\n`],
    ['what is no number', `${gauge}a NaN1\n`],
    [
      'buckets that fall',
      `${histogram}a_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n`,
    ],
    ['a histogram without +Inf', `${histogram}a_bucket{le="1"} 2\na_sum 1\na_count 2\n`],
    ['another count', `${histogram}a_bucket{le="+Inf"} 2\na_sum 1\na_count 1\n`],
  ])('%s', (_, text) => {
    expect(() => parseMetrics(text)).toThrow()
  })
})
