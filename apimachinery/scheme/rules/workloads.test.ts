import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../meta/object-meta.ts'
import { applyDefaults, checkFields, validateFields } from '../fields.ts'
import { Scheme } from '../scheme.ts'

const scheme = new Scheme()

function problems(gvk: { group: string; version: string; kind: string }) {
  return (body: JsonObject, old?: JsonObject): string[] => {
    const object = structuredClone(body)
    checkFields(scheme, gvk, object)
    applyDefaults(scheme, gvk, object)
    return validateFields(scheme, gvk, object, old).map((e) => `${e.field}: ${e.message}`)
  }
}

const claim = (name: string, more: JsonObject = {}): JsonObject => ({
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...more },
})

const labels = { app: 'web' }
const set = (mount: string, claims: readonly JsonObject[]): JsonObject => ({
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    serviceName: 'web',
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        containers: [
          { name: 'main', image: 'a', volumeMounts: [{ name: mount, mountPath: '/data' }] },
        ],
      },
    },
    volumeClaimTemplates: claims,
  },
})

describe('StatefulSets', () => {
  const of = problems({ group: 'apps', version: 'v1', kind: 'StatefulSet' })

  test('containers mount what claim templates become', () => {
    expect(of(set('data', [claim('data'), claim('logs')]))).toEqual([])
  })

  test('containers mount nothing else', () => {
    expect(of(set('other', [claim('data')]))).toEqual([
      'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "other"',
    ])
  })

  test('claim templates are judged in new ones only: they cannot be changed', () => {
    const wrong = set('data', [claim('data', { accessModes: ['Nobody'] })])
    expect(of(wrong)).toHaveLength(1)
    expect(of(wrong, set('data', [claim('data')]))).toEqual([])
  })
})

describe('Deployments', () => {
  const of = problems({ group: 'apps', version: 'v1', kind: 'Deployment' })
  const deployment = (selector: JsonObject, metadata: JsonObject): JsonObject => ({
    spec: {
      selector,
      template: { metadata, spec: { containers: [{ name: 'main', image: 'a' }] } },
    },
  })

  test.each([
    [{}, 'null'],
    [{ labels: {} }, '{}'],
  ])('labels are shown as they were given: %j', (metadata, shown) => {
    expect(of(deployment({ matchLabels: labels }, metadata))).toEqual([
      `spec.template.metadata.labels: Invalid value: ${shown}: \`selector\` does not match template \`labels\``,
    ])
  })

  test('under a selector that cannot be read the template is not looked at', () => {
    const body = deployment({ matchLabels: { app: 'not a label' } }, { labels: { 'a b': 'c' } })
    expect(of(body).map((text) => text.split(':')[0])).toEqual([
      'spec.selector.matchLabels',
      'spec.selector',
    ])
  })
})
