import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './paths.ts'

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface MetricFamily {
  readonly type: string
  readonly samples: readonly Sample[]
}

const nameOnly = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const help = /^# HELP (\S+) (.+)$/
const type = /^# TYPE (\S+) (counter|gauge|histogram)$/
const sampleLine = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const label = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y

const fail = (line: string, why: string): never => {
  throw new Error(`${why}: ${line}`)
}

function labelsOf(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {}
  label.lastIndex = 0
  while (label.lastIndex < text.length) {
    const [, name = '', value = ''] = label.exec(text) ?? fail(line, 'labels cannot be read')
    if (name in labels) fail(line, `label ${name} twice`)
    labels[name] = value
  }
  return labels
}

function numberOf(text: string, line: string): number {
  if (text === '+Inf') return Infinity
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? Number(text) : fail(line, 'no number')
}

const suffixes = ['_bucket', '_sum', '_count']

/** The family that a sample's name belongs to. */
const familyOf = (name: string, families: ReadonlyMap<string, { type: string }>): string => {
  for (const suffix of suffixes) {
    const base = name.slice(0, -suffix.length)
    if (name.endsWith(suffix) && families.get(base)?.type === 'histogram') return base
  }
  return name
}

const seriesKey = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))

/** Buckets ascend and are cumulative, end with +Inf, and agree with the count. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const series = new Map<string, { buckets: Sample[]; count?: number; sum?: number }>()
  for (const sample of samples) {
    const { le, ...own } = sample.labels
    const key = seriesKey(own)
    const one = series.get(key) ?? { buckets: [] }
    series.set(key, one)
    if (sample.name === `${name}_bucket`) {
      if (le === undefined) fail(name, 'a bucket without le')
      one.buckets.push(sample)
    } else if (sample.name === `${name}_count`) one.count = sample.value
    else if (sample.name === `${name}_sum`) one.sum = sample.value
    else fail(sample.name, 'no part of a histogram')
  }
  for (const [key, { buckets, count, sum }] of series) {
    const bounds = buckets.map(({ labels }) => numberOf(labels['le'] ?? '', key))
    const ascends = (values: readonly number[], strictly: boolean): boolean =>
      values.every((value, i) => {
        const before = values[i - 1] ?? -Infinity
        return strictly ? value > before : value >= before
      })
    if (!ascends(bounds, true)) fail(name, 'bounds do not ascend')
    if (
      !ascends(
        buckets.map(({ value }) => value),
        false,
      )
    )
      fail(name, 'buckets are not cumulative')
    if (bounds.at(-1) !== Infinity) fail(name, 'no bucket +Inf')
    if (count === undefined || sum === undefined) fail(name, 'no count or no sum')
    if (buckets.at(-1)?.value !== count) fail(name, 'the count is not that of the last bucket')
  }
}

/**
 * Reads Prometheus' text format 0.0.4, as strictly as promtool does: HELP and TYPE once and first, families in one piece, no series
 * twice, histograms whole. Throws an Error that shows the line.
 */
export function parseMetrics(text: string): ReadonlyMap<string, MetricFamily> {
  const families = new Map<string, { type: string; samples: Sample[] }>()
  const helped = new Set<string>()
  const seen = new Set<string>()
  let current = ''
  if (!text.endsWith('\n')) fail(text.slice(-80), 'no end of line at the end')
  for (const line of text.slice(0, -1).split('\n')) {
    const [, helps] = help.exec(line) ?? []
    const [, typed, kind = ''] = type.exec(line) ?? []
    if (helps !== undefined) {
      if (helped.has(helps) || !nameOnly.test(helps)) fail(line, 'HELP twice, or of no name')
      helped.add(helps)
      current = helps
    } else if (typed !== undefined) {
      if (families.has(typed) || current !== typed) fail(line, 'TYPE twice, or not behind its HELP')
      families.set(typed, { type: kind, samples: [] })
    } else {
      const [, name = '', labels = '', value = ''] =
        sampleLine.exec(line) ?? fail(line, 'no sample')
      if (familyOf(name, families) !== current) fail(line, 'apart from its family')
      const sample = { name, labels: labelsOf(labels, line), value: numberOf(value, line) }
      const key = `${name}${seriesKey(sample.labels)}`
      if (seen.has(key)) fail(line, 'a series twice')
      seen.add(key)
      families.get(current)?.samples.push(sample)
    }
  }
  for (const [name, family] of families)
    if (family.type === 'histogram') checkHistogram(name, family.samples)
  return families
}

/** What a Kubernetes 1.36 server tells of a family: of kube-apiserver, and of kube-controller-manager for clients and work queues. */
interface KnownFamily {
  readonly type: string
  readonly labels: readonly string[]
  readonly buckets?: readonly string[]
}

export const kubernetesMetrics = JSON.parse(
  readFileSync(join(root, 'test', 'framework', 'metrics-1.36.json'), 'utf8'),
) as Readonly<Record<string, KnownFamily>>

/** The form of a family, to compare with the one in Kubernetes. */
export function formOf({ type: kind, samples }: MetricFamily): KnownFamily {
  const names = new Set(samples.flatMap(({ labels }) => Object.keys(labels)))
  names.delete('le')
  const buckets = [...new Set(samples.flatMap(({ labels }) => labels['le'] ?? []))]
  const labels = [...names].sort()
  return { type: kind, labels, ...(buckets.length === 0 ? {} : { buckets }) }
}
