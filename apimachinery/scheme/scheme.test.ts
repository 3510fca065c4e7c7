import { describe, expect, test } from 'vitest'
import { Scheme } from './scheme.ts'

const scheme = new Scheme()

describe('Scheme', () => {
  test.each([
    [
      '',
      'v1',
      'pods',
      'Pod',
      'pod',
      true,
      ['po'],
      ['binding', 'ephemeralcontainers', 'resize', 'status'],
    ],
    ['', 'v1', 'namespaces', 'Namespace', 'namespace', false, ['ns'], ['finalize', 'status']],
    ['', 'v1', 'endpoints', 'Endpoints', 'endpoints', true, ['ep'], []],
    ['', 'v1', 'serviceaccounts', 'ServiceAccount', 'serviceaccount', true, ['sa'], ['token']],
    [
      'apps',
      'v1',
      'deployments',
      'Deployment',
      'deployment',
      true,
      ['deploy'],
      ['scale', 'status'],
    ],
    ['federation', 'v1beta1', 'clusters', 'Cluster', 'cluster', false, [], ['status']],
    ['federation', 'v1beta1', 'tombstones', 'Tombstone', 'tombstone', false, [], []],
  ])('%s/%s %s', (...row) => {
    const [group, version, resource, kind, singular, namespaced, shortNames, subs] = row
    const info = scheme.resource({ group, version, resource })
    expect(info).toMatchObject({ kind, singular, namespaced, shortNames, stored: true })
    expect([...(info?.subresources.keys() ?? [])].sort()).toEqual(subs)
    expect(scheme.forKind({ group, version, kind })).toBe(info)
    expect(scheme.definitions[info?.definition ?? '']).toBeDefined()
  })

  test.each([
    [
      { group: 'autoscaling', version: 'v1', resource: 'horizontalpodautoscalers' },
      'autoscaling',
      'v2',
    ],
    [{ group: 'events.k8s.io', version: 'v1', resource: 'events' }, '', 'v1'],
    [{ group: 'apps', version: 'v1', resource: 'deployments' }, 'apps', 'v1'],
  ])('%o is stored as %s/%s', (gvr, group, version) => {
    expect(scheme.resource(gvr)?.hub).toEqual({ group, version, resource: gvr.resource })
  })

  test('every resource has a definition and foreign subresource kinds are published', () => {
    for (const info of scheme.resources) {
      expect(info.definition, info.resource).not.toBe('')
      for (const sub of info.subresources.values()) {
        expect(scheme.definitionOf(sub.kind), `${info.resource}/${sub.name}`).toBeDefined()
      }
    }
  })

  test('every $ref of a definition resolves', () => {
    const refs = JSON.stringify(scheme.definitions).matchAll(/"#\/definitions\/([^"]+)"/g)
    const dangling = [...refs].map((m) => m[1] ?? '').filter((n) => !(n in scheme.definitions))
    expect(dangling).toEqual([])
  })

  test('reviews are not stored', () => {
    const reviews = scheme.resources.filter((r) => !r.stored).map((r) => r.resource)
    expect(reviews.sort()).toEqual([
      'bindings',
      'localsubjectaccessreviews',
      'selfsubjectaccessreviews',
      'selfsubjectreviews',
      'selfsubjectrulesreviews',
      'subjectaccessreviews',
      'tokenreviews',
    ])
  })

  test('group versions come in discovery order, GA only', () => {
    const gvs = scheme.groupVersions().map((gv) => `${gv.group}/${gv.version}`)
    expect(gvs.slice(0, 3)).toEqual(['/v1', 'apiregistration.k8s.io/v1', 'apps/v1'])
    expect(gvs.indexOf('autoscaling/v2')).toBe(gvs.indexOf('autoscaling/v1') - 1)
    expect(gvs.at(-1)).toBe('federation/v1beta1')
    expect(gvs.filter((gv) => /alpha|beta/.test(gv))).toEqual(['federation/v1beta1'])
  })

  test('a member serves no federation group and shares the data', () => {
    const member = new Scheme({ federation: false })
    expect(member.resource({ group: 'federation', version: 'v1beta1', resource: 'clusters' })).toBe(
      undefined,
    )
    expect(member.definitionOf({ group: 'federation', version: 'v1beta1', kind: 'Cluster' })).toBe(
      undefined,
    )
    const name = 'io.k8s.api.core.v1.Pod'
    expect(member.definitions[name]).toBe(scheme.definitions[name])
  })

  test('DeleteOptions is found under any group', () => {
    const name = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'
    expect(scheme.definitionOf({ group: '', version: 'v1', kind: 'DeleteOptions' })).toBe(name)
    expect(scheme.definitionOf({ group: 'policy', version: 'v1', kind: 'DeleteOptions' })).toBe(
      name,
    )
  })
})
