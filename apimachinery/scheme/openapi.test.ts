import { describe, expect, test } from 'vitest'
import type { Definition } from './definition.ts'
import { openapiV2, openapiV3, openapiV3Hash, openapiV3Index, openapiV3Path } from './openapi.ts'
import { Scheme } from './scheme.ts'

const scheme = new Scheme()

interface Operation {
  parameters: { name: string; in: string }[]
  consumes?: string[]
  responses: Record<string, unknown>
  'x-kubernetes-action': string
  'x-kubernetes-group-version-kind': { group: string; version: string; kind: string }
}
type Paths = Record<string, Record<string, Operation>>
interface V2 {
  paths: Paths
  definitions: Record<string, Definition>
}
interface V3 {
  paths: Paths
  components: { schemas: Record<string, Record<string, unknown>> }
}

const v2 = openapiV2(scheme, { version: 'v1' }) as unknown as V2
const v3 = (group: string, version: string) =>
  openapiV3(scheme, { group, version }, { version: 'v1' }) as unknown as V3
const query = (operation: Operation | undefined) =>
  operation?.parameters.filter((p) => p.in === 'query').map((p) => p.name)
const deployment = '/apis/apps/v1/namespaces/{namespace}/deployments/{name}'
const gvk = { group: 'apps', version: 'v1', kind: 'Deployment' }

describe('openapiV2', () => {
  test('says of each operation what kubectl asks of it', () => {
    const item = v2.paths[deployment]
    expect(item?.['patch']).toMatchObject({
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': gvk,
    })
    expect(query(item?.['patch'])).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force'])
    expect(query(item?.['put'])).toEqual(['dryRun', 'fieldManager', 'fieldValidation'])
    expect(query(item?.['delete'])).toContain('propagationPolicy')
    const collection = v2.paths[deployment.replace('/{name}', '')]
    expect(query(collection?.['post'])).toEqual(['dryRun', 'fieldManager', 'fieldValidation'])
    expect(collection?.['get']).toMatchObject({ 'x-kubernetes-action': 'list' })
    expect(collection?.['delete']).toMatchObject({ 'x-kubernetes-action': 'deletecollection' })
    expect(v2.paths['/apis/apps/v1/deployments']).toHaveProperty('get')
    const scale = v2.paths[`${deployment}/scale`]?.['put']
    expect(scale).toMatchObject({ 'x-kubernetes-group-version-kind': { kind: 'Scale' } })
  })

  test('every reference resolves, nothing unserved and no protobuf is in it', () => {
    const json = JSON.stringify(v2)
    const refs = [...json.matchAll(/"#\/definitions\/([^"]+)"/g)].map((m) => m[1] ?? '')
    expect(refs.filter((name) => !(name in v2.definitions))).toEqual([])
    expect(json).not.toContain('x-protobuf')
    expect(
      Object.keys(v2.definitions).filter(
        (name) => /\.v\d+(alpha|beta)\d+\./.test(name) && !name.startsWith('io.k8s.federation'),
      ),
    ).toEqual([])
    expect(scheme.definitions['io.k8s.api.core.v1.Pod']).toHaveProperty('x-protobuf')
  })

  test('keeps the extensions that patches need, and the federation kinds', () => {
    const containers = v2.definitions['io.k8s.api.core.v1.PodSpec']?.properties?.['containers']
    expect(containers).toMatchObject({
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    })
    expect(v2.definitions['io.k8s.federation.v1beta1.Cluster']).toBeDefined()
    expect(v2.paths['/apis/federation/v1beta1/clusters/{name}/status']).toHaveProperty('patch')
  })

  test('has a path for every resource, as discovery names it', () => {
    for (const r of scheme.resources) {
      const root = r.group === '' ? `/api/${r.version}` : `/apis/${r.group}/${r.version}`
      expect(v2.paths, r.resource).toHaveProperty([
        `${root}/${r.namespaced ? 'namespaces/{namespace}/' : ''}${r.resource}`,
      ])
    }
  })
})

describe('openapiV3', () => {
  test('a document is whole by itself', () => {
    for (const { group, version } of scheme.groupVersions()) {
      const document = v3(group, version)
      const refs = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)]
      const missing = refs.map((m) => m[1] ?? '').filter((n) => !(n in document.components.schemas))
      expect(missing, `${group}/${version}`).toEqual([])
      expect(JSON.stringify(document)).not.toMatch(/x-protobuf|#\/definitions/)
    }
  })

  test('references with siblings become allOf, special types their own', () => {
    const { schemas } = v3('apps', 'v1').components
    expect(schemas['io.k8s.api.apps.v1.DeploymentSpec']).toMatchObject({
      properties: {
        strategy: {
          allOf: [{ $ref: '#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy' }],
          'x-kubernetes-patch-strategy': 'retainKeys',
        },
        template: { $ref: '#/components/schemas/io.k8s.api.core.v1.PodTemplateSpec' },
      },
    })
    expect(schemas['io.k8s.apimachinery.pkg.util.intstr.IntOrString']).toEqual({
      format: 'int-or-string',
      oneOf: [{ type: 'integer' }, { type: 'string' }],
    })
    expect(schemas['io.k8s.api.apps.v1.Deployment']).toMatchObject({
      'x-kubernetes-group-version-kind': [gvk],
    })
  })

  test('patch declares its parameters', () => {
    expect(query(v3('apps', 'v1').paths[deployment]?.['patch'])).toContain('fieldValidation')
  })

  test('the index has the hash of every document and does not change by itself', () => {
    const index = openapiV3Index(scheme, { version: 'v1' })
    expect(Object.keys(index.paths)).toEqual(scheme.groupVersions().map(openapiV3Path))
    const json = JSON.stringify(openapiV3(scheme, { group: '', version: 'v1' }, { version: 'v1' }))
    expect(index.paths['api/v1']?.serverRelativeURL).toBe(
      `/openapi/v3/api/v1?hash=${openapiV3Hash(json)}`,
    )
    expect(openapiV3Index(new Scheme(), { version: 'v1' })).toEqual(index)
  })
})
