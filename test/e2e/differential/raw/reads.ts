import type { Area, Case, Request, Step } from '../area.ts'
import { objectOf } from '../area.ts'

type Query = NonNullable<Request['query']>

const collection = '/api/v1/namespaces/{ns}/configmaps'
const names = ['a', 'b', 'c', 'd', 'e']

const creates: readonly Request[] = names.map((name) => ({
  method: 'POST',
  path: collection,
  body: { metadata: { name, labels: { name, even: String(name < 'c') } }, data: { name } },
}))

const versionOf = (answer: Parameters<typeof objectOf>[0]): string =>
  objectOf(answer).metadata.resourceVersion ?? ''

/** `newest` is the version of the last write of the case, `first` of the first. */
const versions = ['', '0', '1', '-1', 'text', '99999999999', 'newest', 'first'] as const
const rules = ['', 'Exact', 'NotOlderThan', 'Other'] as const

const listing =
  (version: string, query: Query): Step =>
  (earlier) => {
    const known = { newest: versionOf(earlier[4]), first: versionOf(earlier[0]) }
    const resourceVersion = (known as Record<string, string>)[version] ?? version
    return { path: collection, query: { ...query, resourceVersion } }
  }

const versionCases = (): Case[] =>
  rules.map((resourceVersionMatch) => ({
    name: `resourceVersionMatch ${resourceVersionMatch}`,
    steps: [
      ...creates,
      ...versions.flatMap((version) =>
        [{}, { limit: 2 }, { limit: 2, continue: 'nonsense' }].map((query) =>
          listing(version, { ...query, resourceVersionMatch }),
        ),
      ),
    ],
  }))

const continued =
  (query: Query): Step =>
  (earlier) => {
    const { metadata } = objectOf(earlier.at(-1)) as unknown as { metadata: { continue?: string } }
    return { path: collection, query: { ...query, continue: metadata.continue ?? '' } }
  }

const pages: Case = {
  name: 'pages',
  steps: [
    ...creates,
    { path: collection, query: { limit: 2 } },
    continued({ limit: 2 }),
    continued({ limit: 2 }),
    { path: collection, query: { limit: 2, labelSelector: 'even=false' } },
    continued({ limit: 2, labelSelector: 'even=false' }),
    { path: collection, query: { limit: 1, resourceVersion: 0 } },
    { path: collection, query: { limit: 4 } },
    { method: 'DELETE', path: `${collection}/e` },
    (earlier) => {
      const page = earlier.at(-2)
      const { metadata } = objectOf(page) as unknown as { metadata: { continue?: string } }
      return { path: collection, query: { limit: 4, continue: metadata.continue ?? '' } }
    },
    { path: collection, query: { limit: 0 } },
    { path: collection, query: { limit: -1 } },
    { path: collection, query: { limit: 'text' } },
    { path: collection, query: { limit: 2, continue: 'e30' } },
    {
      path: collection,
      query: { limit: 2, continue: 'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiLi4vIn0' },
    },
    { path: collection, query: { limit: 1, resourceVersion: 'text', continue: 'x' } },
    { path: collection, query: { timeoutSeconds: 'text' } },
    { path: collection, query: { timeoutSeconds: 5 } },
    { path: collection, query: { unknown: 'parameter' } },
    { path: collection, query: { pretty: 'true' } },
    { path: collection, query: { watch: 'maybe', timeoutSeconds: 1 } },
    { path: collection, query: { watch: 'false' } },
    { path: collection, query: { sendInitialEvents: 'true' } },
    {
      path: collection,
      query: { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' },
    },
    { path: collection, query: { allowWatchBookmarks: 'true' } },
    { path: collection, query: { resourceVersion: ['1', '2'] } },
  ],
}

const gets: Case = {
  name: 'get',
  steps: [
    ...creates.slice(0, 1),
    ...['', '0', '1', '-1', 'text', '99999999999'].map((resourceVersion) => ({
      path: `${collection}/a`,
      query: { resourceVersion },
    })),
    { path: `${collection}/a`, query: { resourceVersion: '0', resourceVersionMatch: 'Exact' } },
    { path: `${collection}/a`, query: { pretty: 'true' } },
    { path: `${collection}/a`, query: { export: 'true' } },
    { path: `${collection}/a/` },
    { path: `${collection}//a` },
    { path: `${collection}/a%20b` },
    { path: `${collection}/..` },
    { path: `${collection}/A` },
    { method: 'HEAD', path: `${collection}/a` },
    { method: 'HEAD', path: collection },
    { method: 'POST', path: `${collection}/a`, body: {} },
    { method: 'PUT', path: collection, body: {} },
    { method: 'PATCH', path: collection, body: {} },
    { method: 'OPTIONS', path: collection },
  ],
}

const labelSelectors = [
  'name=a',
  'name==a',
  'name!=a',
  'name in (a,b)',
  'name in (a, b ),even=true',
  'name notin (a,b)',
  'even',
  '!even',
  '!missing',
  'missing',
  'missing!=x',
  'name=a,even=false',
  'name>a',
  'name>1',
  'name<1',
  'name in ()',
  'name=',
  'name',
  '',
  ',',
  'name=a,',
  'name in a',
  'name in (a',
  'name=a b',
  'not a label=x',
  'a/b/c=x',
  'name=under_score',
  'name=UPPER!',
  '=a',
  'x in (a),,',
  'name=a=b',
  `name=${'a'.repeat(64)}`,
]

const fieldSelectors = [
  'metadata.name=a',
  'metadata.name!=a',
  'metadata.name==b',
  'metadata.namespace={ns}',
  'metadata.namespace=other',
  'metadata.name=a,metadata.namespace={ns}',
  'metadata.name=a,metadata.name=b',
  'metadata.labels.name=a',
  'data.name=a',
  'metadata.name',
  'metadata.name>a',
  '=a',
  '',
  ',',
  'metadata.name=',
  'metadata.name=a\\,b',
  'metadata.name=a\\',
  'spec.nodeName=x',
  'metadata.uid=x',
]

/** Fields that some resources can be selected by, each tried on each of these. */
const resourceFields: Readonly<Record<string, readonly string[]>> = {
  '/api/v1/pods': [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
    'spec.hostNetwork',
    'spec.x',
  ],
  '/api/v1/secrets': ['type', 'data'],
  '/api/v1/events': [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
    'message',
  ],
  '/apis/events.k8s.io/v1/events': [
    'regarding.kind',
    'regarding.name',
    'involvedObject.name',
    'reason',
    'type',
    'reportingController',
  ],
  '/api/v1/namespaces': ['status.phase', 'metadata.namespace', 'spec.x'],
  '/api/v1/nodes': ['spec.unschedulable', 'status.phase'],
  '/api/v1/replicationcontrollers': ['status.replicas'],
  '/apis/apps/v1/replicasets': ['status.replicas', 'metadata.namespace'],
  '/apis/apps/v1/deployments': ['status.replicas', 'spec.replicas'],
  '/apis/batch/v1/jobs': ['status.successful', 'status.x'],
  '/apis/certificates.k8s.io/v1/certificatesigningrequests': ['spec.signerName', 'spec.x'],
  '/api/v1/services': ['spec.clusterIP', 'spec.type'],
  '/api/v1/persistentvolumes': ['metadata.namespace', 'name'],
  '/apis/resource.k8s.io/v1/resourceslices': ['spec.nodeName', 'spec.driver', 'spec.x'],
  '/apis/networking.k8s.io/v1/ipaddresses': ['spec.parentRef.name'],
}

const selectorCases = (): Case[] => [
  {
    name: 'label selectors',
    steps: [
      ...creates,
      ...labelSelectors.map((labelSelector) => ({ path: collection, query: { labelSelector } })),
    ],
  },
  {
    name: 'field selectors',
    steps: [
      ...creates,
      ...fieldSelectors.map((fieldSelector) => ({ path: collection, query: { fieldSelector } })),
    ],
  },
  ...Object.entries(resourceFields).map(([path, fields]) => ({
    name: `fields of ${path}`,
    steps: fields.map((field) => ({ path, query: { fieldSelector: `${field}=x-{ns}` } })),
  })),
]

/** GET and LIST in all their forms. */
/** Query strings and paths as they are sent. */
const oddly = (paths: readonly string[]): Request[] =>
  paths.map((path) => ({ path: `/api/v1/namespaces/{ns}/${path}` }))

const oddParameters: Case = {
  name: 'odd parameters',
  steps: [
    ...creates,
    ...oddly(['5', 'soon', '1m5d', '-1s', '0', '.5m', ''].map((t) => `configmaps?timeout=${t}`)),
    ...oddly(['', '+1', '0x1', '1.5', '99999999999999999999'].map((n) => `configmaps?limit=${n}`)),
    ...oddly(['False', 'FALSE', '0&watch=1'].map((watch) => `configmaps?watch=${watch}`)),
    ...oddly(
      ['limit=%zz', 'labelSelector=even=true;limit=1', '&=&x'].map((q) => `configmaps?${q}`),
    ),
    ...oddly(['configmaps?resourceVersion=99999999999999999999', 'configmaps/a?timeout=soon']),
    ...oddly(['configmaps?limit=x&sendInitialEvents=true', 'configmaps?watch=1&continue=x']),
    ...oddly(['-a!', 'a>-', 'a/b>c', '!-a b', 'a,-b('].map((l) => `configmaps?labelSelector=${l}`)),
    ...oddly(['configmaps%2Fa', 'configmaps/a%2Fb', 'configmaps/a%25b']),
    { path: '/api/v1/namespaces/{ns}%2Fconfigmaps' },
    { path: '/healthz/' },
    { path: '/healthz/ping/' },
    { path: '/openapi/v2/' },
    ...['HEAD', 'PUT', 'OPTIONS'].map((method) => ({ method, path: '/apis/apps' })),
    ...['a', ''].map((id) => ({ path: '/api/v1/namespaces/{ns}', headers: { 'audit-id': id } })),
    ...['v=v1', 'g=meta.k8s.io;v=v1', 'x=y'].map((parameters) => ({
      path: `${collection}/a`,
      headers: { accept: `application/json;${parameters}` },
    })),
  ],
}

export const reads: Area = {
  name: 'reads',
  cases: () => [...versionCases(), pages, oddParameters, gets, ...selectorCases()],
}
