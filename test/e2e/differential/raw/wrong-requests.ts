import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Area, Case, Request, Step } from '../area.ts'
import { allTargets, changed, type Target } from './targets.ts'

type Broken = (object: ApiObject) => unknown

const withMeta =
  (meta: object): Broken =>
  (object) => ({ ...object, metadata: { ...object.metadata, ...meta } })

const withoutName: Broken = ({ metadata: { labels }, ...object }) => ({
  ...object,
  metadata: { labels },
})

/** Objects that no resource takes. */
const brokenObjects: Readonly<Record<string, Broken>> = {
  'no name': withoutName,
  'an empty object': () => ({}),
  'a list': () => [],
  'a name that is none': withMeta({ name: 'Not_A_Name!' }),
  'a name with a slash': withMeta({ name: 'a/b' }),
  'a long name': withMeta({ name: 'a'.repeat(254) }),
  'another kind': (object) => ({ ...object, kind: 'Other' }),
  'no kind': (object) => ({ ...object, kind: undefined }),
  'another group': (object) => ({ ...object, apiVersion: 'other.example.test/v1' }),
  'another version': (object) => ({ ...object, apiVersion: 'v7' }),
  'another namespace': withMeta({ namespace: 'elsewhere' }),
  'a wrong label': withMeta({ labels: { 'not a label': 'v' } }),
  'a wrong label value': withMeta({ labels: { key: 'not a value!' } }),
  'a wrong annotation': withMeta({ annotations: { 'a/b/c': 'v' } }),
  'a wrong finalizer': withMeta({ finalizers: ['not a finalizer'] }),
  'a wrong owner': withMeta({
    ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: '', uid: '' }],
  }),
  'labels of a wrong type': withMeta({ labels: ['a'] }),
  'label values of a wrong type': withMeta({ labels: { a: 1 } }),
  'metadata of a wrong type': (object) => ({ ...object, metadata: 'a' }),
  'a resourceVersion': withMeta({ resourceVersion: '5' }),
  'an unknown field': (object) => ({ ...object, nothing: 1 }),
}

const json = { 'content-type': 'application/json' }

function creates({ collection, object }: Target): Step[] {
  const post = (body: unknown, headers: Record<string, string> = {}): Request => ({
    method: 'POST',
    path: collection,
    query: { dryRun: 'All' },
    body,
    headers,
  })
  return [
    ...Object.values(brokenObjects).map((broken) => post(broken(object('a')))),
    post('', json),
    post('null', json),
    post('{"metadata": {"name": "a"', json),
    post('"text"', json),
    post(object('a'), { 'content-type': 'text/plain' }),
    post(object('a'), { 'content-type': 'application/xml' }),
    post(object('a'), { 'content-type': 'application/vnd.kubernetes.protobuf' }),
    post(object('a'), { accept: 'text/html' }),
  ]
}

const patch = (path: string, type: string, body: unknown): Request => ({
  method: 'PATCH',
  path,
  query: { dryRun: 'All' },
  headers: { 'content-type': type },
  body,
})

const merge = 'application/merge-patch+json'

/** On an object that is there. */
function updates({ collection, object, pathOf }: Target): Step[] {
  const path = pathOf('a')
  const put =
    (change: unknown): Step =>
    (earlier) => ({
      method: 'PUT',
      path,
      query: { dryRun: 'All' },
      body: changed(earlier[0], change),
    })
  return [
    { method: 'POST', path: collection, body: object('a') },
    put({ metadata: { name: 'other' } }),
    put({ metadata: { uid: '00000000-0000-4000-8000-000000000000' } }),
    put({ metadata: { resourceVersion: '1' } }),
    put({ metadata: { resourceVersion: 'text' } }),
    put({ metadata: { namespace: 'elsewhere' } }),
    put({ metadata: { name: null } }),
    put({ metadata: { labels: { 'not a label': 'v' } } }),
    put({ kind: 'Other' }),
    put({ metadata: { creationTimestamp: '2020-01-01T00:00:00Z', generation: 7 } }),
    put({ metadata: { deletionTimestamp: '2020-01-01T00:00:00Z', deletionGracePeriodSeconds: 5 } }),
    { method: 'PUT', path: pathOf('missing'), query: { dryRun: 'All' }, body: object('missing') },
    patch(path, merge, { metadata: { name: 'other' } }),
    patch(path, merge, []),
    patch(path, merge, '{'),
    patch(path, merge, { metadata: { labels: { 'not a label': 'v' } } }),
    patch(path, merge, { kind: 'Other' }),
    patch(path, 'application/json-patch+json', {}),
    patch(path, 'application/json-patch+json', [{ op: 'remove', path: '/nothing/here' }]),
    patch(path, 'application/json', {}),
    patch(path, 'text/plain', '{}'),
    { method: 'DELETE', path },
  ]
}

const casesOf = (target: Target): Case[] => [
  { name: `create ${target.key}`, steps: creates(target) },
  ...(target.sample.unsettled === true
    ? []
    : [{ name: `update ${target.key}`, steps: updates(target) }]),
]

/** What no resource takes, put to every one. */
export const wrongRequests: Area = {
  name: 'wrong-requests',
  cases: () => allTargets().flatMap(casesOf),
}
