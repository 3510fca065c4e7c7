import { describe, expect, test } from 'vitest'
import { Scheme } from '#apimachinery/scheme/scheme.ts'
import type { Media } from './negotiation.ts'
import { tableFor } from './table.ts'
import { transformList, transformObject } from './transform.ts'

const info = new Scheme().resource({ group: 'apps', version: 'v1', resource: 'deployments' })
if (info === undefined) throw new Error('no Deployments')
const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } }
const as = (form: Media['as']) =>
  ({
    media: { as: form, version: 'v1' },
    info,
    table: tableFor,
    includeObject: 'Metadata',
  }) as const

describe('forms', () => {
  test('metadata of one, and of a list', () => {
    const metadata = { resourceVersion: '1' }
    expect(transformObject(as('PartialObjectMetadata'), object)).toEqual({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'a' },
    })
    expect(transformList(as('PartialObjectMetadataList'), [object], metadata)).toMatchObject({
      kind: 'PartialObjectMetadataList',
      metadata,
      items: [{ metadata: { name: 'a' } }],
    })
  })

  test('one where a list is asked for, and a list for one, are 406', () => {
    expect(() => transformObject(as('PartialObjectMetadataList'), object)).toThrow(
      'you requested PartialObjectMetadataList, but the requested object is not a list (*apps.Deployment)',
    )
    expect(() =>
      transformList(as('PartialObjectMetadata'), [object], { resourceVersion: '1' }),
    ).toThrow('but the requested object is a list (*apps.DeploymentList)')
  })
})

test('metadata alone has no annotation that is a field inside', () => {
  const key = 'deprecated.daemonset.template.generation'
  const set = (annotations: Record<string, string>) => ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'a', annotations },
  })
  const form = as('PartialObjectMetadata')
  expect(transformObject(form, set({ [key]: '1' }))).toMatchObject({ metadata: { name: 'a' } })
  expect(transformObject(form, set({ [key]: '1' }))).not.toHaveProperty('metadata.annotations')
  expect(transformObject(form, set({ [key]: '1', a: 'b' }))).toHaveProperty(
    'metadata.annotations',
    { a: 'b' },
  )
  const other = { ...set({ [key]: '1' }), kind: 'Deployment' }
  expect(transformObject(form, other)).toHaveProperty(['metadata', 'annotations', key], '1')
})
