import { type Area, type Case, objectOf, type Request, type Step } from '../area.ts'
import { targetNamed } from './targets.ts'

type Query = NonNullable<Request['query']>

/** Query parameters of writes, right and wrong. */
const queries: readonly Query[] = [
  { dryRun: 'All' },
  { dryRun: '' },
  { dryRun: 'Some' },
  { dryRun: ['All', 'All'] },
  { dryRun: ['All', 'Some'] },
  { dryRun: 'All', fieldManager: 'me' },
  { dryRun: 'All', fieldManager: 'a'.repeat(128) },
  { dryRun: 'All', fieldManager: 'a'.repeat(129) },
  { dryRun: 'All', fieldManager: 'not\u0007printable' },
  { dryRun: 'All', fieldValidation: 'Strict' },
  { dryRun: 'All', fieldValidation: 'Warn' },
  { dryRun: 'All', fieldValidation: 'Ignore' },
  { dryRun: 'All', fieldValidation: '' },
  { dryRun: 'All', fieldValidation: 'Other' },
  { dryRun: 'All', force: 'true' },
  { dryRun: 'All', unknown: 'x' },
  { dryRun: 'Some', fieldManager: 'a'.repeat(129), fieldValidation: 'Other' },
]

const validations = ['Strict', 'Warn', 'Ignore', ''] as const

/** Bodies as text, so that fields can be there twice. `%` is where the rest of the object goes. */
const oddBodies: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'v1/configmaps': {
    unknown: '{"metadata":{"name":"x"},"data":{"a":"b"},"nothing":1}',
    'unknown in metadata': '{"metadata":{"name":"x","nothing":{"a":1}},"data":{"a":"b"}}',
    twice: '{"metadata":{"name":"x"},"data":{"a":"b"},"data":{"a":"c"}}',
    'twice in a map': '{"metadata":{"name":"x"},"data":{"a":"b","a":"c"}}',
    'another case': '{"metadata":{"name":"x"},"Data":{"a":"b"}}',
    'unknown and twice':
      '{"metadata":{"name":"x"},"data":{"a":"b"},"data":{"a":"c"},"nothing":1,"nothing":2}',
    'a number for a string': '{"metadata":{"name":"x"},"data":{"a":1}}',
    'null for a map': '{"metadata":{"name":"x"},"data":null}',
    'null in a map': '{"metadata":{"name":"x"},"data":{"a":null}}',
    'wrong base64': '{"metadata":{"name":"x"},"binaryData":{"a":"!"}}',
    'text for a boolean': '{"metadata":{"name":"x"},"immutable":"yes"}',
  },
  'apps/v1/deployments': {
    unknown:
      '{"metadata":{"name":"x"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i","nothing":1}]}},"replica":1}}',
    twice:
      '{"metadata":{"name":"x"},"spec":{"replicas":1,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i","image":"j"}]}},"replicas":2}}',
    'text for a number':
      '{"metadata":{"name":"x"},"spec":{"replicas":"1","selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}',
    'a fraction':
      '{"metadata":{"name":"x"},"spec":{"replicas":1.5,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}',
    'a large number':
      '{"metadata":{"name":"x"},"spec":{"replicas":4294967296,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}',
    'an object for a list':
      '{"metadata":{"name":"x"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":{"name":"c"}}}}}',
    'a list for an object': '{"metadata":{"name":"x"},"spec":[]}',
    'a wrong quantity':
      '{"metadata":{"name":"x"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"much"}}}]}}}}',
    'a wrong port type':
      '{"metadata":{"name":"x"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i","ports":[{"containerPort":"80"}]}]}}}}',
    'a wrong time': '{"metadata":{"name":"x","creationTimestamp":"yesterday"},"spec":{}}',
    'no spec': '{"metadata":{"name":"x"}}',
  },
}

const yaml: Readonly<Record<string, string>> = {
  plain: 'metadata:\n  name: y\ndata:\n  a: b\n',
  'yes is true': 'metadata: {name: y}\nimmutable: yes\n',
  'an unquoted number': 'metadata: {name: y}\ndata: {a: 1}\n',
  'a key twice': 'metadata: {name: y}\ndata: {a: b}\ndata: {a: c}\n',
  'an unknown field': 'metadata: {name: y}\nnothing: 1\n',
  'two documents': 'metadata: {name: y}\n---\nmetadata: {name: z}\n',
  'an anchor': 'metadata: &m {name: y}\ndata: {a: b}\n',
  'an alias': 'metadata: {name: &n y}\ndata: {a: *n}\n',
  'no YAML': 'metadata: {name: y\n',
  'a tab': 'metadata:\n\tname: y\n',
  empty: '',
  'a list': '- a\n',
}

const withQueries = (key: string): Case => {
  const { collection, object, pathOf } = targetNamed(key)
  const patch = { 'content-type': 'application/merge-patch+json' }
  return {
    name: `query parameters, ${key}`,
    steps: [
      { method: 'POST', path: collection, body: object('a') },
      ...queries.flatMap((query): Step[] => [
        { method: 'POST', path: collection, query, body: object('b') },
        { method: 'DELETE', path: pathOf('b') },
        { method: 'PUT', path: pathOf('a'), query, body: object('a') },
        {
          method: 'PATCH',
          path: pathOf('a'),
          query,
          headers: patch,
          body: { metadata: { labels: { a: 'b' } } },
        },
      ]),
    ],
  }
}

const odd = (key: string): Case[] => {
  const { collection, object, pathOf } = targetNamed(key)
  return Object.entries(oddBodies[key] ?? {}).map(([name, body]) => ({
    name: `${key}, ${name}`,
    steps: [
      { method: 'POST', path: collection, body: object('x') },
      ...validations.flatMap((fieldValidation): Step[] => {
        const query = { dryRun: 'All', fieldValidation }
        const headers = { 'content-type': 'application/json' }
        return [
          { method: 'POST', path: collection, query, headers, body: body.replace('"x"', '"y"') },
          { method: 'PUT', path: pathOf('x'), query, headers, body },
          {
            method: 'PATCH',
            path: pathOf('x'),
            query,
            headers: { 'content-type': 'application/merge-patch+json' },
            body,
          },
        ]
      }),
    ],
  }))
}

const yamlCases = (): Case[] => {
  const { collection } = targetNamed('v1/configmaps')
  return Object.entries(yaml).map(([name, body]) => ({
    name: `YAML, ${name}`,
    steps: ['Strict', 'Warn'].flatMap((fieldValidation): Step[] => [
      {
        method: 'POST',
        path: collection,
        query: { dryRun: 'All', fieldValidation },
        headers: { 'content-type': 'application/yaml' },
        body,
      },
    ]),
  }))
}

const sizes = (): Case => {
  const { collection } = targetNamed('v1/configmaps')
  const sized = (bytes: number): Request => ({
    method: 'POST',
    path: collection,
    query: { dryRun: 'All' },
    body: { metadata: { name: 'big' }, data: { a: 'x'.repeat(bytes) } },
  })
  return {
    name: 'sizes',
    steps: [
      sized(1_000_000),
      sized(1_048_577),
      sized(2_000_000),
      sized(3_145_728),
      sized(4_000_000),
    ],
  }
}

const names = (): Case => {
  const { collection } = targetNamed('v1/configmaps')
  const post = (metadata: object): Request => ({
    method: 'POST',
    path: collection,
    body: { metadata },
  })
  return {
    name: 'names',
    steps: [
      post({ generateName: 'gen-' }),
      post({ generateName: 'gen-', name: 'given' }),
      post({ generateName: 'a'.repeat(300) }),
      post({ generateName: '' }),
      post({ generateName: 'a.b-' }),
      post({ name: 'a'.repeat(253) }),
      post({ name: 'with.dots' }),
      post({ name: '-dash' }),
      post({ name: 'UPPER' }),
      post({ name: '.' }),
      post({ name: 'a%b' }),
      post({
        name: 'own',
        uid: '00000000-0000-4000-8000-000000000000',
        creationTimestamp: '2020-01-01T00:00:00Z',
        generation: 5,
        selfLink: '/x',
      }),
      post({
        name: 'dead',
        deletionTimestamp: '2020-01-01T00:00:00Z',
        deletionGracePeriodSeconds: 3,
      }),
      post({ name: 'annotated', annotations: { big: 'x'.repeat(262_145) } }),
    ],
  }
}

const twoPortsOfAName = ['a', 'b'].map((name, i) => ({
  name,
  image: 'i',
  ports: [{ containerPort: 80 + i, name: 'web' }],
}))

/** What is said of a template of pods, when it is new and with the writes behind. */
const warned = (key: string): Case => {
  const { collection, object, pathOf } = targetNamed(key)
  const made = objectOf({ status: 0, headers: {}, body: structuredClone(object('a')) })
  const { template } = made.spec as { template: { spec: object } }
  Object.assign(template.spec, { containers: twoPortsOfAName })
  const patch = (body: object, of = ''): Request => ({
    method: 'PATCH',
    path: `${pathOf('a')}${of}`,
    headers: { 'content-type': 'application/merge-patch+json' },
    body,
  })
  const labels = { c: 'd' }
  return {
    name: `warnings of a template, ${key}`,
    steps: [
      { method: 'POST', path: collection, body: made },
      patch({ metadata: { labels } }),
      patch({ metadata: { annotations: labels } }),
      patch({ spec: { minReadySeconds: 3 } }),
      patch({ spec: { template: { metadata: { labels } } } }),
      patch({ spec: { replicas: 2 } }, '/scale'),
      patch({ spec: { replicas: 2 } }, '/scale'),
      patch({ status: { observedGeneration: 1 } }, '/status'),
    ],
  }
}

const templated = ['deployments', 'replicasets', 'statefulsets', 'daemonsets'].map(
  (resource) => `apps/v1/${resource}`,
)

/** dryRun, fieldManager, fieldValidation; bodies that are almost right; YAML; sizes; warnings of templates. */
export const writeOptions: Area = {
  name: 'write-options',
  cases: () => [
    ...['v1/configmaps', 'apps/v1/deployments', 'v1/namespaces'].map(withQueries),
    ...Object.keys(oddBodies).flatMap(odd),
    ...yamlCases(),
    sizes(),
    names(),
    ...[...templated, 'v1/replicationcontrollers'].map(warned),
  ],
}
