import { describe, expect, it } from 'vitest'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { federatedTypes } from '../federated-types/index.ts'
import type { FederatedType } from '../federated-types/federated-type.ts'
import { desiredObject, desiredShare, mergeIntoCopy, observedHash } from './desired-object.ts'

const federation = 'fed-uid'

function typeOf(kind: string): FederatedType {
  const type = federatedTypes.find((each) => each.kind === kind)
  if (type === undefined) throw new Error(`no type ${kind}`)
  return type
}

const configMap = (over: JsonObject = {}, metadata: JsonObject = {}): ApiObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'shop', uid: 'source-uid', resourceVersion: '7', ...metadata },
  data: { key: 'value' },
  ...over,
})

describe('desiredObject', () => {
  const type = typeOf('ConfigMap')

  it("carries the marks of its federation and source, and nothing that is the federation's own", () => {
    const source = configMap(
      { status: { any: 1 } },
      {
        labels: { app: 'web', 'federation.kubernetes.io/managed': 'forged' },
        annotations: {
          note: 'x',
          'kubectl.kubernetes.io/last-applied-configuration': '{}',
          'federation.kubernetes.io/deployment-preferences': '{}',
          'federation.alpha.kubernetes.io/cluster-selector': '[]',
        },
        ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x' }],
        finalizers: ['federation.kubernetes.io/delete-from-underlying-clusters'],
        managedFields: [{}],
        generation: 3,
      },
    )
    expect(desiredObject(type, source, federation).object).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'a',
        namespace: 'shop',
        labels: { app: 'web', 'federation.kubernetes.io/managed': 'true' },
        annotations: {
          note: 'x',
          'federation.kubernetes.io/federation-uid': federation,
          'federation.kubernetes.io/source-uid': 'source-uid',
          'federation.kubernetes.io/propagated-keys': '{"labels":["app"],"annotations":["note"]}',
        },
      },
      data: { key: 'value' },
    })
  })

  it('has a hash of what is written: order of keys and status do not count, data does', () => {
    const hash = (source: ApiObject): string => desiredObject(type, source, federation).hash
    const base = hash(configMap({ data: { a: '1', b: '2' } }))
    expect(hash(configMap({ data: { b: '2', a: '1' } }))).toBe(base)
    expect(
      hash(configMap({ data: { a: '1', b: '2' } }, { resourceVersion: '8', finalizers: ['x'] })),
    ).toBe(base)
    expect(hash(configMap({ data: { a: '1', b: '3' } }))).not.toBe(base)
    expect(hash(configMap({ data: { a: '1', b: '2' } }, { uid: 'other' }))).not.toBe(base)
    expect(hash(configMap({ data: { a: '1', b: '2' } }, { labels: { x: 'y' } }))).not.toBe(base)
  })

  it('splits replicas without telling the other members', () => {
    const deployment = typeOf('Deployment')
    const source: ApiObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop', uid: 'u' },
      spec: { replicas: 7, template: { spec: {} } },
    }
    const desired = desiredObject(deployment, source, federation)
    const four = desiredShare(deployment, desired, 4)
    expect(four.object.spec).toEqual({ replicas: 4, template: { spec: {} } })
    const scaled = desiredObject(
      deployment,
      { ...source, spec: { ...source.spec, replicas: 9 } },
      federation,
    )
    expect(desiredShare(deployment, scaled, 4).hash).toBe(four.hash)
    expect(desiredShare(deployment, scaled, 5).hash).not.toBe(four.hash)
  })
})

describe('mergeIntoCopy', () => {
  const type = typeOf('ConfigMap')
  const write = (labels: Record<string, string>, copy: ApiObject): ApiObject =>
    mergeIntoCopy(type, desiredObject(type, configMap({}, { labels }), federation).object, copy)

  it('keeps what the member has, and takes away what we wrote and no longer wish', () => {
    const first = write({ app: 'web', tier: 'front' }, configMap({}, { uid: 'copy', labels: {} }))
    const touched: ApiObject = {
      ...first,
      metadata: {
        ...first.metadata,
        uid: 'copy',
        resourceVersion: '99',
        finalizers: ['member.example.test/hold'],
        ownerReferences: [{ apiVersion: 'v1', kind: 'Y', name: 'y', uid: 'y' }],
        labels: { ...first.metadata.labels, local: 'kept', app: 'changed' },
        annotations: { ...first.metadata.annotations, 'local.example.test/note': 'kept' },
      },
    }
    const { metadata } = write({ app: 'web' }, touched)
    expect(metadata.labels).toEqual({
      app: 'web',
      local: 'kept',
      'federation.kubernetes.io/managed': 'true',
    })
    expect(metadata.annotations?.['local.example.test/note']).toBe('kept')
    expect(metadata).toMatchObject({
      uid: 'copy',
      resourceVersion: '99',
      finalizers: ['member.example.test/hold'],
      ownerReferences: [{ kind: 'Y' }],
    })
  })

  it('survives a damaged record of keys', () => {
    for (const damaged of ['{', 'null', '[]', '{"labels":3}']) {
      const annotations = { 'federation.kubernetes.io/propagated-keys': damaged }
      const merged = write({ app: 'web' }, configMap({}, { annotations, labels: { other: 'x' } }))
      expect(merged.metadata.labels).toMatchObject({ app: 'web', other: 'x' })
    }
  })

  it('leaves a namespace its finalizers', () => {
    const namespace = typeOf('Namespace')
    const source: ApiObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: 'shop',
        uid: 'u',
        labels: { 'kubernetes.io/metadata.name': 'shop', a: 'b' },
      },
      spec: { finalizers: ['kubernetes'] },
    }
    const desired = desiredObject(namespace, source, federation).object
    expect(desired.spec).toBeUndefined()
    expect(desired.metadata.labels).not.toHaveProperty(['kubernetes.io/metadata.name'])
    const copy: ApiObject = { ...source, spec: { finalizers: ['kubernetes', 'own'] } }
    expect(mergeIntoCopy(namespace, desired, copy).spec).toEqual({
      finalizers: ['kubernetes', 'own'],
    })
  })
})

describe('observedHash', () => {
  const type = typeOf('ConfigMap')
  const desired = desiredObject(type, configMap({}, { labels: { app: 'web' } }), federation).object
  const copy = mergeIntoCopy(type, desired, configMap({}, { uid: 'copy' }))
  const changed = (over: JsonObject, metadata: JsonObject = {}): string =>
    observedHash(type, { ...copy, ...over, metadata: { ...copy.metadata, ...metadata } }, desired)
  const settled = changed({})

  it.each<[string, string, boolean]>([
    ['a new version', changed({}, { resourceVersion: '500', managedFields: [{}] }), false],
    ["somebody's own label", changed({}, { labels: { ...copy.metadata.labels, own: 'x' } }), false],
    [
      'a changed label of ours',
      changed({}, { labels: { ...copy.metadata.labels, app: 'x' } }),
      true,
    ],
    ['our labels gone', changed({}, { labels: {} }), true],
    ['changed data', changed({ data: { key: 'other' } }), true],
    ['added data', changed({ data: { key: 'value', more: 'x' } }), true],
  ])('%s: drift %s', (_, hash, isDrift) => {
    expect(hash !== settled).toBe(isDrift)
  })
})
