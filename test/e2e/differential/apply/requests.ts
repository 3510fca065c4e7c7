import type { Area, Case, Request } from '../area.ts'

/** A server-side apply; a text goes as it is. */
export const applyRequest = (
  path: string,
  query: NonNullable<Request['query']>,
  body: unknown,
): Request => ({
  method: 'PATCH',
  path,
  query,
  headers: { 'content-type': 'application/apply-patch+yaml' },
  body,
})

const configMaps = '/api/v1/namespaces/{ns}/configmaps'
const deployments = '/apis/apps/v1/namespaces/{ns}/deployments'
const by = (fieldManager: string, more: object = {}) => ({ fieldManager, ...more })

const configMap = (name: string, data: unknown, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
})
const deployment = (spec: object, metadata: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', ...metadata },
  spec,
})
const whole = {
  replicas: 2,
  selector: { matchLabels: { app: 'd' } },
  template: {
    metadata: { labels: { app: 'd' } },
    spec: { containers: [{ name: 'a', image: 'nginx', ports: [{ containerPort: 80 }] }] },
  },
}
const services = '/api/v1/namespaces/{ns}/services'
const service = (spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's' },
  spec,
})
const externalName = { type: 'ExternalName', externalName: 'example.test' }
const containers = (...list: object[]) => ({ template: { spec: { containers: list } } })

/** An apply of a ConfigMap as it should not be. */
const wrong = (name: string, query: NonNullable<Request['query']>, body: unknown): Case => ({
  name,
  steps: [
    { method: 'POST', path: configMaps, body: configMap('there', { a: '1' }) },
    applyRequest(`${configMaps}/there`, query, body),
    applyRequest(`${configMaps}/new`, query, body),
  ],
})

const lastApplied = (value: object) => ({
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(value) },
})

const owners = (managedFields: unknown): Case => ({
  name: `managedFields of a client: ${JSON.stringify(managedFields)}`,
  steps: [
    applyRequest(`${configMaps}/a`, by('one'), configMap('a', { a: '1' })),
    {
      method: 'PUT',
      path: `${configMaps}/a`,
      query: by('two'),
      body: configMap('a', { a: '2' }, { managedFields }),
    },
    applyRequest(`${configMaps}/a`, by('three'), configMap('a', { a: '3' })),
    {
      method: 'POST',
      path: configMaps,
      query: by('two'),
      body: configMap('b', { a: '2' }, { managedFields }),
    },
  ],
})

const cases: readonly Case[] = [
  wrong('no manager', {}, configMap('there', { a: '1' })),
  wrong('an empty manager', by(''), configMap('there', { a: '1' })),
  wrong('a manager of 129 bytes', by('m'.repeat(129)), configMap('there', { a: '1' })),
  wrong('force that is no boolean', by('x', { force: 'perhaps' }), configMap('there', { a: '2' })),
  wrong('force in capitals', by('x', { force: 'TRUE' }), configMap('there', { a: '2' })),
  wrong('dry run', by('x', { dryRun: 'All' }), configMap('there', { b: '1' })),
  wrong('an unknown field', by('x'), { ...configMap('there', {}), nothing: 1 }),
  wrong('an unknown field, strict', by('x', { fieldValidation: 'Strict' }), {
    ...configMap('there', {}),
    nothing: 1,
  }),
  wrong('a wrong type', by('x'), configMap('there', { a: 1 })),
  wrong('a list for a map', by('x'), configMap('there', ['a'])),
  wrong('a null', by('x'), configMap('there', { a: null })),
  wrong('a null map', by('x'), configMap('there', null)),
  wrong('another kind', by('x'), { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'there' } }),
  wrong('another version', by('x'), { ...configMap('there', {}), apiVersion: 'v2' }),
  wrong('no kind', by('x'), { metadata: { name: 'there' } }),
  wrong('no name', by('x'), { apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } }),
  wrong('another namespace', by('x'), configMap('there', {}, { namespace: 'default' })),
  wrong('managed fields', by('x'), configMap('there', {}, { managedFields: [] })),
  wrong('a list', by('x'), []),
  wrong('nothing', by('x'), ''),
  wrong('no YAML', by('x'), 'a: [}'),
  wrong(
    'YAML',
    by('x'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: there}\ndata:\n  b: "1"\n',
  ),
  wrong('another uid', by('x'), configMap('there', {}, { uid: 'no-such' })),
  wrong('another resourceVersion', by('x'), configMap('there', {}, { resourceVersion: '1' })),
  wrong('an invalid label', by('x'), configMap('there', {}, { labels: { '-': 'x' } })),
  {
    name: 'what is given up',
    steps: [
      applyRequest(`${configMaps}/a`, by('one'), configMap('a', { a: '1', b: '1' })),
      applyRequest(`${configMaps}/a`, by('one'), configMap('a', { a: '1', b: '1' })),
      applyRequest(`${configMaps}/a`, by('one'), configMap('a', { b: '1' })),
      applyRequest(`${configMaps}/a`, by('one'), configMap('a', {})),
      applyRequest(`${configMaps}/a`, by('one'), {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'a' },
      }),
    ],
  },
  {
    name: 'shared fields',
    steps: [
      applyRequest(`${configMaps}/a`, by('one'), configMap('a', { a: '1' })),
      applyRequest(`${configMaps}/a`, by('two'), configMap('a', { a: '1' })),
      applyRequest(`${configMaps}/a`, by('two'), configMap('a', { a: '2' })),
      applyRequest(`${configMaps}/a`, by('one'), configMap('a', {})),
      applyRequest(`${configMaps}/a`, by('two'), configMap('a', { a: '2' })),
      {
        method: 'PUT',
        path: `${configMaps}/a`,
        query: by('put'),
        body: configMap('a', { a: '3' }),
      },
      applyRequest(`${configMaps}/a`, by('two'), configMap('a', { a: '2' })),
      applyRequest(`${configMaps}/a`, by('two', { force: true }), configMap('a', { a: '2' })),
    ],
  },
  {
    name: 'a created object is applied',
    steps: [
      { method: 'POST', path: deployments, query: by('maker'), body: deployment(whole) },
      applyRequest(`${deployments}/d`, by('one'), deployment(whole)),
      applyRequest(`${deployments}/d`, by('one'), deployment({ ...whole, replicas: 3 })),
      applyRequest(
        `${deployments}/d`,
        by('two'),
        deployment(containers({ name: 'b', image: 'x' }, { name: 'a', image: 'y' })),
      ),
      applyRequest(
        `${deployments}/d`,
        by('two', { force: true }),
        deployment(containers({ name: 'b', image: 'x' }, { name: 'a', image: 'y' })),
      ),
      applyRequest(`${deployments}/d`, by('two'), deployment(containers())),
    ],
  },
  {
    name: 'items without their key, and twice',
    steps: [
      applyRequest(`${deployments}/d`, by('one'), deployment(whole)),
      applyRequest(`${deployments}/d`, by('one'), deployment(containers({ image: 'x' }))),
      applyRequest(
        `${deployments}/d`,
        by('one'),
        deployment(containers({ name: 'a', image: 'x' }, { name: 'a', image: 'y' })),
      ),
      applyRequest(
        `${deployments}/d`,
        by('one'),
        deployment(containers({ name: 'a', image: 'x', ports: [{ protocol: 'TCP' }] })),
      ),
      applyRequest(`${deployments}/d`, by('one'), deployment(containers({ name: 1 }))),
    ],
  },
  {
    name: 'scale and status',
    steps: [
      applyRequest(`${deployments}/d`, by('one'), deployment(whole)),
      applyRequest(`${deployments}/d/scale`, by('scaler'), {
        apiVersion: 'autoscaling/v1',
        kind: 'Scale',
        metadata: { name: 'd' },
        spec: { replicas: 4 },
      }),
      applyRequest(`${deployments}/d/scale`, by('scaler', { force: true }), {
        apiVersion: 'autoscaling/v1',
        kind: 'Scale',
        metadata: { name: 'd' },
        spec: { replicas: 4 },
      }),
      { path: `${deployments}/d` },
      applyRequest(`${deployments}/d`, by('one'), deployment(whole)),
      applyRequest(`${deployments}/d/status`, by('kubelet'), {
        ...deployment({ replicas: 9 }, { labels: { a: 'b' } }),
        status: { replicas: 1 },
      }),
      applyRequest(`${deployments}/none/status`, by('kubelet'), deployment({})),
      { path: `${deployments}/d` },
    ],
  },
  {
    name: 'kubectl takes over its client-side apply',
    steps: [
      {
        method: 'POST',
        path: deployments,
        query: by('kubectl-client-side-apply'),
        body: deployment(whole, lastApplied(deployment(whole))),
      },
      applyRequest(`${deployments}/d`, by('other'), deployment({ ...whole, replicas: 5 })),
      applyRequest(`${deployments}/d`, by('kubectl'), deployment({ ...whole, replicas: 5 })),
      applyRequest(`${deployments}/d`, by('kubectl'), deployment(whole)),
    ],
  },
  ...['None', ''].map((clusterIP): Case => {
    const ports = [{ port: 80 }]
    return {
      name: `a Service becomes a name: ${clusterIP || 'with an address'}`,
      steps: [
        applyRequest(`${services}/s`, by('one'), service({ clusterIP, ports })),
        applyRequest(`${services}/s`, by('two'), service({ ipFamilyPolicy: 'SingleStack' })),
        applyRequest(`${services}/s`, by('one'), service(externalName)),
        applyRequest(`${services}/s`, by('one', { force: true }), service(externalName)),
        applyRequest(`${services}/s`, by('two'), service({})),
        applyRequest(`${services}/s`, by('one'), service(externalName)),
        applyRequest(`${services}/s`, by('one'), service({ clusterIP, ports })),
        ...[{}, { clusterIP: null }, { clusterIPs: null }, { ipFamilies: null }].map(
          (more): Request => ({
            method: 'PATCH',
            path: `${services}/s`,
            query: { dryRun: 'All' },
            headers: { 'content-type': 'application/merge-patch+json' },
            body: { spec: { ...externalName, ...more } },
          }),
        ),
      ],
    }
  }),
  {
    name: 'two versions',
    steps: ['v1', 'v2'].map((version) =>
      applyRequest(
        `/apis/autoscaling/${version}/namespaces/{ns}/horizontalpodautoscalers/h`,
        by('one', { force: true }),
        {
          apiVersion: `autoscaling/${version}`,
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: 'h' },
          spec: {
            maxReplicas: version === 'v1' ? 3 : 4,
            scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
          },
        },
      ),
    ),
  },
  owners([]),
  owners([{}]),
  owners([{ manager: 'x', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1' }]),
  owners([
    {
      manager: 'x',
      operation: 'Update',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { 'f:z': {} } },
    },
  ]),
  owners([{ manager: 'x', operation: 'Eat', apiVersion: 'v1', fieldsType: 'FieldsV1' }]),
  owners([{ manager: 'x', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV9' }]),
  owners([
    {
      manager: 'x',
      operation: 'Update',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'x:data': {} },
    },
  ]),
]

/** Server-side apply, hand-picked. */
export const apply: Area = { name: 'apply', cases: () => cases }
