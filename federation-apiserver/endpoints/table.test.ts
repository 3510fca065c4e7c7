import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { Scheme } from '#apimachinery/scheme/scheme.ts'
import { tableFor } from './table.ts'
import type { TableOptions } from './transform.ts'

interface Recorded {
  readonly group: string
  readonly version: string
  readonly resource: string
  /** When the table was made: ages are told as of then. */
  readonly now: string
  readonly columns: readonly (readonly [string, string, string, number])[]
  readonly rows: readonly {
    readonly cells: readonly unknown[]
    readonly conditions?: readonly unknown[]
    readonly object: ApiObject
  }[]
}

interface Table {
  readonly metadata: object
  readonly columnDefinitions: readonly {
    name: string
    type: string
    format: string
    priority: number
  }[]
  readonly rows: readonly { cells: unknown[]; conditions?: unknown[]; object?: ApiObject }[]
}

/** Tables of a kube-apiserver 1.36.3, with the objects that they were made of (includeObject=Object). */
const recorded = JSON.parse(
  readFileSync(new URL('testdata/tables-1.36.json', import.meta.url), 'utf8'),
) as readonly Recorded[]

const scheme = new Scheme({ federation: true })
const whole: TableOptions = { includeObject: 'None', version: 'v1' }

function tableOf(
  gvr: { group: string; version: string; resource: string },
  objects: readonly ApiObject[],
  options: TableOptions = whole,
): Table {
  const info = scheme.resource(gvr)
  if (info === undefined) throw new Error(`${gvr.resource} is not served`)
  return tableFor(info, objects, options) as Table
}

afterEach(() => {
  vi.useRealTimers()
})

describe.each(recorded)('$group/$version $resource', (record) => {
  const objects = record.rows.map(({ object }) => object)

  it('has the columns of kube-apiserver', () => {
    const { columnDefinitions } = tableOf(record, objects)
    const columns = columnDefinitions.map((c) => [c.name, c.type, c.format, c.priority])
    expect(columns).toEqual(record.columns)
  })

  it('has its cells', () => {
    vi.useFakeTimers({ now: Date.parse(record.now), toFake: ['Date'] })
    const { rows } = tableOf(record, objects)
    const named = (cells: readonly unknown[], i: number) => ({
      object: objects[i]?.metadata.name,
      ...Object.fromEntries(record.columns.map(([name], at) => [name, cells[at]])),
    })
    expect(rows.map(({ cells }, i) => named(cells, i))).toEqual(
      record.rows.map(({ cells }, i) => named(cells, i)),
    )
    expect(rows.map(({ conditions }) => conditions)).toEqual(
      record.rows.map(({ conditions }) => conditions),
    )
  })
})

describe('tableFor', () => {
  const configMaps = { group: '', version: 'v1', resource: 'configmaps' }
  const object: ApiObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'shop' },
    data: { x: 'y' },
  }

  it.each([
    ['None', null],
    ['Object', object],
    [
      'Metadata',
      {
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: object.metadata,
      },
    ],
  ] as const)('includeObject=%s', (includeObject, carried) => {
    const { rows } = tableOf(configMaps, [object], { includeObject, version: 'v1' })
    expect(rows[0]?.object).toEqual(carried)
  })

  it('repeats no columns for later events of a watch', () => {
    const options = { ...whole, withoutColumns: true }
    expect(tableOf(configMaps, [object], options).columnDefinitions).toBeNull()
  })

  it('passes on what the list says about itself', () => {
    const metadata = { resourceVersion: '7', continue: 'c', remainingItemCount: 3 }
    expect(tableOf(configMaps, [], { ...whole, metadata }).metadata).toEqual(metadata)
  })
})

describe('clusters', () => {
  const clusters = { group: 'federation', version: 'v1beta1', resource: 'clusters' }
  const cluster = (status?: object): ApiObject => ({
    apiVersion: 'federation/v1beta1',
    kind: 'Cluster',
    metadata: { name: 'eu-west' },
    spec: {
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: 'https://192.0.2.1' }],
    },
    ...(status && { status: { ...status } }),
  })
  const condition = (type: string, status: string) => ({ type, status })

  it('have the columns that people ask for', () => {
    const { columnDefinitions } = tableOf(clusters, [])
    const shown = columnDefinitions.filter((c) => c.priority === 0).map((c) => c.name)
    expect(shown).toEqual(['Name', 'Status', 'Version', 'Region', 'Zones', 'Age'])
  })

  it.each([
    ['Unknown', undefined],
    ['Ready', { conditions: [condition('Ready', 'True'), condition('Offline', 'False')] }],
    ['NotReady', { conditions: [condition('Ready', 'False'), condition('Offline', 'False')] }],
    ['Offline', { conditions: [condition('Ready', 'Unknown'), condition('Offline', 'True')] }],
    ['Offline', { conditions: [condition('Ready', 'False'), condition('Offline', 'True')] }],
  ])('are %s', (word, status) => {
    expect(tableOf(clusters, [cluster(status)]).rows[0]?.cells[1]).toBe(word)
  })

  it('tell where they are', () => {
    const status = { version: 'v1.36.3', region: 'eu', zones: ['a', 'b'] }
    const [row] = tableOf(clusters, [cluster(status)]).rows
    expect(row?.cells.slice(2, 5)).toEqual(['v1.36.3', 'eu', 'a,b'])
  })
})
