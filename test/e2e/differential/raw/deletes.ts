import { type Area, type Case, objectOf, type Request, type Step } from '../area.ts'

type Query = NonNullable<Request['query']>

const collection = '/api/v1/namespaces/{ns}/configmaps'
const nobody = '00000000-0000-4000-8000-000000000000'

const created = (more: object = {}): Request => ({
  method: 'POST',
  path: collection,
  body: { metadata: { name: 'a', labels: { l: 'x' }, ...more } },
})

const remove = (
  body?: unknown,
  query: Query = {},
  headers: Record<string, string> = {},
): Request => ({
  method: 'DELETE',
  path: `${collection}/a`,
  query,
  headers,
  ...(body === undefined ? {} : { body }),
})

const options = (fields: object): object => ({ apiVersion: 'v1', kind: 'DeleteOptions', ...fields })
const get: Request = { path: `${collection}/a` }

const preconditions: Case = {
  name: 'preconditions',
  steps: [
    created(),
    remove(options({ preconditions: { uid: nobody } })),
    remove(options({ preconditions: { resourceVersion: '1' } })),
    remove(options({ preconditions: { uid: nobody, resourceVersion: '1' } })),
    remove(options({ preconditions: {} }), { dryRun: 'All' }),
    (earlier) => {
      const { uid, resourceVersion } = objectOf(earlier[0]).metadata
      return remove(options({ preconditions: { uid, resourceVersion } }))
    },
    get,
  ],
}

const policies = ['Background', 'Foreground', 'Orphan', 'Other']

const policyCase = (propagationPolicy: string, how: 'body' | 'query'): Case => ({
  name: `propagation policy ${propagationPolicy} by ${how}`,
  steps: [
    created(),
    how === 'body'
      ? remove(options({ propagationPolicy }))
      : remove(undefined, { propagationPolicy }),
    get,
    remove(),
    get,
  ],
})

const optionCases: Readonly<Record<string, readonly Step[]>> = {
  orphanDependents: [remove(options({ orphanDependents: true })), get],
  'orphanDependents false': [remove(options({ orphanDependents: false })), get],
  'both ways to orphan': [remove(options({ orphanDependents: true, propagationPolicy: 'Orphan' }))],
  'grace periods': [
    remove(options({ gracePeriodSeconds: -1 })),
    remove(options({ gracePeriodSeconds: 5 }), { dryRun: 'All' }),
    remove(undefined, { gracePeriodSeconds: 'text' }),
    remove(undefined, { gracePeriodSeconds: 0, dryRun: 'All' }),
    remove(options({ gracePeriodSeconds: 1 })),
  ],
  'dry run': [
    remove(options({ dryRun: ['All'] })),
    remove(undefined, { dryRun: 'All' }),
    remove(undefined, { dryRun: 'Some' }),
    remove(options({ dryRun: ['Some'] })),
    remove(undefined, { dryRun: '' }),
  ],
  'bodies that are no options': [
    remove({}),
    created(),
    remove({ kind: 'Other', apiVersion: 'v1' }),
    remove({ kind: 'DeleteOptions', apiVersion: 'v7' }),
    remove({ kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1' }, { dryRun: 'All' }),
    remove({ kind: 'DeleteOptions', apiVersion: 'apps/v1' }, { dryRun: 'All' }),
    remove([]),
    remove('{', {}, { 'content-type': 'application/json' }),
    remove('null', { dryRun: 'All' }, { 'content-type': 'application/json' }),
    remove(options({ unknown: 1 }), { dryRun: 'All' }),
    remove(options({ preconditions: 'text' })),
    remove('a: b', { dryRun: 'All' }, { 'content-type': 'application/yaml' }),
    remove('text', {}, { 'content-type': 'text/plain' }),
    remove(options({ propagationPolicy: 'Orphan' }), {
      propagationPolicy: 'Background',
      dryRun: 'All',
    }),
    remove(undefined, { orphanDependents: 'maybe', dryRun: 'All' }),
    remove(undefined, { preconditions: 'x', dryRun: 'All' }),
    remove(options({ ignoreStoreReadErrorWithClusterBreakingPotential: true })),
  ],
}

const finalizers: Case = {
  name: 'finalizers',
  steps: [
    created({ finalizers: ['example.test/hold', 'example.test/other'] }),
    remove(undefined, { dryRun: 'All' }),
    remove(),
    get,
    remove(),
    created(),
    {
      method: 'PATCH',
      path: `${collection}/a`,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { metadata: { finalizers: ['example.test/hold', 'example.test/new'] } },
    },
    {
      method: 'PATCH',
      path: `${collection}/a`,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { metadata: { finalizers: ['example.test/hold'] } },
    },
    {
      method: 'PATCH',
      path: `${collection}/a`,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { metadata: { finalizers: null } },
    },
    get,
  ],
}

const many = (): Step[] =>
  ['a', 'b', 'c'].map((name) => ({
    method: 'POST',
    path: collection,
    body: { metadata: { name, labels: { name } } },
  }))

const removeAll = (query: Query = {}, body?: unknown): Request => ({
  method: 'DELETE',
  path: collection,
  query,
  ...(body === undefined ? {} : { body }),
})

const collections: Case = {
  name: 'collections',
  steps: [
    ...many(),
    removeAll({ dryRun: 'All', labelSelector: 'name' }),
    removeAll({ labelSelector: 'name=a' }),
    removeAll({ fieldSelector: 'metadata.name=b' }),
    removeAll({ fieldSelector: 'data.x=b' }),
    removeAll({ labelSelector: 'in (' }),
    removeAll({ labelSelector: 'name' }, options({ propagationPolicy: 'Other' })),
    removeAll({ labelSelector: 'name', limit: 1, dryRun: 'All' }),
    removeAll({ labelSelector: 'name', resourceVersion: '0', dryRun: 'All' }),
    removeAll({ labelSelector: 'name' }, options({ preconditions: { uid: nobody } })),
    removeAll({ labelSelector: 'name', propagationPolicy: 'Orphan' }),
    { path: collection },
    removeAll({ labelSelector: 'name' }, options({ propagationPolicy: 'Foreground' })),
    { path: collection },
    { method: 'DELETE', path: '/api/v1/namespaces' },
    { method: 'DELETE', path: '/api/v1/configmaps', query: { labelSelector: 'case=none' } },
  ],
}

const pods = '/api/v1/namespaces/{ns}/pods'
const pod = {
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image: 'example.test/c' }] },
}

const gracefully: Case = {
  name: 'pods, gracefully',
  steps: [
    { method: 'POST', path: pods, body: pod },
    { method: 'DELETE', path: `${pods}/p`, query: { gracePeriodSeconds: 5, dryRun: 'All' } },
    { method: 'DELETE', path: `${pods}/p` },
    { path: `${pods}/p` },
    { method: 'POST', path: pods, body: { ...pod, spec: { ...pod.spec, nodeName: 'node' } } },
    { method: 'DELETE', path: `${pods}/p` },
    { path: `${pods}/p` },
    { method: 'DELETE', path: `${pods}/p`, query: { gracePeriodSeconds: 10 } },
    { method: 'DELETE', path: `${pods}/p`, query: { gracePeriodSeconds: 50 } },
    { method: 'DELETE', path: `${pods}/p`, query: { gracePeriodSeconds: 0 } },
    { path: `${pods}/p` },
  ],
}

const spaces: Case = {
  name: 'namespaces',
  steps: [
    { method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: '{ns}-other' } } },
    { method: 'DELETE', path: '/api/v1/namespaces/{ns}-other', query: { dryRun: 'All' } },
    { method: 'DELETE', path: '/api/v1/namespaces/{ns}-other' },
    { method: 'DELETE', path: '/api/v1/namespaces/{ns}-other' },
    { path: '/api/v1/namespaces/{ns}-other' },
    {
      method: 'POST',
      path: '/api/v1/namespaces/{ns}-other/configmaps',
      body: { metadata: { name: 'a' } },
    },
    {
      method: 'POST',
      path: '/api/v1/namespaces/{ns}-other/secrets',
      query: { dryRun: 'All' },
      body: { metadata: { name: 'a' } },
    },
    (earlier) => ({
      method: 'PUT',
      path: '/api/v1/namespaces/{ns}-other/finalize',
      body: { ...objectOf(earlier[4]), spec: {} },
    }),
    { path: '/api/v1/namespaces/{ns}-other' },
    { method: 'DELETE', path: '/api/v1/namespaces/default' },
    { method: 'DELETE', path: '/api/v1/namespaces/kube-system' },
    {
      method: 'POST',
      path: '/api/v1/namespaces/{ns}-none/configmaps',
      body: { metadata: { name: 'a' } },
    },
    { method: 'POST', path: '/api/v1/configmaps', body: { metadata: { name: 'a' } } },
    {
      method: 'POST',
      path: '/api/v1/configmaps',
      body: { metadata: { name: 'a', namespace: '{ns}' } },
    },
  ],
}

/** Deletion with everything that a client can say about it. */
export const deletes: Area = {
  name: 'deletes',
  cases: () => [
    preconditions,
    ...policies.flatMap((policy) => [policyCase(policy, 'body'), policyCase(policy, 'query')]),
    ...Object.entries(optionCases).map(([name, steps]) => ({ name, steps: [created(), ...steps] })),
    finalizers,
    collections,
    gracefully,
    spaces,
  ],
}
