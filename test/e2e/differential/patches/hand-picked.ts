import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { Case, Step } from '../area.ts'
import { type Base, bases, collectionOf } from './bases.ts'
import { typeOf } from './random.ts'

const baseOf = (kind: string): Base => {
  const found = bases.find((base) => base.kind === kind)
  if (found === undefined) throw new Error(`no base ${kind}`)
  return found
}

const inPods = (spec: JsonObject): JsonObject => ({ spec: { template: { spec } } })
const inMain = (container: JsonObject): JsonObject =>
  inPods({ containers: [{ name: 'main', ...container }] })

/** Each is tried on a new object. */
const strategic: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Deployment: {
    'a container by its name': inMain({ image: 'example.test/main:2' }),
    'a new container': inPods({ containers: [{ name: 'new', image: 'example.test/new:1' }] }),
    'a container without name': inPods({ containers: [{ image: 'example.test/new:1' }] }),
    'a container that is null': inPods({ containers: [null] }),
    'a container that is text': inPods({ containers: ['main'] }),
    'containers as an object': inPods({ containers: { name: 'main' } }),
    'no containers': inPods({ containers: [] }),
    'containers null': inPods({ containers: null }),
    'delete one': inPods({ containers: [{ name: 'side', $patch: 'delete' }] }),
    'delete one that is not there': inPods({ containers: [{ name: 'none', $patch: 'delete' }] }),
    'delete without key': inPods({ containers: [{ $patch: 'delete' }] }),
    'delete and add the same': inPods({
      containers: [
        { name: 'side', $patch: 'delete' },
        { name: 'side', image: 'example.test/other:1' },
      ],
    }),
    'merge one': inPods({
      containers: [{ name: 'side', $patch: 'merge', image: 'example.test/other:1' }],
    }),
    'replace all': inPods({
      containers: [{ $patch: 'replace' }, { name: 'only', image: 'example.test/only:1' }],
    }),
    'replace all with nothing': inPods({ volumes: [{ $patch: 'replace' }] }),
    'an unknown directive of an item': inPods({ containers: [{ name: 'main', $patch: 'wrong' }] }),
    'a number as directive': inPods({ containers: [{ name: 'main', $patch: 5 }] }),
    'replace a map': {
      spec: { template: { metadata: { labels: { $patch: 'replace', app: 'x' } } } },
    },
    'delete a map': { metadata: { annotations: { $patch: 'delete' } } },
    'merge a map': { metadata: { annotations: { $patch: 'merge', note: 'two' } } },
    'an unknown directive of a map': { metadata: { annotations: { $patch: 'wrong' } } },
    'delete a struct': { spec: { strategy: { $patch: 'delete' } } },
    'replace a struct': { spec: { strategy: { $patch: 'replace', type: 'Recreate' } } },
    'recreate by retainKeys': { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
    'recreate without retainKeys': { spec: { strategy: { type: 'Recreate' } } },
    'retainKeys that miss a field': { spec: { strategy: { $retainKeys: [], type: 'Recreate' } } },
    'retainKeys as text': { spec: { strategy: { $retainKeys: 'type', type: 'Recreate' } } },
    'retainKeys alone': { spec: { strategy: { $retainKeys: ['type'] } } },
    'retainKeys where none are meant': { spec: { $retainKeys: ['replicas'], replicas: 2 } },
    'another source of a volume': inPods({
      volumes: [{ $retainKeys: ['name', 'secret'], name: 'v', secret: { secretName: 's' } }],
    }),
    'another source besides': inPods({ volumes: [{ name: 'v', secret: { secretName: 's' } }] }),
    'ports of one number': inMain({ ports: [{ containerPort: 53, protocol: 'TCP' }] }),
    'the same port twice': inMain({
      ports: [
        { containerPort: 53, protocol: 'UDP', name: 'u' },
        { containerPort: 53, protocol: 'TCP', name: 't' },
      ],
    }),
    'delete a port': inMain({ ports: [{ containerPort: 80, $patch: 'delete' }] }),
    'a port by its name': inMain({ ports: [{ name: 'web', hostPort: 80 }] }),
    environment: inMain({
      env: [
        { name: 'B', value: null },
        { name: 'C', value: 'c' },
      ],
    }),
    'another source of a variable': inMain({
      env: [{ name: 'A', value: null, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    }),
    'order of containers': inPods({
      '$setElementOrder/containers': [{ name: 'side' }, { name: 'main' }],
    }),
    'order with a new one': inPods({
      '$setElementOrder/containers': [{ name: 'new' }, { name: 'side' }, { name: 'main' }],
      containers: [{ name: 'new', image: 'example.test/new:1' }],
    }),
    'an order that contradicts': inPods({
      '$setElementOrder/containers': [{ name: 'main' }, { name: 'new' }],
      containers: [{ name: 'new', image: 'example.test/new:1' }, { name: 'main' }],
    }),
    'an order that misses one': inPods({
      '$setElementOrder/containers': [{ name: 'main' }],
      containers: [{ name: 'new', image: 'example.test/new:1' }],
    }),
    'an order without keys': inPods({ '$setElementOrder/containers': [{}] }),
    'an order of texts': inPods({ '$setElementOrder/containers': ['main'] }),
    'an order that is text': inPods({ '$setElementOrder/containers': 'main' }),
    'an order of what is not there': inPods({ '$setElementOrder/nothing': [{ name: 'main' }] }),
    'an order without a field': inPods({ $setElementOrder: [{ name: 'main' }] }),
    'an atomic list': inPods({ tolerations: [{ key: 'other', operator: 'Exists' }] }),
    arguments: inMain({ args: ['c'] }),
    'primitives out of an atomic list': inMain({ '$deleteFromPrimitiveList/args': ['a'] }),
    'a finalizer': { metadata: { finalizers: ['example.test/three'] } },
    'a finalizer that is there': { metadata: { finalizers: ['example.test/one'] } },
    'a finalizer taken away': {
      metadata: { '$deleteFromPrimitiveList/finalizers': ['example.test/one'] },
    },
    'a finalizer taken away and one added': {
      metadata: {
        '$deleteFromPrimitiveList/finalizers': ['example.test/one'],
        '$setElementOrder/finalizers': ['example.test/new', 'example.test/two'],
        finalizers: ['example.test/new'],
      },
    },
    'order of finalizers': {
      metadata: { '$setElementOrder/finalizers': ['example.test/two', 'example.test/one'] },
    },
    'finalizers taken away by text': {
      metadata: { '$deleteFromPrimitiveList/finalizers': 'example.test/one' },
    },
    'primitives out of nothing': { metadata: { '$deleteFromPrimitiveList/nothing': ['a'] } },
    'an owner by uid': {
      metadata: { ownerReferences: [{ uid: 'a-a', controller: true }] },
    },
    'an owner without uid': { metadata: { ownerReferences: [{ name: 'a' }] } },
    'a deleted owner': { metadata: { ownerReferences: [{ uid: 'a-a', $patch: 'delete' }] } },
    'a label taken away': { metadata: { labels: { tier: null } } },
    'labels null': { metadata: { labels: null } },
    'a number as label': { metadata: { labels: { tier: 5 } } },
    'labels as a list': { metadata: { labels: ['a'] } },
    'an unknown field': { spec: { unknown: 1, replicas: 2 } },
    'replicas as text': { spec: { replicas: 'two' } },
    'replicas as a fraction': { spec: { replicas: 1.5 } },
    'replicas null': { spec: { replicas: null } },
    'spec null': { spec: null },
    'spec as text': { spec: 'text' },
    'another name': { metadata: { name: 'y' } },
    'another namespace': { metadata: { namespace: 'elsewhere' } },
    'another kind': { kind: 'StatefulSet' },
    'another version': { apiVersion: 'apps/v1beta1' },
    'a uid': { metadata: { uid: 'other' } },
    'an old resourceVersion': { metadata: { resourceVersion: '1' } },
    'a resourceVersion that is none': { metadata: { resourceVersion: 'text' } },
    status: { status: { replicas: 7 } },
    quantities: inMain({ resources: { requests: { cpu: '0.5', memory: '1024Ki' } } }),
    'a wrong quantity': inMain({ resources: { requests: { cpu: 'much' } } }),
    nothing: {},
    null: null,
    'a list': [],
    text: '"text"',
    'a number': '5',
    'no JSON': '{"spec":',
    empty: '',
  },
  Service: {
    'a port by number': { spec: { ports: [{ port: 80, name: 'http' }] } },
    'two ports of one number': {
      spec: {
        ports: [
          { port: 53, protocol: 'TCP', name: 'dns-tcp' },
          { port: 53, protocol: 'UDP', name: 'dns-udp' },
        ],
      },
    },
    'one of two ports': { spec: { ports: [{ port: 53, protocol: 'UDP', name: 'changed' }] } },
    'delete one of two ports': { spec: { ports: [{ port: 53, $patch: 'delete' }] } },
    'a port without number': { spec: { ports: [{ name: 'web' }] } },
    'order of ports': { spec: { '$setElementOrder/ports': [{ port: 80 }, { port: 53 }] } },
    'replace ports': { spec: { ports: [{ $patch: 'replace' }, { port: 1 }] } },
    'the selector': { spec: { selector: { app: null, tier: 'a' } } },
    'replace the selector': { spec: { selector: { $patch: 'replace', tier: 'a' } } },
  },
  Pod: {
    'an image': { spec: { containers: [{ name: 'main', image: 'example.test/main:2' }] } },
    'what may not change': { spec: { containers: [{ name: 'main', args: ['x'] }] } },
    'a toleration more': {
      spec: {
        tolerations: [
          { key: 'k', operator: 'Exists' },
          { key: 'l', operator: 'Exists' },
        ],
      },
    },
    'a deadline': { spec: { activeDeadlineSeconds: 5 } },
    'a condition': {
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    },
  },
  HorizontalPodAutoscaler: {
    metrics: {
      spec: {
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'memory', target: { type: 'Value', value: '1Gi' } },
          },
        ],
      },
    },
    replicas: { spec: { maxReplicas: 7, minReplicas: null } },
    behaviour: { spec: { behavior: { scaleUp: { policies: [] } } } },
    'behaviour null': { spec: { behavior: null } },
  },
  ServiceAccount: {
    'a secret': { secrets: [{ name: 'c' }] },
    'order of secrets': { '$setElementOrder/secrets': [{ name: 'b' }, { name: 'a' }] },
    'a deleted secret': { imagePullSecrets: [{ name: 'a', $patch: 'delete' }] },
  },
  ConfigMap: {
    'a key': { data: { a: null, c: '3' } },
    replaced: { data: { $patch: 'replace', c: '3' } },
    deleted: { $patch: 'delete' },
    'all replaced': { $patch: 'replace', metadata: { name: 'x' }, data: { c: '3' } },
    retained: { data: { $retainKeys: ['b'] } },
    'a key that looks like a directive': { data: { '$patch ': 'x' } },
    'a number': { data: { a: 1 } },
    immutable: { immutable: true },
  },
}

const merges: Readonly<Record<string, unknown>> = {
  'a key': { data: { a: null, c: '3' } },
  'all data null': { data: null },
  'nested nulls': { data: { new: { deep: null } } },
  'nulls in a list': { metadata: { finalizers: [null] } },
  'a list replaced': { metadata: { finalizers: ['example.test/new'] } },
  'an owner replaced': { metadata: { ownerReferences: null } },
  'metadata null': { metadata: null },
  'metadata as text': { metadata: 'text' },
  'the name null': { metadata: { name: null } },
  'a directive': { data: { $patch: 'replace', c: '3' } },
  'a list': [],
  null: null,
  text: '"text"',
  'no JSON': '{',
  empty: '',
  'a deep one': `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`,
  twice: '{"data":{"a":"5"},"data":{"b":"6"}}',
}

const op = (name: string, path: unknown, rest: JsonObject = {}): JsonObject => ({
  op: name,
  path,
  ...rest,
})

const many = (count: number): JsonObject[] =>
  Array.from({ length: count }, () => op('test', '/data/a', { value: '1' }))

const jsonPatches: Readonly<Record<string, unknown>> = {
  add: [op('add', '/data/c', { value: '3' })],
  'add over': [op('add', '/data/a', { value: '3' })],
  'add at the end': [op('add', '/metadata/finalizers/-', { value: 'example.test/new' })],
  'add at the beginning': [op('add', '/metadata/finalizers/0', { value: 'example.test/new' })],
  'add behind the end': [op('add', '/metadata/finalizers/9', { value: 'example.test/new' })],
  'add before the beginning': [op('add', '/metadata/finalizers/-1', { value: 'example.test/n' })],
  'add far before': [op('add', '/metadata/finalizers/-9', { value: 'example.test/n' })],
  'add into nothing': [op('add', '/nothing/here', { value: '3' })],
  'add a text as index': [op('add', '/metadata/finalizers/one', { value: 'example.test/new' })],
  'add without value': [op('add', '/data/c')],
  'add null': [op('add', '/data/c', { value: null })],
  'add with escapes': [op('add', '/metadata/annotations/a.b~1c', { value: 'x' })],
  'add with a tilde': [op('add', '/metadata/annotations/a~0b', { value: 'x' })],
  replace: [op('replace', '/data/a', { value: '3' })],
  'replace what is not there': [op('replace', '/data/c', { value: '3' })],
  'replace in nothing': [op('replace', '/nothing/here', { value: '3' })],
  'replace an item': [op('replace', '/metadata/finalizers/1', { value: 'example.test/new' })],
  'replace with a number': [op('replace', '/data/a', { value: 3 })],
  'replace all': [op('replace', '', { value: { metadata: { name: 'x' } } })],
  'replace the name': [op('replace', '/metadata/name', { value: 'y' })],
  remove: [op('remove', '/data/a')],
  'remove what is not there': [op('remove', '/data/c')],
  'remove in nothing': [op('remove', '/nothing/here')],
  'remove an item': [op('remove', '/metadata/finalizers/0')],
  'remove the last': [op('remove', '/metadata/finalizers/-1')],
  'remove behind the end': [op('remove', '/metadata/finalizers/5')],
  'remove at the end': [op('remove', '/metadata/finalizers/-')],
  'remove all': [op('remove', '')],
  'remove the name': [op('remove', '/metadata/name')],
  test: [op('test', '/data/a', { value: '1' })],
  'test another': [op('test', '/data/a', { value: '2' })],
  'test nothing': [op('test', '/data/c', { value: null })],
  'test nothing of nothing': [op('test', '/nothing/here', { value: null })],
  'test an object': [op('test', '/data', { value: { b: '2', a: '1' } })],
  'test without value': [op('test', '/data/a')],
  'test all': [op('test', '', { value: {} })],
  'test, then change': [
    op('test', '/data/a', { value: '1' }),
    op('replace', '/data/a', { value: '9' }),
  ],
  'change, then fail': [
    op('replace', '/data/a', { value: '9' }),
    op('test', '/data/a', { value: '1' }),
  ],
  copy: [op('copy', '/data/c', { from: '/data/a' })],
  'copy nothing': [op('copy', '/data/c', { from: '/data/z' })],
  'copy from nothing': [op('copy', '/data/c', { from: '/nothing/here' })],
  'copy without from': [op('copy', '/data/c')],
  'copy an item': [op('copy', '/metadata/finalizers/-', { from: '/metadata/finalizers/0' })],
  move: [op('move', '/data/c', { from: '/data/a' })],
  'move nothing': [op('move', '/data/c', { from: '/data/z' })],
  'move an item': [op('move', '/metadata/finalizers/1', { from: '/metadata/finalizers/0' })],
  'move into itself': [op('move', '/data/c', { from: '/data' })],
  'no operation': [],
  'an unknown operation': [op('other', '/data/a')],
  'no op': [{ path: '/data/a' }],
  'no path': [{ op: 'remove' }],
  'a path without slash': [op('add', 'data', { value: {} })],
  'a number as path': [op('add', 5, { value: {} })],
  'an unknown field of an operation': [op('add', '/data/c', { value: '3', other: 1 })],
  'an object': op('add', '/data/c', { value: '3' }),
  'a list of texts': ['add'],
  null: null,
  text: '"text"',
  'no JSON': '[',
  empty: '',
  twice: '[{"op":"add","op":"remove","path":"/data/a"}]',
  '10,000 operations': many(10_000),
  '10,001 operations': many(10_001),
  'copies that grow': [
    op('add', '/data/c', { value: 'x'.repeat(100_000) }),
    ...Array.from({ length: 40 }, (_, i) => op('copy', `/data/c${i}`, { from: '/data/c' })),
  ],
  'too large': [op('add', '/data/c', { value: 'x'.repeat(3_200_000) })],
}

const other: Readonly<Record<string, Record<string, string>>> = {
  'no content type': { 'content-type': '' },
  JSON: { 'content-type': 'application/json' },
  'with a charset': { 'content-type': 'application/merge-patch+json; charset=utf-8' },
  'in capitals': { 'content-type': 'APPLICATION/MERGE-PATCH+JSON' },
  YAML: { 'content-type': 'application/yaml' },
}

function caseOf(base: Base, name: string, how: { headers: Record<string, string>; body: unknown }) {
  const path = `${collectionOf(base)}/x`
  const patch = (query: Record<string, string>): Step => ({ method: 'PATCH', path, query, ...how })
  const steps: Step[] = [
    { method: 'POST', path: collectionOf(base), body: base.object },
    patch({ dryRun: 'All', fieldValidation: 'Strict' }),
    patch({}),
    patch({}),
  ]
  return { name: `${base.kind}, ${name}`, steps }
}

/** Patches by hand: what clients send, and the wrong forms of it. */
export function handPicked(): Case[] {
  const configMap = baseOf('ConfigMap')
  return [
    ...Object.entries(strategic).flatMap(([kind, patches]) =>
      Object.entries(patches).map(([name, body]) =>
        caseOf(baseOf(kind), `strategic: ${name}`, { headers: typeOf('strategic-merge'), body }),
      ),
    ),
    ...Object.entries(merges).map(([name, body]) =>
      caseOf(configMap, `merge: ${name}`, { headers: typeOf('merge'), body }),
    ),
    ...Object.entries(jsonPatches).map(([name, body]) =>
      caseOf(configMap, `JSON: ${name}`, { headers: typeOf('json'), body }),
    ),
    ...Object.entries(other).map(([name, headers]) =>
      caseOf(configMap, name, { headers, body: { data: { a: '2' } } }),
    ),
  ]
}
