import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { GroupVersionKind } from '../meta/group-version.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import { applyDefaults, checkFields, validateFields } from './fields.ts'
import { jobLabels, jobUidLabel } from './rules/job-selector.ts'
import { Scheme } from './scheme.ts'

const scheme = new Scheme()

function recorded<T>(file: string): T[] {
  return JSON.parse(readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')) as T[]
}

interface Defaulted {
  name: string
  gvk: GroupVersionKind
  given: JsonObject
  expected: JsonObject
}

interface Refused {
  gvk: GroupVersionKind
  given: JsonObject
  errors: string[]
}

const accept = (gvk: GroupVersionKind, given: JsonObject): JsonObject => {
  const object = structuredClone(given)
  expect(checkFields(scheme, gvk, object)).toEqual({ unknown: [], typeErrors: [] })
  applyDefaults(scheme, gvk, object)
  return object
}

/** Strategies have been at an object before it is judged; of Jobs they add what rules ask for. */
const prepared = (gvk: GroupVersionKind, object: JsonObject): JsonObject => {
  if (gvk.kind !== 'Job') return object
  const { template, ...spec } = object['spec'] as JsonObject & { readonly template: JsonObject }
  if (spec['manualSelector'] === true) return object
  const labels = jobLabels('x', '')
  const selector = { matchLabels: { [jobUidLabel]: '' } }
  return {
    ...object,
    spec: { ...spec, selector, template: { ...template, metadata: { labels } } },
  }
}

describe('applyDefaults gives what a Kubernetes 1.36 server answered', () => {
  // Recorded with dry runs; what admission and strategies add and nulls are taken out.
  const cases = recorded<Defaulted>('defaults.json')
  test.each(cases.map((c) => [c.name, c] as const))('%s', (_, { gvk, given, expected }) => {
    const object = accept(gvk, given)
    expect(structuredClone(object)).toEqual(expected)
    expect(validateFields(scheme, gvk, prepared(gvk, object))).toEqual([])
    const again = structuredClone(object)
    applyDefaults(scheme, gvk, again)
    expect(again).toEqual(structuredClone(object))
    expect(checkFields(scheme, gvk, again)).toEqual({ unknown: [], typeErrors: [] })
    applyDefaults(scheme, gvk, again)
    expect(again).toEqual(structuredClone(object))
  })
})

describe('validateFields finds what a Kubernetes 1.36 server found', () => {
  const cases = recorded<Refused>('validation.json')
  test.each(
    cases.map((c) => [`${c.gvk.kind} ${JSON.stringify(c.given).slice(0, 160)}`, c] as const),
  )('%s', (_, { gvk, given, errors }) => {
    const found = validateFields(scheme, gvk, prepared(gvk, accept(gvk, given)))
    expect(found.map((e) => `${e.type} ${e.field}: ${e.message}`).sort()).toEqual(errors)
  })
})

const gvks = {
  Pod: { group: '', version: 'v1', kind: 'Pod' },
  Secret: { group: '', version: 'v1', kind: 'Secret' },
  ConfigMap: { group: '', version: 'v1', kind: 'ConfigMap' },
  Service: { group: '', version: 'v1', kind: 'Service' },
  Deployment: { group: 'apps', version: 'v1', kind: 'Deployment' },
  ControllerRevision: { group: 'apps', version: 'v1', kind: 'ControllerRevision' },
  ClusterRole: { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'ClusterRole' },
  CRD: { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' },
  Lease: { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease' },
  Cluster: { group: 'federation', version: 'v1beta1', kind: 'Cluster' },
} as const

const pod = (container: JsonObject, spec: JsonObject = {}): JsonObject => ({
  metadata: { name: 'x' },
  spec: { containers: [{ name: 'c', image: 'i', ...container }], ...spec },
})

const into = (what: string, field: string, type: string) =>
  `json: cannot unmarshal ${what} into Go struct field ${field} of type ${type}`
const badQuantity =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

describe('validateFields of an update', () => {
  const gvk = { group: 'apps', version: 'v1', kind: 'Deployment' }
  const invalid: JsonObject = { replicas: -1, selector: {}, template: {} }
  const old = { metadata: { name: 'x' }, spec: invalid }

  test('does not judge again what is the same, metadata apart', () => {
    const object = { metadata: { name: 'x', labels: { a: 'b' } }, spec: invalid }
    expect(validateFields(scheme, gvk, object, old)).toEqual([])
  })

  test('judges all of it when a part is another one: rules look at what is beside', () => {
    const slices = { group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice' }
    const before = { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [] }
    const after = { ...before, addressType: 'IPv6' }
    const fields = validateFields(scheme, slices, after, before).map(({ field }) => field)
    expect(fields).toContain('endpoints[0].addresses[0]')
  })

  test('judges what is another one, and everything of a new object', () => {
    const another = { metadata: { name: 'x' }, spec: { ...invalid } }
    const fields = validateFields(scheme, gvk, another, old).map(({ field }) => field)
    expect(fields).toContain('spec.replicas')
    expect(validateFields(scheme, gvk, old).map(({ field }) => field)).toEqual(fields)
  })
})

describe('checkFields words type errors as a Kubernetes 1.36 server does', () => {
  const spec = (fields: JsonObject) => ({ metadata: { name: 'x' }, spec: fields })
  test.each<[keyof typeof gvks, JsonObject, string]>([
    [
      'Deployment',
      spec({ replicas: '3' }),
      into('string', 'DeploymentSpec.spec.replicas', 'int32'),
    ],
    [
      'Deployment',
      spec({ replicas: 3.5 }),
      into('number 3.5', 'DeploymentSpec.spec.replicas', 'int32'),
    ],
    [
      'Deployment',
      spec({ replicas: 3000000000 }),
      into('number 3000000000', 'DeploymentSpec.spec.replicas', 'int32'),
    ],
    ['Deployment', spec({ replicas: {} }), into('object', 'DeploymentSpec.spec.replicas', 'int32')],
    ['Deployment', spec({ paused: 'yes' }), into('string', 'DeploymentSpec.spec.paused', 'bool')],
    [
      'Deployment',
      spec({ template: [] }),
      into('array', 'DeploymentSpec.spec.template', 'v1.PodTemplateSpec'),
    ],
    ['Pod', pod({ image: 1 }), into('number', 'Container.spec.containers.image', 'string')],
    ['Pod', pod({ args: [1] }), into('number', 'Container.spec.containers.args', 'string')],
    ['Pod', pod({ args: { a: 1 } }), into('object', 'Container.spec.containers.args', '[]string')],
    [
      'Pod',
      pod({ env: [{ name: 'a', value: 1 }] }),
      into('number', 'EnvVar.spec.containers.env.value', 'string'),
    ],
    [
      'Pod',
      pod({}, { containers: {} }),
      into('object', 'PodSpec.spec.containers', '[]v1.Container'),
    ],
    [
      'Pod',
      pod({}, { nodeSelector: { a: 1 } }),
      into('number', 'PodSpec.spec.nodeSelector', 'string'),
    ],
    ['Pod', pod({ resources: { limits: { cpu: 'abc' } } }), badQuantity],
    ['Pod', pod({ resources: { limits: { cpu: true } } }), badQuantity],
    [
      'Pod',
      pod({ livenessProbe: { httpGet: { port: true } } }),
      into(
        'bool',
        'HTTPGetAction.spec.containers.livenessProbe.ProbeHandler.httpGet.port',
        'int32',
      ),
    ],
    [
      'Pod',
      pod({ livenessProbe: { httpGet: { port: 1.5 } } }),
      into(
        'number 1.5',
        'HTTPGetAction.spec.containers.livenessProbe.ProbeHandler.httpGet.port',
        'int32',
      ),
    ],
    [
      'Pod',
      { metadata: { creationTimestamp: 'abc' } },
      'parsing time "abc" as "2006-01-02T15:04:05Z07:00": cannot parse "abc" as "2006"',
    ],
    [
      'Pod',
      { metadata: { creationTimestamp: 3 } },
      into('number', 'ObjectMeta.metadata.creationTimestamp', 'string'),
    ],
    [
      'Pod',
      { metadata: { labels: { a: 1 } } },
      into('number', 'ObjectMeta.metadata.labels', 'string'),
    ],
    ['Pod', { metadata: 'x' }, into('string', 'Pod.metadata', 'v1.ObjectMeta')],
    ['Secret', { data: { a: '!!!' } }, 'illegal base64 data at input byte 0'],
    ['Secret', { data: { a: 1 } }, into('number', 'Secret.data', '[]uint8')],
    [
      'Service',
      { spec: { ports: [{ port: '80' }] } },
      into('string', 'ServicePort.spec.ports.port', 'int32'),
    ],
    [
      'ClusterRole',
      { rules: [{ verbs: 'get' }] },
      into('string', 'PolicyRule.rules.verbs', '[]string'),
    ],
    [
      'CRD',
      { spec: { versions: [{ schema: { openAPIV3Schema: { maximum: 'x' } } }] } },
      into('string', 'JSONSchemaProps.spec.versions.schema.openAPIV3Schema.maximum', 'float64'),
    ],
  ])('%s %j', (kind, object, message) => {
    expect(checkFields(scheme, gvks[kind], structuredClone(object)).typeErrors).toEqual([message])
  })
})

describe('checkFields prunes and normalizes', () => {
  test('unknown fields go, in the order of the body, case-sensitively', () => {
    const object = pod(
      { prots: 1, Image: 'x', env: [{ name: 'a', valu: 'x' }] },
      { foo: 1, nodeselector: {} },
    )
    const { unknown } = checkFields(scheme, gvks.Pod, object)
    expect(unknown).toEqual([
      'spec.containers[0].prots',
      'spec.containers[0].Image',
      'spec.containers[0].env[0].valu',
      'spec.foo',
      'spec.nodeselector',
    ])
    expect(object).toEqual(pod({ env: [{ name: 'a' }] }))
  })

  test('a misspelt field of the federation group is found', () => {
    const object = {
      metadata: { name: 'a' },
      spec: { serverAddressByClientCIDRs: [], secretref: {} },
    }
    expect(checkFields(scheme, gvks.Cluster, object).unknown).toEqual(['spec.secretref'])
  })

  test.each<[string, keyof typeof gvks, JsonObject, JsonObject]>([
    [
      'nulls and empty values that Go leaves out',
      'ConfigMap',
      {
        metadata: { name: 'x', labels: {}, namespace: '', finalizers: [], ownerReferences: null },
        data: {},
      },
      { metadata: { name: 'x' } },
    ],
    [
      'pointers to zero stay',
      'Deployment',
      { spec: { replicas: 0, minReadySeconds: 0, paused: false } },
      { spec: { replicas: 0 } },
    ],
    [
      'null in a map or list is the zero value',
      'Pod',
      pod({ args: [null, 'a'] }, { nodeSelector: { a: null } }),
      pod({ args: ['', 'a'] }, { nodeSelector: { a: '' } }),
    ],
    ['base64 loses its line breaks', 'Secret', { data: { a: 'aGk\n=' } }, { data: { a: 'aGk=' } }],
    [
      'times are UTC in whole seconds',
      'Pod',
      { metadata: { deletionTimestamp: '2024-01-01T01:00:00.500000+01:00' } },
      { metadata: { deletionTimestamp: '2024-01-01T00:00:00Z' } },
    ],
    [
      'micro times have six digits',
      'Lease',
      { spec: { renewTime: '2024-01-01T01:00:00.500000+01:00' } },
      { spec: { renewTime: '2024-01-01T00:00:00.500000Z' } },
    ],
    [
      'free-form values are left alone',
      'ControllerRevision',
      { data: { a: null, b: 0, c: '', d: [], e: { F: {} } }, revision: 1 },
      { data: { a: null, b: 0, c: '', d: [], e: { F: {} } }, revision: 1 },
    ],
    [
      'int-or-string takes both',
      'Service',
      {
        spec: {
          ports: [
            { port: 1, targetPort: 'http' },
            { port: 2, targetPort: 3 },
          ],
        },
      },
      {
        spec: {
          ports: [
            { port: 1, targetPort: 'http' },
            { port: 2, targetPort: 3 },
          ],
        },
      },
    ],
  ])('%s', (_, kind, object, expected) => {
    const given = structuredClone(object)
    expect(checkFields(scheme, gvks[kind], given)).toEqual({ unknown: [], typeErrors: [] })
    expect(structuredClone(given)).toEqual(expected)
  })

  test('a map key named __proto__ is a key like any other', () => {
    const object = JSON.parse('{"metadata":{"annotations":{"__proto__":null}}}') as JsonObject
    checkFields(scheme, gvks.ConfigMap, object)
    expect(JSON.stringify(object)).toBe('{"metadata":{"annotations":{"__proto__":""}}}')
  })
})
